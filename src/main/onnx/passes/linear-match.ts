/** Recognises linear layers `x W (+ b)` with constant weights. */

import type { Node } from '../graph.js';
import { isOp, operandOrders } from './patterns.js';
import { type Rewriter, widest } from './rewrite.js';

/** A linear layer that only one reader uses, so that it can be merged into that reader. */
export interface WrittenLinear {
  readonly x: string;
  /** Constant `[inputs, outputs]`. */
  readonly weight: string;
  /** Constant `[outputs]`; null for none. */
  readonly bias: string | null;
  /** Number of outputs. */
  readonly width: number;
  /** `x W`. */
  readonly product: string;
  readonly nodes: readonly Node[];
}

/** Size of a constant vector; undefined for anything else. */
export function vectorSize(rewriter: Rewriter, value: string): number | undefined {
  if (!rewriter.index.isConstant(value)) return undefined;
  const dims = rewriter.dims(value);
  const [size] = dims ?? [];
  return dims?.length === 1 && typeof size === 'number' ? size : undefined;
}

/** A value that is a private `product + bias`, the bias a constant vector. */
export function biasedValue(
  rewriter: Rewriter,
  value: string,
): { readonly node: Node; readonly x: string; readonly bias: string } | undefined {
  const node = rewriter.index.producer(value);
  if (!isOp(node, 'Add') || !rewriter.isPrivate(value)) return undefined;
  for (const [x, bias] of operandOrders(node)) {
    const size = vectorSize(rewriter, bias);
    // A vector of one element would be spread over x, or x over it.
    if (size !== undefined && rewriter.dims(x)?.at(-1) === size) return { node, x, bias };
  }
  return undefined;
}

/** The linear layer that `value`, of three dimensions, is the result of. */
export function linearOf(rewriter: Rewriter, value: string): WrittenLinear | undefined {
  const biased = biasedValue(rewriter, value);
  const product = biased?.x ?? value;
  const node = rewriter.index.producer(product);
  const [x, weight] = node?.inputs ?? [];
  if (!isOp(node, 'MatMul') || x === undefined || weight === undefined || !rewriter.isPrivate(product))
    return undefined;
  if (!rewriter.index.isConstant(weight) || rewriter.dims(x)?.length !== 3) return undefined;
  const dims = rewriter.dims(weight);
  const width = dims?.[1];
  if (dims?.length !== 2 || typeof width !== 'number' || width > widest) return undefined;
  const nodes = biased ? [biased.node, node] : [node];
  return { x, weight, bias: biased?.bias ?? null, width, product, nodes };
}
