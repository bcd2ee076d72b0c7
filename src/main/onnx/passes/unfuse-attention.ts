/** Fused attention operators in plain ones: products, softmax, and the transposes that split and merge heads. */

import { type Node, floatAttribute, intAttribute, intsAttribute } from '../graph.js';
import { dataTypes } from '../tensor.js';
import { type Fragment, type Opener, type Rewriter, microsoft } from './rewrite.js';
import { numberLike } from './unfuse-pointwise.js';

/** Attention of one operator: q `[B, heads, S, d]`, k and v `[B, heads, T, d]`. */
interface Core {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Undefined for `d^-0.5`. */
  readonly scale: number | undefined;
  /** Width d of a head of q and k, where it is known. */
  readonly headWidth: number | undefined;
  /** A value of the file with the type of all these. */
  readonly like: string;
  /** Added to the scaled products, broadcast to `[B, heads, S, T]`; null for none. */
  readonly bias: string | null;
}

/** `d^-0.5` for the last dimension d of `query`, read when the graph runs. */
function measuredScale(g: Fragment, query: string): string {
  const width = g.op('head_width', 'Shape', [query], { start: -1 });
  const root = g.op('head_width_root', 'Sqrt', [g.op('head_width_like', 'CastLike', [width, query])]);
  return g.op('scale', 'Reciprocal', [root]);
}

/** Writes `softmax(scale q kT + bias) v`, `[B, heads, S, d]`, to `output`. */
function writeCore(g: Fragment, rewriter: Rewriter, core: Core, output: string): void {
  const { query, key, value, bias } = core;
  const known = core.scale ?? (core.headWidth === undefined ? undefined : 1 / Math.sqrt(core.headWidth));
  const scale = known === undefined ? measuredScale(g, query) : numberLike(g, rewriter, 'scale', known, core.like);
  const transposed = g.op('key_transposed', 'Transpose', [key], { perm: [0, 1, 3, 2] });
  const products = g.op('products', 'MatMul', [query, transposed]);
  const scaled = g.op('scores', 'Mul', [products, scale]);
  const scores = bias === null ? scaled : g.op('biased_scores', 'Add', [scaled, bias]);
  const probabilities = g.op('probabilities', 'Softmax', [scores], { axis: -1 });
  g.write('MatMul', [probabilities, value], [output]);
}

/** `[B, S, heads * d]` as `[B, heads, S, d]`. */
function split(g: Fragment, x: string, heads: number, hint: string): string {
  const apart = g.op(`${hint}_split`, 'Reshape', [x, g.ints(`${hint}_shape`, 0, 0, heads, -1)]);
  return g.op(`${hint}_heads`, 'Transpose', [apart], { perm: [0, 2, 1, 3] });
}

/** Writes the core and its heads side by side, `[B, S, heads * d]`, to `output`. */
function writeMerged(g: Fragment, rewriter: Rewriter, core: Core, output: string): void {
  const mixed = g.name('mixed');
  writeCore(g, rewriter, core, mixed);
  const merged = g.op('merged', 'Transpose', [mixed], { perm: [0, 2, 1, 3] });
  g.write('Reshape', [merged, g.ints('merged_shape', 0, 0, -1)], [output]);
}

/** The scale attribute; undefined when it is left to the operator (absent or 0). */
function scaleOf(node: Node): number | undefined {
  const scale = floatAttribute(node, 'scale', 0);
  return scale === 0 ? undefined : scale;
}

function hasOnlyFirstOutput(node: Node): boolean {
  return node.outputs.slice(1).every((output) => output === '');
}

/**
 * The sum of a bias and what a mask of whole numbers (0: left out) adds to the scores. Null: neither is there; undefined:
 * a mask of a form that is not handled. A mask is `[B, T]` or `[B, S, T]`.
 */
function maskedBias(
  g: Fragment,
  node: Node,
  rewriter: Rewriter,
  { mask, bias, like }: { readonly mask: string; readonly bias: string; readonly like: string },
): string | null | undefined {
  if (mask === '') return bias === '' ? null : bias;
  const rank = rewriter.dims(mask)?.length;
  if (rank !== 2 && rank !== 3) return undefined;
  const axes = g.ints('mask_axes', ...(rank === 2 ? [1, 2] : [1]));
  const spread = g.op('mask_spread', 'Unsqueeze', [mask, axes]);
  const kept = g.op('mask_kept', 'Cast', [spread], { to: dataTypes.bool.code });
  const filter = numberLike(g, rewriter, 'mask_filter', floatAttribute(node, 'mask_filter_value', -10_000), like);
  const masked = g.op('mask_bias', 'Where', [kept, numberLike(g, rewriter, 'mask_zero', 0, like), filter]);
  return bias === '' ? masked : g.op('attention_bias', 'Add', [bias, masked]);
}

/** Numeric size of a dimension of a value, from either end. */
function size(rewriter: Rewriter, value: string, axis: number): number | undefined {
  const dim = rewriter.dims(value)?.at(axis);
  return typeof dim === 'number' ? dim : undefined;
}

/** com.microsoft Attention: the joined linear layer of q, k and v, and the attention. */
const openAttention: Opener = (g, node, rewriter) => {
  const [x = '', weight = '', bias = '', mask = '', past = '', attentionBias = ''] = node.inputs;
  if (past !== '' || intAttribute(node, 'unidirectional', 0) !== 0 || intAttribute(node, 'do_rotary', 0) !== 0)
    return false;
  if (!hasOnlyFirstOutput(node)) return false;
  const heads = intAttribute(node, 'num_heads', 1);
  const columns = size(rewriter, weight, -1) ?? (bias === '' ? undefined : size(rewriter, bias, 0));
  const sizes = intsAttribute(node, 'qkv_hidden_sizes') ?? [];
  const width = sizes[0] ?? (columns === undefined ? undefined : columns / 3);
  const product = g.op('product', 'MatMul', [x, weight]);
  const linear = bias === '' ? product : g.op('linear', 'Add', [product, bias]);
  const parts = [g.name('query'), g.name('key'), g.name('value')] as const;
  if (sizes.length > 0) g.write('Split', [linear, g.ints('widths', ...sizes)], parts, { axis: 2 });
  else g.write('Split', [linear], parts, { axis: 2, num_outputs: 3 });
  const added = maskedBias(g, node, rewriter, { mask, bias: attentionBias, like: x });
  if (added === undefined) return false;
  const core: Core = {
    query: split(g, parts[0], heads, 'query'),
    key: split(g, parts[1], heads, 'key'),
    value: split(g, parts[2], heads, 'value'),
    scale: scaleOf(node),
    headWidth: width === undefined ? undefined : width / heads,
    like: x,
    bias: added,
  };
  writeMerged(g, rewriter, core, node.outputs[0] ?? '');
  return true;
};

type Triple = readonly [string, string, string];

/** The heads `[B, S, heads, d]` of parts packed along dimension 3 of `[B, S, heads, parts, d]`. */
function unpack(g: Fragment, packed: string, hints: readonly string[]): string[] {
  const parts = hints.map((hint) => g.name(`${hint}_part`));
  g.write('Split', [packed], parts, { axis: 3, num_outputs: hints.length });
  const axes = g.ints('part_axis', 3);
  return parts.map((part, index) => g.op(hints[index] ?? '', 'Squeeze', [part, axes]));
}

/** `[B, S, heads, d]` plus the columns `[from, to)` of a bias, as `[B, heads, S, d]`. */
function biasedHeads(g: Fragment, x: string, bias: string | null, heads: number, hint: string): string {
  const shape = bias === null ? '' : g.ints(`${hint}_bias_shape`, heads, -1);
  const sum =
    bias === null ? x : g.op(`${hint}_biased`, 'Add', [x, g.op(`${hint}_bias_heads`, 'Reshape', [bias, shape])]);
  return g.op(`${hint}_heads`, 'Transpose', [sum], { perm: [0, 2, 1, 3] });
}

/** The parts of the joined bias of MultiHeadAttention; undefined when their sizes are unknown. */
function biasParts(g: Fragment, bias: string, width: number | undefined): Triple | null | undefined {
  if (bias === '') return null;
  if (width === undefined) return undefined;
  const axis = g.ints('bias_axis', 0);
  const part = (hint: string, from: number, to: number): string =>
    g.op(`${hint}_bias`, 'Slice', [bias, g.ints(`${hint}_from`, from), g.ints(`${hint}_to`, to), axis]);
  const end = 2 ** 31 - 1;
  return [part('query', 0, width), part('key', width, 2 * width), part('value', 2 * width, end)];
}

/** q, k and v of MultiHeadAttention as `[B, heads, S, d]`, from any of its four layouts; undefined for one not known. */
function multiHeadInputs(g: Fragment, node: Node, rewriter: Rewriter, heads: number): Triple | undefined {
  const [query = '', key = '', value = '', bias = ''] = node.inputs;
  const rank = (name: string): number | undefined => (name === '' ? 0 : rewriter.dims(name)?.length);
  const queryWidth = size(rewriter, query, -1);
  if (key === '') {
    const parts = biasParts(g, bias, queryWidth === undefined ? undefined : queryWidth * heads);
    if (rank(query) !== 5 || parts === undefined) return undefined;
    const [q = '', k = '', v = ''] = unpack(g, query, ['query', 'key', 'value']);
    return [
      biasedHeads(g, q, parts?.[0] ?? null, heads, 'query'),
      biasedHeads(g, k, parts?.[1] ?? null, heads, 'key'),
      biasedHeads(g, v, parts?.[2] ?? null, heads, 'value'),
    ];
  }
  const parts = biasParts(g, bias, queryWidth);
  if (rank(query) !== 3 || parts === undefined) return undefined;
  const linear = (x: string, index: 0 | 1 | 2, hint: string): string => {
    const sum = parts === null ? x : g.op(`${hint}_biased`, 'Add', [x, parts[index]]);
    return split(g, sum, heads, hint);
  };
  const q = linear(query, 0, 'query');
  if (rank(key) === 3 && rank(value) === 3) return [q, linear(key, 1, 'key'), linear(value, 2, 'value')];
  // In the other two layouts k and v come with their bias, if any, already added.
  if (parts !== null) return undefined;
  if (rank(key) === 4 && rank(value) === 4) return [q, key, value];
  if (rank(key) !== 5 || value !== '') return undefined;
  const [k = '', v = ''] = unpack(g, key, ['key', 'value']);
  return [q, biasedHeads(g, k, null, heads, 'key'), biasedHeads(g, v, null, heads, 'value')];
}

const openMultiHeadAttention: Opener = (g, node, rewriter) => {
  const [query = '', key = '', , , mask = '', attentionBias = '', ...past] = node.inputs;
  if (past.some((input) => input !== '') || intAttribute(node, 'unidirectional', 0) !== 0) return false;
  if (!hasOnlyFirstOutput(node)) return false;
  const heads = intAttribute(node, 'num_heads', 1);
  const inputs = multiHeadInputs(g, node, rewriter, heads);
  const bias = maskedBias(g, node, rewriter, { mask, bias: attentionBias, like: query });
  if (inputs === undefined || bias === undefined) return false;
  const width = size(rewriter, query, -1);
  const headWidth = width === undefined || key === '' ? width : width / heads;
  const core = {
    query: inputs[0],
    key: inputs[1],
    value: inputs[2],
    scale: scaleOf(node),
    headWidth,
    like: query,
    bias,
  };
  writeMerged(g, rewriter, core, node.outputs[0] ?? '');
  return true;
};

/** Most heads that are written out one by one; more is no model. */
const mostHeads = 1024;

/** k or v with every head repeated `times` times, for several query heads to one of k and v. */
function repeated(g: Fragment, heads: string, count: number, times: number, hint: string): string {
  if (times === 1) return heads;
  const order = Array.from({ length: count * times }, (_, head) => Math.floor(head / times));
  return g.op(`${hint}_repeated`, 'Gather', [heads, g.ints(`${hint}_order`, ...order)], { axis: 1 });
}

/** What a mask of ai.onnx Attention adds to the scores: itself, or for booleans (false: left out) the lowest number. */
function standardMask(g: Fragment, rewriter: Rewriter, mask: string, like: string): string | null | undefined {
  if (mask === '') return null;
  const type = rewriter.type(mask);
  if (type === undefined) return undefined;
  if (type !== 'bool') return mask;
  const lowest = numberLike(g, rewriter, 'mask_filter', -3.402_823_466_385_288_6e38, like);
  return g.op('mask_bias', 'Where', [mask, numberLike(g, rewriter, 'mask_zero', 0, like), lowest]);
}

/** ai.onnx Attention (operator set 23 and 24): 3-D inputs `[B, S, heads * d]` or 4-D `[B, heads, S, d]`. */
const openStandardAttention: Opener = (g, node, rewriter) => {
  const [query = '', key = '', value = '', mask = '', ...past] = node.inputs;
  if (past.some((input) => input !== '') || !hasOnlyFirstOutput(node)) return false;
  if (intAttribute(node, 'is_causal', 0) !== 0 || floatAttribute(node, 'softcap', 0) !== 0) return false;
  const rank = rewriter.dims(query)?.length;
  const bias = standardMask(g, rewriter, mask, query);
  if ((rank !== 3 && rank !== 4) || bias === undefined) return false;
  const queryHeads = rank === 3 ? intAttribute(node, 'q_num_heads', 0) : size(rewriter, query, 1);
  const keyHeads = rank === 3 ? intAttribute(node, 'kv_num_heads', 0) : size(rewriter, key, 1);
  if (!queryHeads || !keyHeads || queryHeads % keyHeads !== 0 || queryHeads > mostHeads) return false;
  const times = queryHeads / keyHeads;
  const heads = (x: string, count: number, hint: string): string => (rank === 4 ? x : split(g, x, count, hint));
  const width = size(rewriter, query, -1);
  const core: Core = {
    query: heads(query, queryHeads, 'query'),
    key: repeated(g, heads(key, keyHeads, 'key'), keyHeads, times, 'key'),
    value: repeated(g, heads(value, keyHeads, 'value'), keyHeads, times, 'value'),
    scale: scaleOf(node),
    headWidth: width === undefined || rank === 4 ? width : width / queryHeads,
    like: query,
    bias,
  };
  if (rank === 4) writeCore(g, rewriter, core, node.outputs[0] ?? '');
  else writeMerged(g, rewriter, core, node.outputs[0] ?? '');
  return true;
};

export const attentionOpeners: Readonly<Record<string, Opener>> = {
  [`${microsoft}.Attention`]: openAttention,
  [`${microsoft}.MultiHeadAttention`]: openMultiHeadAttention,
  '.Attention': openStandardAttention,
};
