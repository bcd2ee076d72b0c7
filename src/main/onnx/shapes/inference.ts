/** Walks a graph node by node and keeps what is known about each value. */

import type { Dimension, Graph, Node, ValueInfo } from '../graph.js';
import { type Tensor, elementCount } from '../tensor.js';
import { DimensionAlgebra } from './algebra.js';
import { elementsOf } from './elements.js';
import { type Fact, type Site, numericDims, numericElements, unknownFact } from './fact.js';
import { shapeRules, valueRules } from './rules.js';

interface InferenceOptions {
  /** Most elements of a value that is evaluated; stored floats are read up to {@link mostOthers}. */
  readonly limit: number;
}

/** Stored floats and small integers take part in shape arithmetic as scalars and short lists: anything longer is a weight. */
const mostOthers = 64;
const shapeTypes: ReadonlySet<string> = new Set(['int64', 'int32', 'bool']);
/** Elements that are computed for one graph in all: shape arithmetic needs a small part of it. */
const mostWork = 2 ** 24;
/** A tensor of a higher rank is nonsense that only costs time. */
const highestRank = 64;
const integral: ReadonlySet<string> = new Set([
  'int64', 'int32', 'int16', 'int8', 'uint64', 'uint32', 'uint16', 'uint8', 'bool',
]); // prettier-ignore

/** Facts about a tensor; its elements when it is small. */
function tensorFact(tensor: Tensor, limit: number): Fact {
  const count = elementCount(tensor.dims);
  const most = shapeTypes.has(tensor.type) ? limit : Math.min(limit, mostOthers);
  const elements = count <= most ? elementsOf(tensor) : undefined;
  const fact: Fact = { type: tensor.type, dims: tensor.dims };
  return elements ? { ...fact, elements } : fact;
}

/** A fact cut back to what is plausible: broken models declare anything. */
function checked(fact: Fact, limit: number): Fact {
  const { type, dims, elements } = fact;
  if (dims === null) return { type, dims };
  if (dims.length > highestRank) return { type, dims: null };
  const sane = dims.map((dim) => (typeof dim === 'number' && !(Number.isSafeInteger(dim) && dim >= 0) ? null : dim));
  const numbers = numericDims(sane);
  if (!elements || !numbers || elements.length > limit || elementCount(numbers) !== elements.length) {
    return { type, dims: sane };
  }
  return { type, dims: sane, elements };
}

/** What is known about the values of a graph; grows with every {@link step}. */
export class Inference {
  readonly algebra: DimensionAlgebra;
  readonly #facts = new Map<string, Fact>();
  readonly #tensors: Map<string, Tensor>;
  readonly #outer: Inference | null;
  readonly #limit: number;
  readonly #work: { left: number };

  constructor(initializers: ReadonlyMap<string, Tensor>, options: InferenceOptions, outer: Inference | null = null) {
    this.#tensors = new Map(initializers);
    this.#limit = options.limit;
    this.#outer = outer;
    this.#work = outer === null ? { left: mostWork } : outer.#work;
    this.algebra = outer?.algebra ?? new DimensionAlgebra();
  }

  /** Declares a graph input; one that is also an initializer is a constant and keeps its tensor. */
  input(info: ValueInfo, dims: readonly Dimension[] | null = info.dims): void {
    if (this.#tensors.has(info.name)) return;
    this.#facts.set(info.name, checked({ type: info.type, dims }, this.#limit));
  }

  /** Adds a constant. */
  constant(name: string, tensor: Tensor): void {
    this.#tensors.set(name, tensor);
    this.#facts.delete(name);
  }

  /** Gives a value the given facts, whatever was known of it. */
  assume(name: string, fact: Fact): void {
    this.#facts.set(name, checked(fact, this.#limit));
  }

  fact(name: string): Fact {
    const known = this.#facts.get(name);
    if (known) return known;
    const tensor = this.#tensors.get(name);
    if (!tensor) return this.#outer?.fact(name) ?? unknownFact;
    const fact = checked(tensorFact(tensor, this.#limit), this.#limit);
    this.#facts.set(name, fact);
    return fact;
  }

  /** Infers the outputs of a node from what is known of its inputs. Never throws for a malformed node. */
  step(node: Node): void {
    const facts = this.#infer(node);
    node.outputs.forEach((output, index) => {
      if (output !== '') this.#facts.set(output, facts[index] ?? unknownFact);
    });
  }

  #site(node: Node): Site {
    return {
      node,
      algebra: this.algebra,
      limit: this.#limit,
      has: (index) => (node.inputs[index] ?? '') !== '',
      input: (index) => {
        const name = node.inputs[index] ?? '';
        return name === '' ? unknownFact : this.fact(name);
      },
      inside: (graph) => this.#inside(graph),
      tensor: (tensor) => tensorFact(tensor, this.#limit),
    };
  }

  #infer(node: Node): readonly Fact[] {
    const key = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
    const site = this.#site(node);
    const shape = Object.hasOwn(shapeRules, key) ? shapeRules[key] : undefined;
    const facts = (shape?.(site) ?? []).map((fact) => checked(fact, this.#limit));
    const value = Object.hasOwn(valueRules, key) ? valueRules[key] : undefined;
    const [first] = facts;
    if (!value || !first || first.elements || numericDims(first.dims) === null || this.#work.left <= 0) return facts;
    const elements = value(site, first);
    if (elements) this.#work.left -= elements.length * Math.max(1, node.inputs.length);
    return elements ? [checked({ ...first, elements }, this.#limit), ...facts.slice(1)] : facts;
  }

  #inside(graph: Graph): readonly Fact[] {
    const inner = new Inference(graph.initializers, { limit: this.#limit }, this);
    for (const info of graph.inputs) inner.input(info);
    for (const node of graph.nodes) inner.step(node);
    return graph.outputs.map((info) => {
      const fact = inner.fact(info.name);
      return fact.type === undefined ? { type: info.type, dims: info.dims } : fact;
    });
  }

  /** The value as integers, null where unknown; undefined when it is no small integer tensor. */
  integers(name: string): readonly (number | null)[] | undefined {
    const { type, elements } = this.fact(name);
    if (type === undefined || !integral.has(type)) return undefined;
    return elements?.map((element) => (typeof element === 'number' ? element : null));
  }

  /** The whole value of a small tensor when every element is known. */
  numbers(name: string): readonly number[] | null {
    return numericElements(this.fact(name));
  }
}
