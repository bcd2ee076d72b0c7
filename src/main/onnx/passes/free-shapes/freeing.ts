/** The state of freeing a graph: what its values were when it was exported, and what they are with free dimensions. */

import { AppError } from '../../../../shared/errors.js';
import type { Attribute, Dimension, Graph, Node } from '../../graph.js';
import { allNames, freshNames } from '../../scopes.js';
import { Inference } from '../../shapes/inference.js';
import { type Tensor, intTensor } from '../../tensor.js';

/** Most elements of a value that is followed. */
const limit = 4096;
/** Stand-ins for dimensions that were dynamic before: no model has them by accident. */
const primes = [10_007, 10_009, 10_037, 10_039, 10_061, 10_067, 10_069, 10_079, 10_091, 10_093, 10_099, 10_103];

interface KnownShape {
  readonly value: string;
  readonly elements: readonly Dimension[];
}

export class Freeing {
  /** The graph as exported, in numbers. */
  readonly before: Inference;
  /** The rewritten graph, with names for what is free. */
  readonly after: Inference;
  /** The exported value of every name. */
  readonly witnesses = new Map<string, number>();
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, Tensor>;
  readonly producers = new Map<string, Node>();
  /** Where a named dimension can be read from. */
  readonly #homes = new Map<string, { readonly value: string; readonly axis: number }>();
  readonly #fresh: (hint: string) => string;

  constructor(graph: Graph, inputs: ReadonlyMap<string, readonly Dimension[]>) {
    this.initializers = new Map(graph.initializers);
    this.before = new Inference(graph.initializers, { limit });
    this.after = new Inference(graph.initializers, { limit });
    this.#fresh = freshNames(allNames(graph));
    const stand = [...primes];
    const prime = (): number => stand.shift() ?? 20_011 + 2 * this.witnesses.size;
    const old = new Map<string, number>();
    for (const info of graph.inputs) {
      const wanted = inputs.get(info.name) ?? info.dims;
      if (graph.initializers.has(info.name) || wanted === null) continue;
      const dims = wanted.map((dim, axis) => dim ?? `${info.name}_${String(axis)}`);
      const exported = dims.map((dim, axis) => {
        const given = info.dims?.[axis] ?? dim;
        if (typeof given === 'number') return given;
        const known = old.get(given) ?? prime();
        old.set(given, known);
        return known;
      });
      dims.forEach((dim, axis) => this.#declare(info.name, dim, axis, exported[axis] ?? 1));
      this.before.input(info, exported);
      this.after.input(info, dims);
    }
  }

  #declare(value: string, dim: number | string, axis: number, exported: number): void {
    if (typeof dim === 'number') return;
    const known = this.witnesses.get(dim);
    if (known !== undefined && known !== exported) {
      throw new AppError(
        'BAD_USAGE',
        `The dimension '${dim}' cannot stand for both ${String(known)} and ${String(exported)} in input '${value}'.`,
        'Give dimensions of different sizes different names.',
      );
    }
    this.witnesses.set(dim, exported);
    if (!this.#homes.has(dim)) this.#homes.set(dim, { value, axis });
  }

  /** Appends a node of the new graph. */
  push(node: Node): void {
    this.nodes.push(node);
    this.after.step(node);
    for (const output of node.outputs) if (output !== '') this.producers.set(output, node);
  }

  /** Appends an operator with one output and returns its name. */
  emit(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, hint = op): string {
    const output = this.#fresh(`${hint}_free`);
    this.push({
      name: output,
      op,
      domain: '',
      inputs,
      outputs: [output],
      attributes: new Map(Object.entries(attributes)),
    });
    return output;
  }

  constant(tensor: Tensor, hint: string): string {
    const name = this.#fresh(`${hint}_free`);
    this.initializers.set(name, tensor);
    this.after.constant(name, tensor);
    return name;
  }

  integers(values: readonly number[], hint: string): string {
    return this.constant(intTensor(values), hint);
  }

  dims(name: string): readonly Dimension[] | null {
    return this.after.fact(name).dims;
  }

  /** The exported size of a dimension. */
  witness(dim: Dimension): number | null {
    return this.after.algebra.evaluate(dim, this.witnesses);
  }

  /** One entry of the shape of a value, as an int64 of shape [1]. */
  #sizeOf(value: string, axis: number, hint: string): string {
    const shape = this.emit('Shape', [value], {}, hint);
    return this.emit('Gather', [shape, this.integers([axis], hint)], { axis: { kind: 'int', value: 0 } }, hint);
  }

  /** A dimension as an int64 of shape [1], read from `near` where that has it, else computed from the inputs of the graph. */
  dimension(dim: Dimension, near: string, hint: string): string {
    if (typeof dim === 'number') return this.integers([dim], hint);
    if (dim === null) throw unreachable('unknown', hint);
    const local = this.dims(near)?.indexOf(dim) ?? -1;
    if (local >= 0) return this.#sizeOf(near, local, hint);
    const home = this.#homes.get(dim);
    if (home) return this.#sizeOf(home.value, home.axis, hint);
    const quotient = this.after.algebra.quotient(dim);
    if (quotient) {
      return this.emit(
        'Div',
        [this.dimension(quotient[0], near, hint), this.dimension(quotient[1], near, hint)],
        {},
        hint,
      );
    }
    const terms = this.after.algebra.terms(dim);
    if (terms.some(({ symbols }) => symbols.includes(dim))) throw unreachable(dim, hint);
    const products = terms.map(({ coefficient, symbols }) => {
      const factors = symbols.map((symbol) => this.dimension(symbol, near, hint));
      if (coefficient !== 1 || factors.length === 0) factors.push(this.integers([coefficient], hint));
      return factors.reduce((a, b) => this.emit('Mul', [a, b], {}, hint));
    });
    return products.reduce((a, b) => this.emit('Add', [a, b], {}, hint));
  }

  /**
   * A list of dimensions as one int64 value: a constant when all are numbers. Named ones are taken from the same place
   * of `known` where that has them.
   */
  shape(dims: readonly Dimension[], near: string, hint: string, known: KnownShape | null = null): string {
    if (dims.every((dim) => typeof dim === 'number')) return this.integers(dims, hint);
    const parts = dims.map((dim, index) => {
      if (typeof dim !== 'string' || known?.elements[index] !== dim) return this.dimension(dim, near, hint);
      return this.emit(
        'Gather',
        [known.value, this.integers([index], hint)],
        { axis: { kind: 'int', value: 0 } },
        hint,
      );
    });
    return this.emit('Concat', parts, { axis: { kind: 'int', value: 0 } }, hint);
  }
}

function unreachable(dim: string, hint: string): AppError {
  return new AppError(
    'MODEL_UNSUPPORTED',
    `The size '${dim}' that '${hint}' needs cannot be computed from the inputs of the model.`,
    'Export the model with a dynamic batch dimension.',
  );
}

/** The refusal of a graph in which a fixed size cannot be freed. */
export function fixedSize(node: Node, what: string): AppError {
  return new AppError(
    'MODEL_UNSUPPORTED',
    `The sizes of this model are fixed: ${what} at the ${node.op} '${node.name || (node.outputs[0] ?? '')}'.`,
    'Export the model with a dynamic batch dimension.',
  );
}
