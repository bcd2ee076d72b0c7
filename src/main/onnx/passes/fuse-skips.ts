/** Turns residual additions before a norm, and biases before GELU, into the runtime's fused operators. */

import { type Model, type Node, floatAttribute } from '../graph.js';
import { biasedValue, vectorSize } from './linear-match.js';
import { axisOf, isLastAxis, isOp, operandOrders } from './patterns.js';
import { Rewriter, microsoft } from './rewrite.js';

/** Whether an addition joins two values of the same shape, `[B, S, D]` or `[S, D]`. */
function sameShape(rewriter: Rewriter, a: string, b: string): boolean {
  const [left, right] = [rewriter.dims(a), rewriter.dims(b)];
  if (!left || left.length !== right?.length || left.length < 2 || left.length > 3) return false;
  return left.every((dim, axis) => {
    const other = right[axis] ?? null;
    // A dimension that is not known is taken for the other, except for a 1, which may be spread over it.
    return dim === null || other === null ? dim !== 1 && other !== 1 : dim === other;
  });
}

/** A residual addition: `stream + branch + bias`. */
interface Joined {
  readonly stream: string;
  readonly branch: string;
  readonly bias: string | null;
  readonly nodes: readonly Node[];
}

function joinedOf(rewriter: Rewriter, sum: string): Joined | undefined {
  const node = rewriter.index.producer(sum);
  const [a = '', b = ''] = node?.inputs ?? [];
  if (!isOp(node, 'Add') || [a, b].some((value) => rewriter.index.isConstant(value)) || !sameShape(rewriter, a, b))
    return undefined;
  for (const [stream, branch] of [...operandOrders(node)].reverse()) {
    const biased = biasedValue(rewriter, branch);
    if (biased && isOp(rewriter.index.producer(biased.x), 'MatMul')) {
      return { stream, branch: biased.x, bias: biased.bias, nodes: [node, biased.node] };
    }
  }
  // The branch is what nothing else reads.
  const [stream, branch] = rewriter.isPrivate(a) && !rewriter.isPrivate(b) ? [b, a] : [a, b];
  return { stream, branch, bias: null, nodes: [node] };
}

function fuseSkip(rewriter: Rewriter, norm: Node): void {
  const [sum = '', scale = '', shift = ''] = norm.inputs;
  const [output = '', ...others] = norm.outputs;
  const isLayer = norm.op === 'LayerNormalization';
  const joined = joinedOf(rewriter, sum);
  if (!joined || others.some((name) => name !== '') || !isLastAxis(rewriter, sum, axisOf(norm, -1))) return;
  if ([scale, shift].some((value) => value !== '' && vectorSize(rewriter, value) === undefined)) return;
  const group = new Set([norm, ...joined.nodes]);
  if (!rewriter.isClosed(group, [output, sum])) return;
  rewriter.replace(group, norm, (g) => {
    const { branch, stream, bias } = joined;
    const outputs = rewriter.isPrivate(sum) ? [output] : [output, '', '', sum];
    const attributes = { epsilon: { float: floatAttribute(norm, 'epsilon', 1e-5) } };
    const constants = isLayer ? [scale, shift, bias ?? ''] : [scale, bias ?? ''];
    while (constants.at(-1) === '') constants.pop();
    const op = isLayer ? 'SkipLayerNormalization' : 'SkipSimplifiedLayerNormalization';
    g.write(op, [branch, stream, ...constants], outputs, attributes, microsoft);
    return true;
  });
}

/**
 * A residual addition, the bias of its branch and the norm behind it as `SkipLayerNormalization`, or
 * `SkipSimplifiedLayerNormalization` for RMS norms; its fourth output is the sum where anything else reads it.
 */
export function fuseSkips(model: Model): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) {
    if (isOp(node, 'LayerNormalization', 'SimplifiedLayerNormalization')) fuseSkip(rewriter, node);
  }
  return rewriter.result();
}

function fuseGelu(rewriter: Rewriter, gelu: Node): void {
  const [x = ''] = gelu.inputs;
  const biased = biasedValue(rewriter, x);
  const group = new Set([gelu, ...(biased ? [biased.node] : [])]);
  if (!biased || !rewriter.isClosed(group, gelu.outputs)) return;
  const approximate = gelu.attributes.get('approximate');
  const isTanh = approximate?.kind === 'string' && approximate.value === 'tanh';
  rewriter.replace(group, gelu, (g) => {
    g.write(isTanh ? 'FastGelu' : 'BiasGelu', [biased.x, biased.bias], gelu.outputs, {}, microsoft);
    return true;
  });
}

/** A bias and GELU as `BiasGelu`, or `FastGelu` for its tanh form. */
export function fuseBiasGelu(model: Model): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) if (isOp(node, 'Gelu')) fuseGelu(rewriter, node);
  return rewriter.result();
}
