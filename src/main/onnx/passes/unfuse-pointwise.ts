/** Activations, biases and shape changes of com.microsoft in standard operators. */

import { type Node, floatAttribute, intAttribute } from '../graph.js';
import { dataTypes } from '../tensor.js';
import { isLastAxis } from './patterns.js';
import { type Fragment, type Opener, type Rewriter, microsoft } from './rewrite.js';

/** `x`, or `x + bias` where the node has one. */
function biased(g: Fragment, node: Node): string {
  const [x = '', bias = ''] = node.inputs;
  return bias === '' ? x : g.op('biased', 'Add', [x, bias]);
}

const openGelu: Opener = (g, node) => {
  g.write('Gelu', [biased(g, node)], node.outputs);
  return true;
};

const openFastGelu: Opener = (g, node) => {
  g.write('Gelu', [biased(g, node)], node.outputs, { approximate: 'tanh' });
  return true;
};

/** A number in the type of the value `like`. */
export function numberLike(g: Fragment, rewriter: Rewriter, hint: string, value: number, like: string): string {
  const type = rewriter.type(like);
  if (type === 'float32') return g.float(hint, value);
  const number = g.float(`${hint}_value`, value);
  if (type === undefined) return g.op(hint, 'CastLike', [number, like]);
  return g.op(hint, 'Cast', [number], { to: dataTypes[type].code });
}

/** `x sigmoid(alpha x)`. */
function sigmoidGated(g: Fragment, node: Node, rewriter: Rewriter, alpha: number): void {
  const [x = ''] = node.inputs;
  const scaled = alpha === 1 ? x : g.op('scaled', 'Mul', [x, numberLike(g, rewriter, 'alpha', alpha, x)]);
  g.write('Mul', [x, g.op('gate', 'Sigmoid', [scaled])], node.outputs);
}

const openQuickGelu: Opener = (g, node, rewriter) => {
  sigmoidGated(g, node, rewriter, floatAttribute(node, 'alpha', 1.702));
  return true;
};

const openSwish: Opener = (g, node, rewriter) => {
  sigmoidGated(g, node, rewriter, floatAttribute(node, 'alpha', 1));
  return true;
};

/** `x + bias + skip`. */
const openBiasAdd: Opener = (g, node) => {
  const [, , skip = ''] = node.inputs;
  g.write('Add', [biased(g, node), skip], node.outputs);
  return true;
};

/** The left half of the columns times GELU of the right half. */
const openBiasSplitGelu: Opener = (g, node) => {
  const [left, right] = [g.name('left'), g.name('right')];
  g.write('Split', [biased(g, node)], [left, right], { axis: -1, num_outputs: 2 });
  g.write('Mul', [left, g.op('activated', 'Gelu', [right])], node.outputs);
  return true;
};

const openBiasSoftmax: Opener = (g, node, rewriter) => {
  const [x = ''] = node.inputs;
  if (!isLastAxis(rewriter, x, [intAttribute(node, 'axis', 1)])) return false;
  g.write('Softmax', [biased(g, node)], node.outputs, { axis: -1 });
  return true;
};

const openExpandDims: Opener = (g, node) => {
  const [x = '', axis = ''] = node.inputs;
  const axes = g.op('axes', 'Cast', [g.op('axis', 'Reshape', [axis, g.ints('axis_shape', 1)])], {
    to: dataTypes.int64.code,
  });
  g.write('Unsqueeze', [x, axes], node.outputs);
  return true;
};

export const pointwiseOpeners: Readonly<Record<string, Opener>> = {
  [`${microsoft}.Gelu`]: openGelu,
  [`${microsoft}.BiasGelu`]: openGelu,
  [`${microsoft}.FastGelu`]: openFastGelu,
  [`${microsoft}.QuickGelu`]: openQuickGelu,
  [`${microsoft}.BiasAdd`]: openBiasAdd,
  [`${microsoft}.BiasSplitGelu`]: openBiasSplitGelu,
  [`${microsoft}.BiasSoftmax`]: openBiasSoftmax,
  [`${microsoft}.ExpandDims`]: openExpandDims,
  '.Swish': openSwish,
};
