/** Float forms of QuantizeLinear with DequantizeLinear and of the operators that compute on quantised values (QOperator format). */

import { type Node, floatAttribute, intAttribute } from '../../graph.js';
import { type Fragment, microsoft } from '../rewrite.js';
import { type Dequantising, quantisation } from './quantised.js';

/** Writes the float form of a node; false when it has to stay. */
export type Dequantiser = (state: Dequantising, g: Fragment, node: Node) => boolean;

/** Attributes of a node as they are. */
export function writeLike(
  g: Fragment,
  node: Node,
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  domain = '',
): void {
  g.nodes.push({ ...node, name: outputs[0] ?? node.name, op, domain, inputs, outputs });
}

const quantize: Dequantiser = (state, _, node) => {
  const [x = ''] = node.inputs;
  // A weight that is rounded in the graph is the rounded one.
  if (state.index.isConstant(x)) return false;
  state.stands(node.outputs[0] ?? '', x);
  return true;
};

const dequantize: Dequantiser = (state, g, node) => {
  const [value = '', scale, zeroPoint] = node.inputs;
  const block = intAttribute(node, 'block_size', 0);
  const float = state.float(g, value, { ...quantisation(scale, zeroPoint, intAttribute(node, 'axis', 1)), block });
  if (float === null) return false;
  g.write('Identity', [float], node.outputs);
  return true;
};

/** Puts what `write` gives in the place of a quantised result. */
function standing(
  state: Dequantising,
  g: Fragment,
  node: Node,
  op: string,
  inputs: readonly (string | null)[],
  domain = '',
): boolean {
  const known = inputs.filter((input) => input !== null);
  if (known.length !== inputs.length) return false;
  const result = g.name('float');
  writeLike(g, node, op, known, [result], domain);
  state.stands(node.outputs[0] ?? '', result);
  return true;
}

const matMul: Dequantiser = (state, g, node) => {
  const [a = '', aScale, aZero, b = '', bScale, bZero] = node.inputs;
  const left = state.float(g, a, quantisation(aScale, aZero, -2));
  return standing(state, g, node, 'MatMul', [left, state.float(g, b, quantisation(bScale, bZero, -1))]);
};

const conv: Dequantiser = (state, g, node) => {
  const [x = '', xScale = '', xZero, w = '', wScale = '', wZero, , , bias = ''] = node.inputs;
  const inputs = [state.float(g, x, quantisation(xScale, xZero)), state.float(g, w, quantisation(wScale, wZero, 0))];
  if (bias === '') return standing(state, g, node, 'Conv', inputs);
  const scale = g.op('bias_scale', 'Mul', [xScale, wScale]);
  return standing(state, g, node, 'Conv', [
    ...inputs,
    g.op('bias', 'Mul', [g.op('bias_codes', 'Cast', [bias], { to: 1 }), scale]),
  ]);
};

/** Two quantised operands with a scale and zero point each. */
function binary(op: string): Dequantiser {
  return (state, g, node) => {
    const [a = '', aScale, aZero, b = '', bScale, bZero] = node.inputs;
    const left = state.float(g, a, quantisation(aScale, aZero));
    return standing(state, g, node, op, [left, state.float(g, b, quantisation(bScale, bZero))]);
  };
}

/** One quantised operand. */
function unary(op: string): Dequantiser {
  return (state, g, node) => {
    const [x = '', scale, zero] = node.inputs;
    return standing(state, g, node, op, [state.float(g, x, quantisation(scale, zero))]);
  };
}

const globalAverage: Dequantiser = (state, g, node) => {
  if (intAttribute(node, 'channels_last', 0) !== 0) return false;
  return unary('GlobalAveragePool')(state, g, node);
};

/** Axes are an attribute of this operator, an input of the standard one. */
const mean: Dequantiser = (state, g, node) => {
  const [x = '', scale, zero] = node.inputs;
  const axes = node.attributes.get('axes');
  const float = state.float(g, x, quantisation(scale, zero));
  if (float === null || axes?.kind !== 'ints') return false;
  const keepdims = intAttribute(node, 'keepdims', 1);
  state.stands(
    node.outputs[0] ?? '',
    g.op('float', 'ReduceMean', [float, g.ints('axes', ...axes.value)], { keepdims }),
  );
  return true;
};

const softmax: Dequantiser = (state, g, node) => {
  const [x = '', scale, zero] = node.inputs;
  const [axis, rank] = [intAttribute(node, 'axis', -1), state.rank(x)];
  // Models of operator sets before 13 ran softmax over all dimensions from the axis on.
  if (intAttribute(node, 'opset', 13) < 13 && axis !== -1 && axis !== (rank ?? 0) - 1) return false;
  const float = state.float(g, x, quantisation(scale, zero));
  if (float === null) return false;
  state.stands(node.outputs[0] ?? '', g.op('float', 'Softmax', [float], { axis }));
  return true;
};

const concat: Dequantiser = (state, g, node) => {
  const rest = node.inputs.slice(2);
  const inputs = rest.flatMap((value, at) =>
    at % 3 === 0 ? [state.float(g, value, quantisation(rest[at + 1], rest[at + 2]))] : [],
  );
  return standing(state, g, node, 'Concat', inputs);
};

const gemm: Dequantiser = (state, g, node) => {
  const [a = '', aScale = '', aZero, b = '', bScale = '', bZero, c = '', yScale = ''] = node.inputs;
  const alpha = floatAttribute(node, 'alpha', 1);
  const inputs = [
    state.float(g, a, quantisation(aScale, aZero)),
    state.float(g, b, quantisation(bScale, bZero, intAttribute(node, 'transB', 0) === 0 ? 1 : 0)),
  ];
  if (c !== '') {
    const scale = g.op('bias_scale', 'Mul', [g.op('scales', 'Mul', [aScale, bScale]), g.float('alpha', alpha)]);
    inputs.push(g.op('bias', 'Mul', [g.op('bias_codes', 'Cast', [c], { to: 1 }), scale]));
  }
  if (yScale !== '') return standing(state, g, node, 'Gemm', inputs);
  const known = inputs.filter((input) => input !== null);
  if (known.length !== inputs.length) return false;
  writeLike(g, node, 'Gemm', known, node.outputs);
  return true;
};

/** com.microsoft Attention with quantised input and weights. */
const attention: Dequantiser = (state, g, node) => {
  const [x = '', w = '', bias = '', xScale, wScale, mask = '', xZero, wZero, past = ''] = node.inputs;
  const input = state.float(g, x, quantisation(xScale, xZero));
  const weight = state.float(g, w, quantisation(wScale, wZero, 1));
  if (input === null || weight === null || past !== '') return false;
  writeLike(g, node, 'Attention', [input, weight, bias, mask].slice(0, mask === '' ? 3 : 4), node.outputs, microsoft);
  return true;
};

export const linearDequantisers: Readonly<Record<string, Dequantiser>> = {
  QuantizeLinear: quantize,
  'com.microsoft.QuantizeLinear': quantize,
  DequantizeLinear: dequantize,
  'com.microsoft.DequantizeLinear': dequantize,
  DynamicQuantizeLinear: quantize,
  QLinearMatMul: matMul,
  QLinearConv: conv,
  'com.microsoft.QLinearConv': conv,
  'com.microsoft.QLinearAdd': binary('Add'),
  'com.microsoft.QLinearMul': binary('Mul'),
  'com.microsoft.QLinearSigmoid': unary('Sigmoid'),
  'com.microsoft.QLinearLeakyRelu': unary('LeakyRelu'),
  'com.microsoft.QLinearAveragePool': unary('AveragePool'),
  'com.microsoft.QLinearGlobalAveragePool': globalAverage,
  'com.microsoft.QLinearReduceMean': mean,
  'com.microsoft.QLinearSoftmax': softmax,
  'com.microsoft.QLinearConcat': concat,
  'com.microsoft.QGemm': gemm,
  'com.microsoft.QAttention': attention,
};
