/** Turns attention in plain operators into the runtime's fused operators. */

import type { Model, Node } from '../graph.js';
import { type Heads, type WrittenAttention, attentionOf } from './attention-match.js';
import { type WrittenLinear, linearOf } from './linear-match.js';
import { type Fragment, Rewriter, microsoft } from './rewrite.js';

export interface FuseAttentionOptions {
  /**
   * Put the linear layers of q, k and v into the operator too where they read the same value (com.microsoft Attention);
   * otherwise they become one product in front of MultiHeadAttention. True by default.
   */
  readonly joined?: boolean;
}

/** Weights of linear layers side by side, as a constant expression. */
function joinWeights(g: Fragment, hint: string, linears: readonly WrittenLinear[]): string {
  const [first = '', ...others] = linears.map(({ weight }) => weight);
  return others.length === 0 ? first : g.op(`${hint}_weight`, 'Concat', [first, ...others], { axis: 1 });
}

/** Their biases, zeros for none. */
function joinBiases(g: Fragment, rewriter: Rewriter, hint: string, linears: readonly WrittenLinear[]): string {
  const biases = linears.map(({ bias, width, weight }) => {
    if (bias !== null) return bias;
    const zeros = g.constant(`${hint}_no_bias`, rewriter.filled(0, width));
    return rewriter.type(weight) === 'float32' ? zeros : g.op(`${hint}_no_bias_like`, 'CastLike', [zeros, weight]);
  });
  const [first = '', ...others] = biases;
  return others.length === 0 ? first : g.op(`${hint}_bias`, 'Concat', biases, { axis: 0 });
}

/** The products of linear layers of one value, without their biases, computed as one. */
function joinProducts(g: Fragment, hint: string, linears: readonly WrittenLinear[]): string[] {
  const [first] = linears;
  if (!first) return [];
  const product = g.op(`${hint}_product`, 'MatMul', [first.x, joinWeights(g, hint, linears)]);
  const parts = linears.map((_, index) => g.name(`${hint}_part${String(index)}`));
  const widths = linears.map(({ width }) => width);
  if (widths.every((width) => width === first.width)) {
    g.write('Split', [product], parts, { axis: 2, num_outputs: parts.length });
  } else {
    g.write('Split', [product, g.ints(`${hint}_widths`, ...widths)], parts, { axis: 2 });
  }
  return parts;
}

/** `[B, S, heads * d]` of q, k or v, normalised head by head where the attention does that. */
function writeSource(g: Fragment, { source, heads, norm }: Heads, hint: string): string {
  if (norm === null) return source;
  const apart = g.op(`${hint}_apart`, 'Reshape', [source, g.ints(`${hint}_shape`, 0, 0, heads, -1)]);
  const normed = g.name(`${hint}_normed`);
  g.nodes.push({ ...norm, name: normed, inputs: [apart, ...norm.inputs.slice(1)], outputs: [normed] });
  return g.op(`${hint}_merged`, 'Reshape', [normed, g.ints(`${hint}_merged_shape`, 0, 0, -1)]);
}

type Three<T> = readonly [T, T, T];

/** Linear layers that can be merged into what reads them: those of q, k and v, or the one that gives all three. */
function linearsOf(
  rewriter: Rewriter,
  { query, key, value }: WrittenAttention,
): Three<WrittenLinear> | readonly [WrittenLinear] | undefined {
  if (query.norm !== null || key.norm !== null) return undefined;
  const q = linearOf(rewriter, query.source);
  if (query.part !== null) return q && [q];
  const [k, v] = [linearOf(rewriter, key.source), linearOf(rewriter, value.source)];
  return q && k && v ? [q, k, v] : undefined;
}

/** Three equal parts of `[B, S, 3 * heads * d]`. */
function splitParts(g: Fragment, joined: string): readonly string[] {
  const parts = [g.name('query'), g.name('key'), g.name('value')];
  g.write('Split', [joined], parts, { axis: 2, num_outputs: 3 });
  return parts;
}

/** Inputs of MultiHeadAttention without linear layers to merge. */
function writeSources(g: Fragment, { query, key, value }: WrittenAttention): readonly string[] {
  if (query.part !== null) return splitParts(g, query.source);
  return [writeSource(g, query, 'query'), writeSource(g, key, 'key'), value.source];
}

/** Inputs of MultiHeadAttention for linear layers whose products are joined as far as they read the same value. */
function writeProducts(
  g: Fragment,
  rewriter: Rewriter,
  linears: Three<WrittenLinear> | readonly [WrittenLinear],
): readonly string[] {
  const [q, k, v] = linears;
  const bias = linears.some((linear) => linear.bias !== null) ? [joinBiases(g, rewriter, 'qkv', linears)] : [];
  const multiply = ({ x, weight }: WrittenLinear, hint: string): string =>
    g.op(`${hint}_product`, 'MatMul', [x, weight]);
  if (k === undefined || v === undefined) return [...splitParts(g, multiply(q, 'qkv')), ...bias];
  if (k.x !== v.x) return [multiply(q, 'query'), multiply(k, 'key'), multiply(v, 'value'), ...bias];
  if (q.x === k.x) return [...joinProducts(g, 'qkv', linears), ...bias];
  return [multiply(q, 'query'), ...joinProducts(g, 'kv', [k, v]), ...bias];
}

/** The scale attribute; left out when it is what the operators take themselves. */
function scaleAttribute({ scale, headWidth }: WrittenAttention): Record<string, { readonly float: number }> {
  const isDefault = headWidth !== undefined && Math.abs(scale * Math.sqrt(headWidth) - 1) < 1e-6;
  return isDefault ? {} : { scale: { float: scale } };
}

function fuseOne(rewriter: Rewriter, root: Node, joined: boolean): void {
  const found = attentionOf(rewriter, root);
  if (!found || !rewriter.isClosed(found.nodes, root.outputs)) return;
  const linears = linearsOf(rewriter, found);
  const group = new Set([...found.nodes, ...(linears ?? []).flatMap(({ nodes }) => nodes)]);
  if (!rewriter.isClosed(group, root.outputs)) return;
  const attributes = { num_heads: found.query.heads, ...scaleAttribute(found) };
  rewriter.replace(group, root, (g) => {
    const [q, ...others] = linears ?? [];
    // The CPU's kernel of Attention takes v of another width only with further attributes.
    if (joined && linears && q && others.every(({ x, width }) => x === q.x && width === q.width)) {
      // Without a bias that kernel crashes.
      const inputs = [q.x, joinWeights(g, 'qkv', linears), joinBiases(g, rewriter, 'qkv', linears)];
      g.write('Attention', inputs, root.outputs, attributes, microsoft);
    } else {
      const inputs = linears ? writeProducts(g, rewriter, linears) : writeSources(g, found);
      g.write('MultiHeadAttention', inputs, root.outputs, attributes, microsoft);
    }
    return true;
  });
}

/**
 * Attention over heads (Vaswani et al. 2017, equation 1) as com.microsoft `Attention` where q, k and v are linear layers
 * of one value, as `MultiHeadAttention` otherwise; biases go into the operator. Weights may be any constant
 * expression: joined ones are a `Concat` that the runtime evaluates when it loads the model. Attention with a mask, or
 * whose probabilities are read by anything else, stays as it is.
 */
export function fuseAttention(model: Model, { joined = true }: FuseAttentionOptions = {}): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) fuseOne(rewriter, node, joined);
  return rewriter.result();
}
