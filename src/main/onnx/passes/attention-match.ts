/** Recognises `softmax(scale q kT) v` over heads in plain operators. */

import { type Node, intAttribute, intsAttribute } from '../graph.js';
import { axisOf, integers, isLastAxis, isOp, operandOrders, scalar } from './patterns.js';
import type { Rewriter } from './rewrite.js';

/** Most factors in a row on one value. */
const mostFactors = 4;

/** One of q, k and v. */
export interface Heads {
  /** All heads side by side, `[B, S, heads * d]`, or for a part `[B, S, 3 * heads * d]`. */
  readonly source: string;
  /** Which third of the source this is, 0 to 2; null for all of it. */
  readonly part: number | null;
  readonly heads: number;
  /** Normalisation of every head of q or k; null for none. */
  readonly norm: Node | null;
}

export interface WrittenAttention {
  readonly query: Heads;
  readonly key: Heads;
  readonly value: Heads;
  readonly scale: number;
  /** Width of a head of q and k, where it is known. */
  readonly headWidth: number | undefined;
  readonly nodes: ReadonlySet<Node>;
}

/** The permutation of a Transpose of four dimensions as text, `0213` say. */
function permOf(node: Node | undefined): string | undefined {
  return isOp(node, 'Transpose') ? intsAttribute(node, 'perm')?.join('') : undefined;
}

/** Whether two values have the same batch and sequence: both are known, and equal. */
function sameRows(rewriter: Rewriter, a: string, b: string): boolean {
  const [left, right] = [rewriter.dims(a), rewriter.dims(b)];
  return [0, 1].every((axis) => {
    const dim = left?.[axis] ?? null;
    return dim !== null && dim === right?.[axis];
  });
}

/** Whether q, k and v have the same heads, and are either values of their own or the three parts of one. */
function belongTogether(query: Heads, key: Heads, value: Heads): boolean {
  const all = [query, key, value];
  if (value.norm !== null || all.some(({ heads }) => heads !== query.heads)) return false;
  return (
    all.every(({ part }) => part === null) ||
    all.every(({ part, source }, index) => part === index && source === query.source)
  );
}

class AttentionMatch {
  readonly nodes = new Set<Node>();
  readonly #rewriter: Rewriter;

  constructor(rewriter: Rewriter) {
    this.#rewriter = rewriter;
  }

  #producer(value: string | undefined): Node | undefined {
    return value === undefined ? undefined : this.#rewriter.index.producer(value);
  }

  /** A value without numbers that multiply or divide it, and their product. */
  #unscaled(value: string): { readonly value: string; readonly scale: number } {
    let name = value;
    let scale = 1;
    for (let step = 0; step < mostFactors; step += 1) {
      const node = this.#producer(name);
      if (!isOp(node, 'Mul', 'Div')) break;
      const orders = node.op === 'Div' ? operandOrders(node).slice(0, 1) : operandOrders(node);
      const found = orders.find(([, other]) => scalar(this.#rewriter, other) !== undefined);
      const number = scalar(this.#rewriter, found?.[1]);
      if (!found || number === undefined || number === 0) break;
      this.nodes.add(node);
      scale = node.op === 'Div' ? scale / number : scale * number;
      [name] = found;
    }
    return { value: name, scale };
  }

  /** A norm over the last dimension with constants. */
  #norm(value: string): { readonly node: Node | null; readonly value: string } {
    const node = this.#producer(value);
    const [x = '', ...constants] = node?.inputs ?? [];
    if (!isOp(node, 'LayerNormalization', 'SimplifiedLayerNormalization')) return { node: null, value };
    if (!isLastAxis(this.#rewriter, x, axisOf(node, -1)) || node.outputs.length > 1) return { node: null, value };
    if (!constants.every((constant) => this.#rewriter.index.isConstant(constant))) return { node: null, value };
    this.nodes.add(node);
    return { node, value: x };
  }

  /** Heads apart in dimension 2, possibly normalised: `norm(reshape(source))`. */
  #apart(value: string, norm: Node | null): Heads | undefined {
    const inner = norm === null ? this.#norm(value) : { node: norm, value };
    const node = this.#producer(inner.value);
    const [source = '', shape] = node?.inputs ?? [];
    const [output = ''] = node?.outputs ?? [];
    if (!isOp(node, 'Reshape') || this.#rewriter.dims(source)?.length !== 3) return undefined;
    const sizes = integers(this.#rewriter, shape);
    const kept = sizes?.[0] === 0 && sizes[1] === 0;
    const heads = sizes?.[2] ?? this.#rewriter.dims(output)?.[2];
    const rank = sizes?.length ?? this.#rewriter.dims(output)?.length;
    if (rank !== 4 || typeof heads !== 'number' || heads < 1) return undefined;
    if (!kept && !sameRows(this.#rewriter, source, output)) return undefined;
    this.nodes.add(node);
    return { source, part: null, heads, norm: inner.node };
  }

  /** `[B, heads, S, d]`, or with `transposed` `[B, heads, d, S]`. */
  #heads(value: string, transposed: boolean): Heads | undefined {
    const outer = transposed ? { node: null, value } : this.#norm(value);
    const node = this.#producer(outer.value);
    const perm = permOf(node);
    const [input = ''] = node?.inputs ?? [];
    if (!transposed && outer.node === null && isOp(node, 'Squeeze', 'Gather')) return this.#packed(node);
    if (node === undefined || perm === undefined) return undefined;
    this.nodes.add(node);
    if (transposed && perm === '0132') return this.#heads(input, false);
    return perm === (transposed ? '0231' : '0213') ? this.#apart(input, outer.node) : undefined;
  }

  /** One of three parts of `[3, B, heads, S, d]`, cut out of `[B, S, 3, heads, d]`. */
  #packed(cut: Node): Heads | undefined {
    const [value = '', second] = cut.inputs;
    let part = integers(this.#rewriter, second)?.[0];
    let parts = this.#producer(value);
    if (cut.op === 'Squeeze') {
      const split = parts;
      if (!isOp(split, 'Split') || intAttribute(split, 'axis', 0) !== 0 || part !== 0) return undefined;
      this.nodes.add(split);
      part = split.outputs.indexOf(value);
      parts = split.outputs.length === 3 ? this.#producer(split.inputs[0]) : undefined;
    } else if (intAttribute(cut, 'axis', 0) !== 0 || this.#rewriter.dims(second ?? '')?.length !== 0) {
      return undefined;
    }
    const reshape = this.#producer(parts?.inputs[0]);
    const [source = ''] = reshape?.inputs ?? [];
    const [apart = ''] = reshape?.outputs ?? [];
    const dims = this.#rewriter.dims(apart);
    const heads = dims?.[3];
    if (part === undefined || parts === undefined || permOf(parts) !== '20314' || !isOp(reshape, 'Reshape'))
      return undefined;
    if (dims?.length !== 5 || dims[2] !== 3 || typeof heads !== 'number' || heads < 1) return undefined;
    if (this.#rewriter.dims(source)?.length !== 3 || !sameRows(this.#rewriter, source, apart)) return undefined;
    for (const node of [cut, parts, reshape]) this.nodes.add(node);
    return { source, part, heads, norm: null };
  }

  /** The attention whose heads `root`, a Reshape, puts side by side. */
  match(root: Node): WrittenAttention | undefined {
    const [merged = '', shape] = root.inputs;
    const transpose = this.#producer(merged);
    const mix = this.#producer(transpose?.inputs[0]);
    const [probabilities = '', v = ''] = mix?.inputs ?? [];
    const softmax = this.#producer(probabilities);
    if (!isOp(transpose, 'Transpose') || !isOp(mix, 'MatMul') || !isOp(softmax, 'Softmax')) return undefined;
    const [scores = ''] = softmax.inputs;
    const isOverKeys = isLastAxis(this.#rewriter, scores, axisOf(softmax, -1));
    if (!isOverKeys || permOf(transpose) !== '0213' || !this.#mergesHeads(root, merged, shape)) return undefined;
    const outer = this.#unscaled(scores);
    const products = this.#producer(outer.value);
    if (!isOp(products, 'MatMul')) return undefined;
    const [left, right] = [this.#unscaled(products.inputs[0] ?? ''), this.#unscaled(products.inputs[1] ?? '')];
    const [query, key, value] = [this.#heads(left.value, false), this.#heads(right.value, true), this.#heads(v, false)];
    if (!query || !key || !value || !belongTogether(query, key, value)) return undefined;
    for (const node of [root, transpose, mix, softmax, products]) this.nodes.add(node);
    const width = this.#rewriter.dims(query.source)?.[2];
    const columns = query.heads * (query.part === null ? 1 : 3);
    return {
      query,
      key,
      value,
      scale: outer.scale * left.scale * right.scale,
      headWidth: typeof width === 'number' ? width / columns : undefined,
      nodes: this.nodes,
    };
  }

  /** Whether a Reshape of `[B, S, heads, d]` gives `[B, S, heads * d]`. */
  #mergesHeads(root: Node, merged: string, shape: string | undefined): boolean {
    const sizes = integers(this.#rewriter, shape);
    if (sizes?.length === 3 && sizes[0] === 0 && sizes[1] === 0) return true;
    const [output = ''] = root.outputs;
    return this.#rewriter.dims(output)?.length === 3 && sameRows(this.#rewriter, merged, output);
  }
}

/**
 * The attention that ends in `root`: q and k split into heads by Reshape and Transpose, possibly normalised head by head,
 * factors anywhere around their product, softmax over the keys, heads merged again. Undefined for anything in addition,
 * such as a mask.
 */
export function attentionOf(rewriter: Rewriter, root: Node): WrittenAttention | undefined {
  return isOp(root, 'Reshape') ? new AttentionMatch(rewriter).match(root) : undefined;
}
