/** Shapes of operators that work element by element, with broadcasting. */

import { intAttribute } from '../graph.js';
import { type DataType, dataTypeOf } from '../tensor.js';
import { type Fact, type Rule, type Rules, type Site, broadcast } from './fact.js';

function inputs(site: Site): Fact[] {
  return site.node.inputs.map((_, index) => site.input(index));
}

/** One input, same shape and type; further inputs are parameters. */
const unary: Rule = (site) => [{ type: site.input(0).type, dims: site.input(0).dims }];

const predicate: Rule = (site) => [{ type: 'bool', dims: site.input(0).dims }];

const nary: Rule = (site) => {
  const facts = inputs(site);
  return [{ type: facts.find(({ type }) => type)?.type, dims: broadcast(facts.map(({ dims }) => dims)) }];
};

const comparison: Rule = (site) => [{ type: 'bool', dims: broadcast(inputs(site).map(({ dims }) => dims)) }];

const where: Rule = (site) => [
  { type: site.input(1).type ?? site.input(2).type, dims: broadcast(inputs(site).map(({ dims }) => dims)) },
];

const cast: Rule = (site) => [{ type: dataTypeOf(intAttribute(site.node, 'to', 0)), dims: site.input(0).dims }];

const castLike: Rule = (site) => [{ type: site.input(1).type, dims: site.input(0).dims }];

const dropout: Rule = (site) => [
  { type: site.input(0).type, dims: site.input(0).dims },
  { type: 'bool', dims: site.input(0).dims },
];

function quantised(type: DataType): Rule {
  return (site) => [{ type: site.input(2).type ?? type, dims: site.input(0).dims }];
}

const dequantised: Rule = (site) => [{ type: site.input(1).type, dims: site.input(0).dims }];

const dynamicQuantize: Rule = (site) => [
  { type: 'uint8', dims: site.input(0).dims },
  { type: 'float32', dims: [] },
  { type: 'uint8', dims: [] },
];

function table(names: string, rule: Rule): Rules {
  return Object.fromEntries(names.split(' ').map((name) => [name, rule]));
}

export const elementwiseRules: Rules = {
  ...table(
    'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh CumSum Elu Erf Exp Floor Gelu HardSigmoid ' +
      'HardSwish Identity LeakyRelu Log LpNormalization LRN MeanVarianceNormalization Mish Neg Reciprocal Relu Round ' +
      'ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu ' +
      'Trilu EyeLike',
    unary,
  ),
  ...table('Add BitwiseAnd BitwiseOr BitwiseXor BitShift Div Max Mean Min Mod Mul Pow PRelu Sub Sum', nary),
  ...table('And Equal Greater GreaterOrEqual Less LessOrEqual Or Xor', comparison),
  ...table('IsInf IsNaN Not', predicate),
  Where: where,
  Cast: cast,
  CastLike: castLike,
  Dropout: dropout,
  QuantizeLinear: quantised('uint8'),
  DequantizeLinear: dequantised,
  DynamicQuantizeLinear: dynamicQuantize,
  'com.microsoft.QuantizeLinear': quantised('uint8'),
  'com.microsoft.DequantizeLinear': dequantised,
  ...table('com.microsoft.Gelu com.microsoft.QuickGelu com.microsoft.FastGelu com.microsoft.BiasGelu', unary),
};
