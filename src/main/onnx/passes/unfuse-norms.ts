/** Residual additions with a norm, and RMS norms, in plain operators. */

import { floatAttribute, intAttribute } from '../graph.js';
import { isOp } from './patterns.js';
import { type Fragment, type Opener, type Rewriter, microsoft } from './rewrite.js';

/**
 * `input + skip + bias` under the name of the operator's fourth output. The bias goes to the product it belongs to, as in
 * the graph that was fused.
 */
function joined(g: Fragment, rewriter: Rewriter, inputs: readonly [string, string, string], name: string): string {
  const [input, skip, bias] = inputs;
  const sum = name === '' ? g.name('sum') : name;
  if (bias === '') {
    g.write('Add', [input, skip], [sum]);
    return sum;
  }
  const isProduct = isOp(rewriter.index.producer(skip), 'MatMul');
  const [branch, residual] = isProduct ? [skip, input] : [input, skip];
  g.write('Add', [residual, g.op('biased', 'Add', [branch, bias])], [sum]);
  return sum;
}

const openSkipNorm: Opener = (g, node, rewriter) => {
  const [input = '', skip = '', scale = '', shift = '', bias = ''] = node.inputs;
  const [output = '', mean = '', deviation = '', sum = ''] = node.outputs;
  if (mean !== '' || deviation !== '') return false;
  const x = joined(g, rewriter, [input, skip, bias], sum);
  const epsilon = { float: floatAttribute(node, 'epsilon', 1e-12) };
  const inputs = shift === '' ? [x, scale] : [x, scale, shift];
  g.write('LayerNormalization', inputs, [output], { axis: -1, epsilon });
  return true;
};

const openSkipRmsNorm: Opener = (g, node, rewriter) => {
  const [input = '', skip = '', scale = '', bias = ''] = node.inputs;
  const [output = '', mean = '', deviation = '', sum = ''] = node.outputs;
  if (mean !== '' || deviation !== '') return false;
  const x = joined(g, rewriter, [input, skip, bias], sum);
  const epsilon = { float: floatAttribute(node, 'epsilon', 1e-12) };
  g.write('SimplifiedLayerNormalization', [x, scale], [output], { axis: -1, epsilon });
  return true;
};

const openRmsNorm: Opener = (g, node) => {
  const [x = '', scale = ''] = node.inputs;
  const attributes = {
    axis: intAttribute(node, 'axis', -1),
    epsilon: { float: floatAttribute(node, 'epsilon', 1e-5) },
    stash_type: intAttribute(node, 'stash_type', 1),
  };
  g.write('SimplifiedLayerNormalization', [x, scale], node.outputs, attributes);
  return true;
};

export const normOpeners: Readonly<Record<string, Opener>> = {
  [`${microsoft}.SkipLayerNormalization`]: openSkipNorm,
  [`${microsoft}.SkipSimplifiedLayerNormalization`]: openSkipRmsNorm,
  '.RMSNormalization': openRmsNorm,
};
