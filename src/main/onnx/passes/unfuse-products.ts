/** Products and convolutions of com.microsoft with a factor, transposition or activation in standard operators. */

import type { AttributeInput } from '../builder.js';
import { type Node, floatAttribute, intAttribute } from '../graph.js';
import { type Fragment, type Opener, type Rewriter, microsoft } from './rewrite.js';
import { numberLike } from './unfuse-pointwise.js';

interface Transposition {
  /** Swap the last two dimensions. */
  readonly last: boolean;
  /** Move the first dimension before the last. */
  readonly batch: boolean;
}

/** An operand of FusedMatMul as MatMul takes it; null when its rank is needed and unknown. */
function operand(g: Fragment, rewriter: Rewriter, value: string, hint: string, by: Transposition): string | null {
  if (!by.last && !by.batch) return value;
  const rank = rewriter.dims(value)?.length;
  if (rank === undefined) return null;
  // A vector has nothing to transpose.
  if (rank < 2) return value;
  const order = Array.from({ length: rank }, (_, axis) => axis);
  const moved = by.batch ? [...order.slice(1, -1), 0, rank - 1] : order;
  const [row = 0, column = 0] = moved.slice(-2);
  const perm = by.last ? [...moved.slice(0, -2), column, row] : moved;
  return g.op(hint, 'Transpose', [value], { perm });
}

const openFusedMatMul: Opener = (g, node, rewriter) => {
  const [a = '', b = ''] = node.inputs;
  const flag = (name: string): boolean => intAttribute(node, name, 0) !== 0;
  const left = operand(g, rewriter, a, 'left', { last: flag('transA'), batch: flag('transBatchA') });
  const right = operand(g, rewriter, b, 'right', { last: flag('transB'), batch: flag('transBatchB') });
  if (left === null || right === null) return false;
  const alpha = floatAttribute(node, 'alpha', 1);
  if (alpha === 1) {
    g.write('MatMul', [left, right], node.outputs);
  } else {
    const product = g.op('product', 'MatMul', [left, right]);
    g.write('Mul', [product, numberLike(g, rewriter, 'alpha', alpha, a)], node.outputs);
  }
  return true;
};

/** The attributes that say which function follows: its name, and its parameters in the order of the operator's own. */
interface Activation {
  readonly name: string;
  readonly parameters: readonly number[];
}

/** Names of an activation's parameters in the standard operator of the same name. */
const parameterNames: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  Softplus: [],
  Softsign: [],
  Selu: ['alpha', 'gamma'],
  Elu: ['alpha'],
  LeakyRelu: ['alpha'],
  ThresholdedRelu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
};

/** Writes `activation(x)` to `outputs`, of the type of the value `like`; false for a function that is not known. */
function activate(
  g: Fragment,
  rewriter: Rewriter,
  [x, like]: readonly [string, string],
  outputs: readonly string[],
  { name, parameters }: Activation,
): boolean {
  if (name === 'Clip') {
    const [low = -Infinity, high = Infinity] = parameters;
    g.write(
      'Clip',
      [x, numberLike(g, rewriter, 'low', low, like), numberLike(g, rewriter, 'high', high, like)],
      outputs,
    );
    return true;
  }
  const names = parameterNames[name];
  if (!names) return false;
  const attributes: Record<string, AttributeInput> = {};
  names.forEach((parameter, index) => {
    const value = parameters[index];
    if (value !== undefined) attributes[parameter] = { float: value };
  });
  g.write(name, [x], outputs, attributes);
  return true;
}

/** The node's own attributes, without those of {@link Activation} and without lists that Conv and Gemm do not have. */
function ownAttributes(node: Node): Record<string, AttributeInput> {
  const own: Record<string, AttributeInput> = {};
  for (const [name, attribute] of node.attributes) {
    if (name.startsWith('activation') || attribute.kind === 'floats' || attribute.kind === 'strings') continue;
    own[name] = attribute.kind === 'float' ? { float: attribute.value } : attribute.value;
  }
  return own;
}

function activationName(node: Node): string {
  const attribute = node.attributes.get('activation');
  return attribute?.kind === 'string' ? attribute.value : '';
}

const openFusedGemm: Opener = (g, node, rewriter) => {
  const parameters = ['activation_alpha', 'activation_beta', 'activation_gamma'].flatMap((name) => {
    const attribute = node.attributes.get(name);
    return attribute?.kind === 'float' ? [attribute.value] : [];
  });
  const name = activationName(node);
  const linear = name === '' ? (node.outputs[0] ?? '') : g.name('linear');
  g.write('Gemm', node.inputs, [linear], ownAttributes(node));
  return name === '' || activate(g, rewriter, [linear, node.inputs[0] ?? ''], node.outputs, { name, parameters });
};

const openFusedConv: Opener = (g, node, rewriter) => {
  const [x = '', weight = '', bias = '', sum = ''] = node.inputs;
  const attribute = node.attributes.get('activation_params');
  const parameters = attribute?.kind === 'floats' ? attribute.value : [];
  const name = activationName(node);
  const last = node.outputs[0] ?? '';
  const added = name === '' ? last : g.name('linear');
  const convolved = sum === '' ? added : g.name('convolved');
  g.write('Conv', bias === '' ? [x, weight] : [x, weight, bias], [convolved], ownAttributes(node));
  if (sum !== '') g.write('Add', [convolved, sum], [added]);
  return name === '' || activate(g, rewriter, [added, x], node.outputs, { name, parameters });
};

/** Convolution of `[N, H, W, C]` with a kernel `[M, kH, kW, C]`. */
const openNhwcConv: Opener = (g, node) => {
  const [x = '', weight = '', bias = ''] = node.inputs;
  const toChannelsFirst = { perm: [0, 3, 1, 2] };
  const channelsFirst = g.op('channels_first', 'Transpose', [x], toChannelsFirst);
  const kernel = g.op('kernel', 'Transpose', [weight], toChannelsFirst);
  const inputs = bias === '' ? [channelsFirst, kernel] : [channelsFirst, kernel, bias];
  const convolved = g.op('convolved', 'Conv', inputs, ownAttributes(node));
  g.write('Transpose', [convolved], node.outputs, { perm: [0, 2, 3, 1] });
  return true;
};

export const productOpeners: Readonly<Record<string, Opener>> = {
  [`${microsoft}.FusedMatMul`]: openFusedMatMul,
  [`${microsoft}.TransposeMatMul`]: openFusedMatMul,
  [`${microsoft}.FusedGemm`]: openFusedGemm,
  [`${microsoft}.FusedConv`]: openFusedConv,
  [`${microsoft}.NhwcConv`]: openNhwcConv,
};
