/** What is known about a value of a graph, and how a rule sees the node that it reasons about. */

import type { Dimension, Graph, Node } from '../graph.js';
import type { DataType, Tensor } from '../tensor.js';
import type { DimensionAlgebra } from './algebra.js';

export interface Fact {
  readonly type: DataType | undefined;
  /** Null when even the rank is unknown. */
  readonly dims: readonly Dimension[] | null;
  /** The elements of a small tensor whose dimensions are all numbers; null for one that is unknown. */
  readonly elements?: readonly Dimension[];
}

export const unknownFact: Fact = { type: undefined, dims: null };

/** One node with what is known about its inputs. */
export interface Site {
  readonly node: Node;
  readonly algebra: DimensionAlgebra;
  /** Most elements of a value that may be evaluated. */
  readonly limit: number;
  /** What is known about an input; {@link unknownFact} for one left out. */
  input(index: number): Fact;
  has(index: number): boolean;
  /** What is known about the outputs of a graph inside the node. */
  inside(graph: Graph): readonly Fact[];
  /** What is known about a tensor that the node carries. */
  tensor(tensor: Tensor): Fact;
}

/** The outputs of a node as far as they are known; missing ones are unknown. */
export type Rule = (site: Site) => readonly Fact[];
export type Rules = Readonly<Record<string, Rule>>;

/**
 * The elements of a node's first output, whose shape is known in numbers and at most {@link Site.limit} elements large;
 * null when they are not known.
 */
export type ValueRule = (site: Site, output: Fact) => readonly Dimension[] | null;
export type ValueRules = Readonly<Record<string, ValueRule>>;

/** A shape of nulls. */
export function unknownDims(rank: number): Dimension[] {
  return Array.from({ length: rank }, () => null);
}

/** Known dimensions as numbers, or null when one is not. */
export function numericDims(dims: readonly Dimension[] | null): readonly number[] | null {
  return dims?.every((dim) => typeof dim === 'number') === true ? dims : null;
}

/** Elements as numbers, or null when one is not known as a number. */
export function numericElements(fact: Fact): readonly number[] | null {
  const { elements } = fact;
  return elements?.every((element) => typeof element === 'number') === true ? elements : null;
}

/** A non-negative axis, or null when it is outside the rank. */
export function axisOf(axis: number, rank: number): number | null {
  const positive = axis < 0 ? axis + rank : axis;
  return Number.isInteger(positive) && positive >= 0 && positive < rank ? positive : null;
}

/** `dims` with the entry at `axis` replaced. */
export function withDim(dims: readonly Dimension[], axis: number, dim: Dimension): Dimension[] {
  return dims.map((old, index) => (index === axis ? dim : old));
}

function broadcastDim(a: Dimension, b: Dimension): Dimension {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

/** The shape of an elementwise operator on values of these shapes (multidirectional broadcasting). */
export function broadcast(shapes: readonly (readonly Dimension[] | null)[]): readonly Dimension[] | null {
  let result: readonly Dimension[] = [];
  for (const shape of shapes) {
    if (shape === null) return null;
    const rank = Math.max(result.length, shape.length);
    const [a, b] = [result, shape].map((dims) => [...Array.from({ length: rank - dims.length }, () => 1), ...dims]);
    result = (a ?? []).map((dim, index) => broadcastDim(dim, b?.[index] ?? null));
  }
  return result;
}
