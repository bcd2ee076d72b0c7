/** One node of a graph as a rule of a backward walk sees it: its values, what is known about them, and what is wanted. */

import type { GraphBuilder, Value } from '../builder.js';
import type { Dimension, Node } from '../graph.js';
import type { GraphIndex } from '../graph-index.js';
import type { Shapes } from '../shapes.js';
import { elementsOf } from '../shapes/elements.js';
import type { DataType } from '../tensor.js';

/** Stored tensors up to this many elements are read as numbers. */
const mostElements = 65_536;

/** What the rules of one walk share. */
export interface Surroundings {
  readonly g: GraphBuilder;
  /** Of the graph before the walk: what the walk itself adds is unknown here. */
  readonly shapes: Shapes;
  readonly index: GraphIndex;
  /** Whether something is asked for at or before a value. */
  readonly isReached: (value: string) => boolean;
}

/** `OP (node 'name')`, as errors call a node. */
export function describeNode({ domain, op, name, outputs }: Node): string {
  return `${domain === '' ? '' : `${domain}.`}${op} (node '${name === '' ? (outputs[0] ?? '') : name}')`;
}

export class ReverseSite {
  readonly node: Node;
  /** Where a rule writes its operators. */
  readonly g: GraphBuilder;
  /** Values at the inputs; empty where one is left out. */
  readonly inputs: readonly Value[];
  /** Values at the outputs; empty where one is left out. */
  readonly outputs: readonly Value[];
  readonly #around: Surroundings;

  constructor(node: Node, around: Surroundings) {
    this.node = node;
    this.inputs = node.inputs as readonly Value[];
    this.outputs = node.outputs as readonly Value[];
    this.g = around.g;
    this.#around = around;
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  /** The value at an input. Throws RangeError when it is left out. */
  input(index: number): Value {
    const value = this.inputs[index];
    return value === undefined || value.length === 0 ? this.fail(`has no input ${String(index)}`) : value;
  }

  /** The value at an output. Throws RangeError when it is left out. */
  output(index = 0): Value {
    const value = this.outputs[index];
    return value === undefined || value.length === 0 ? this.fail(`has no output ${String(index)}`) : value;
  }

  /** Whether what a rule says about this input is used: one of the values asked for is this one or lies before it. */
  isWanted(index: number): boolean {
    return this.has(index) && this.#around.isReached(this.input(index));
  }

  /** Whether a value is the same in every run. */
  isConstant(value: string): boolean {
    return this.#around.index.isConstant(value);
  }

  /** The operator that computes a value; undefined for inputs and stored constants. */
  producer(value: string): string | undefined {
    return this.#around.index.producer(value)?.op;
  }

  /** Numbers, names of dynamic dimensions or null for unknown ones. Throws RangeError when even the rank is unknown. */
  readonly dims = (value: string): readonly Dimension[] =>
    this.#around.shapes.dims(value) ?? this.fail(`cannot be reversed: the rank of '${value}' is not known`);

  /** The element type of a value. Throws RangeError when it is unknown. */
  type(value: string): DataType {
    return this.#around.shapes.type(value) ?? this.fail(`cannot be reversed: the type of '${value}' is not known`);
  }

  /** The elements of a small integer value; null when one is unknown. */
  integers(value: string): readonly number[] | null {
    const tensor = this.#around.index.tensor(value);
    const stored = tensor && tensor.bytes.length <= mostElements * 8 ? elementsOf(tensor) : undefined;
    const integers = stored ?? this.#around.shapes.integers(value);
    return integers?.every((element) => element !== null) === true ? integers : null;
  }

  /** The number that a constant of one element holds; undefined for any other value. */
  scalar(value: string): number | undefined {
    const tensor = this.#around.index.tensor(value);
    if (tensor?.dims.every((dim) => dim === 1) !== true) return undefined;
    return elementsOf(tensor)?.[0];
  }

  /** An axis of a value, counted from the front. Throws RangeError for one outside of its rank. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (positive < 0 || positive >= rank) this.fail(`names the axis ${String(axis)} of ${String(rank)}`);
    return positive;
  }

  /** Throws RangeError that names the operator and the node. */
  fail(reason: string): never {
    throw new RangeError(`${describeNode(this.node)} ${reason}`);
  }
}
