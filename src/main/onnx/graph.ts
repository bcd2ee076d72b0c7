/** The ONNX intermediate representation: immutable models, graphs and nodes as plain data. */

import type { DataType, Tensor } from './tensor.js';

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: Graph };

export interface Node {
  readonly name: string;
  readonly op: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  /** Names of values; an empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A dimension: a number, the name of a dynamic one, or null when unknown. */
export type Dimension = number | string | null;

export interface ValueInfo {
  readonly name: string;
  readonly type: DataType;
  /** Null when even the rank is unknown. */
  readonly dims: readonly Dimension[] | null;
  /** The type is not known, or the value is no tensor but a sequence, say; `type` means nothing then. */
  readonly untyped?: boolean | undefined;
}

export interface Graph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** What the file says about values in between, where it does: a help for shape inference, never written. */
  readonly valueInfo?: readonly ValueInfo[] | undefined;
}

export interface Model {
  readonly irVersion: number;
  /** Operator set version by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  readonly metadata: ReadonlyMap<string, string>;
  /** The tool that wrote the model and its version. */
  readonly producer: string;
}

/** The model's inputs that are not also weights (older exporters list weights as inputs too). */
export function pureInputs(graph: Graph): readonly ValueInfo[] {
  return graph.inputs.filter((input) => !graph.initializers.has(input.name));
}

/** An integer attribute, or `fallback` when the node does not carry it. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'int' ? attribute.value : fallback;
}

/** A float attribute, or `fallback`. */
export function floatAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'float' ? attribute.value : fallback;
}

/** A list of integers, or undefined. */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}
