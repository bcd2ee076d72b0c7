/** Replaces groups of nodes of a model by others; the values around them keep their names. */

import { type AttributeInput, attributeOf } from '../builder.js';
import type { Dimension, Model, Node } from '../graph.js';
import { GraphIndex } from '../graph-index.js';
import { prune } from '../prune.js';
import { allNames, freshNames, readValues } from '../scopes.js';
import { type Shapes, inferShapes } from '../shapes.js';
import { type DataType, type Tensor, floatTensor, intTensor } from '../tensor.js';

export const microsoft = 'com.microsoft';

/** Widest layer that vectors are made up for; wider is no model. */
export const widest = 65_536;

type Attributes = Readonly<Record<string, AttributeInput>>;
type Inputs = readonly (string | null)[];

/** The nodes and constants that take the place of a group. New values are named after the group's output. */
export class Fragment {
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly #base: string;
  readonly #fresh: (hint: string) => string;

  constructor(base: string, fresh: (hint: string) => string) {
    this.#base = base;
    this.#fresh = fresh;
  }

  /** Adds a node that writes values of the given names; an empty name leaves an output out. */
  write(op: string, inputs: Inputs, outputs: readonly string[], attributes: Attributes = {}, domain = ''): void {
    this.nodes.push({
      name: outputs.find((output) => output !== '') ?? op,
      op,
      domain,
      inputs: inputs.map((input) => input ?? ''),
      outputs,
      attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)])),
    });
  }

  /** A name for a new value. */
  name(hint: string): string {
    return this.#fresh(`${this.#base}_${hint}`);
  }

  /** Adds a node with one output, named after `hint`. */
  op(hint: string, op: string, inputs: Inputs, attributes: Attributes = {}, domain = ''): string {
    const output = this.name(hint);
    this.write(op, inputs, [output], attributes, domain);
    return output;
  }

  constant(hint: string, tensor: Tensor): string {
    const name = this.name(hint);
    this.constants.set(name, tensor);
    return name;
  }

  /** A rank-1 int64. */
  ints(hint: string, ...values: number[]): string {
    return this.constant(hint, intTensor(values));
  }

  /** A rank-0 float32. */
  float(hint: string, value: number): string {
    return this.constant(hint, floatTensor(Float32Array.of(value), []));
  }
}

/** Writes a node in plain operators, its outputs under their names; false when this form of it cannot be opened. */
export type Opener = (g: Fragment, node: Node, rewriter: Rewriter) => boolean;

/**
 * One pass over a model: asks an index of the model as it was, collects replacements that do not overlap, and gives the
 * rewritten model. Graphs inside nodes are left alone.
 */
export class Rewriter {
  readonly model: Model;
  readonly index: GraphIndex;
  readonly #outputs: ReadonlySet<string>;
  readonly #replaced = new Set<Node>();
  readonly #fragments = new Map<Node, Fragment>();
  readonly #filled = new Map<string, Tensor>();
  #shapes: Shapes | undefined;
  #fresh: ((hint: string) => string) | undefined;

  constructor(model: Model) {
    this.model = model;
    this.index = new GraphIndex(model.graph);
    this.#outputs = new Set(model.graph.outputs.map(({ name }) => name));
  }

  /** Shapes of the model as it was, inferred when first asked for. */
  get shapes(): Shapes {
    return (this.#shapes ??= inferShapes(this.model));
  }

  /** Dimensions of a value; null when its rank is unknown. */
  dims(value: string): readonly Dimension[] | null {
    return this.index.tensor(value)?.dims ?? this.shapes.dims(value);
  }

  /** A float32 vector of one number, shared by all that ask for it. */
  filled(number: number, size: number): Tensor {
    const key = `${String(number)} ${String(size)}`;
    const tensor = this.#filled.get(key) ?? floatTensor(new Float32Array(size).fill(number), [size]);
    this.#filled.set(key, tensor);
    return tensor;
  }

  type(value: string): DataType | undefined {
    return this.index.tensor(value)?.type ?? this.shapes.type(value);
  }

  isOutput(value: string): boolean {
    return this.#outputs.has(value);
  }

  /** Whether a value is read by one node only and is no output of the graph. */
  isPrivate(value: string): boolean {
    return !this.#outputs.has(value) && this.index.consumers(value).length === 1;
  }

  /**
   * Whether `nodes` can be replaced by something that writes `outputs` alone: none is replaced already, and every other
   * value they write is read inside the group only.
   */
  isClosed(nodes: ReadonlySet<Node>, outputs: readonly string[]): boolean {
    for (const node of nodes) {
      if (this.#replaced.has(node)) return false;
      for (const output of node.outputs) {
        if (output === '' || outputs.includes(output)) continue;
        if (this.#outputs.has(output) || !this.index.consumers(output).every((reader) => nodes.has(reader)))
          return false;
      }
    }
    return true;
  }

  /**
   * Puts what `write` adds in the place of `nodes`, at the position of `root`, one of them. Nothing happens when `write`
   * says false.
   */
  replace(nodes: Iterable<Node>, root: Node, write: (g: Fragment) => boolean): void {
    this.#fresh ??= freshNames(allNames(this.model.graph));
    const fragment = new Fragment(root.outputs[0] ?? root.name, this.#fresh);
    if (!write(fragment)) return;
    for (const node of nodes) this.#replaced.add(node);
    this.#fragments.set(root, fragment);
  }

  /** The model with all replacements made, pruned and in topological order; the model itself when there are none. */
  result(): Model {
    if (this.#fragments.size === 0) return this.model;
    const { model } = this;
    const initializers = new Map(model.graph.initializers);
    const nodes: Node[] = [];
    for (const node of model.graph.nodes) {
      const fragment = this.#fragments.get(node);
      if (!fragment) {
        if (!this.#replaced.has(node)) nodes.push(node);
        continue;
      }
      for (const [name, tensor] of fragment.constants) initializers.set(name, tensor);
      nodes.push(...fragment.nodes);
    }
    const opsets = new Map(model.opsets);
    if (!opsets.has(microsoft) && nodes.some(({ domain }) => domain === microsoft)) opsets.set(microsoft, 1);
    return { ...model, opsets, graph: prune({ ...model.graph, initializers, nodes: inOrder(nodes) }) };
  }
}

/** Nodes in an order in which every value is written before it is read, changed as little as possible. */
function inOrder(nodes: readonly Node[]): readonly Node[] {
  const producers = new Map<string, Node>();
  for (const node of nodes) for (const output of node.outputs) if (output !== '') producers.set(output, node);
  const sorted: Node[] = [];
  const started = new Set<Node>();
  for (const start of nodes) {
    // A stack of its own: graphs are deeper than the call stack.
    const open = started.has(start) ? [] : [{ node: start, reads: readValues(start), at: 0 }];
    started.add(start);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const read = top.reads[top.at];
      top.at += 1;
      if (read === undefined) {
        sorted.push(top.node);
        open.pop();
        continue;
      }
      const producer = producers.get(read);
      if (!producer || started.has(producer)) continue;
      started.add(producer);
      open.push({ node: producer, reads: readValues(producer), at: 0 });
    }
  }
  return sorted;
}
