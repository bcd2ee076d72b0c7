/** Weights as they lie in an ONNX graph: the constant part that leads to a value, taken over as an expression. */

import { extract } from '../onnx/extract.js';
import type { Graph, Model } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';
import { type Weight, emit, storedWeight, weightExpression } from './weight.js';

/** The initializer behind transpositions of a matrix: how exporters store what a layer multiplies with. */
interface Stored {
  readonly name: string;
  readonly flipped: boolean;
}

function storedMatrix(
  graph: Graph,
  producers: ReadonlyMap<string, Graph['nodes'][number]>,
  name: string,
): Stored | null {
  let flipped = false;
  let at = name;
  for (let hops = 0; hops < 8; hops += 1) {
    if (graph.initializers.has(at)) return { name: at, flipped };
    const node = producers.get(at);
    const perm = node?.attributes.get('perm');
    if (node?.op !== 'Transpose' || (perm?.kind === 'ints' && perm.value.join() !== '1,0')) return null;
    flipped = !flipped;
    at = node.inputs[0] ?? '';
  }
  return null;
}

/** Takes weights out of one graph. */
export class GraphWeights {
  readonly #model: Model;
  readonly #producers: ReadonlyMap<string, Graph['nodes'][number]>;

  constructor(model: Model) {
    this.#model = model;
    this.#producers = new Map(model.graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
  }

  /** The constant value `name`, seen with the shape `dims`. Nothing is evaluated. */
  weight(name: string, dims: readonly number[]): Weight {
    const { graph } = this.#model;
    const stored = dims.length === 2 ? storedMatrix(graph, this.#producers, name) : null;
    const tensor = graph.initializers.get(stored?.name ?? name);
    if (tensor && stored?.flipped === true) {
      return weightExpression(dims, (g) => g.transpose(emit(g, storedWeight(tensor)), 1, 0));
    }
    if (tensor) return storedWeight(tensor, dims);
    const cut = extract(this.#model, [], [{ name, type: 'float32', dims: null }]).graph;
    const inputs = cut.inputs.filter((input) => !cut.initializers.has(input.name));
    if (inputs.length > 0) throw new RangeError(`'${name}' is not constant`);
    return weightExpression(dims, (g) => {
      const [value] = g.inline({ ...cut, inputs: [] }, {});
      if (value === undefined) throw new RangeError(`'${name}' is not in the graph`);
      return g.reshape(value, ...dims);
    });
  }
}

/** Numbers that were measured, as a weight. */
export function vectorWeight(values: Float32Array): Weight {
  return storedWeight(floatTensor(values, [values.length]));
}

/** A weight times one factor for each entry of its last dimension. */
export function scaledColumns(weight: Weight, factors: Float32Array): Weight {
  if (factors.every((factor) => factor === 1)) return weight;
  return weightExpression(weight.dims, (g) => g.mul(emit(g, weight), g.floats(factors, [factors.length], 'factors')));
}

/** `[rows, columns]` with its rows in the order of `order`. */
export function reorderedRows(weight: Weight, order: readonly number[]): Weight {
  if (order.every((row, index) => row === index)) return weight;
  return weightExpression(weight.dims, (g) => g.gather(emit(g, weight), g.ints(...order), 0));
}

/** `[rows, columns]` reordered, transposed and seen as `[columns, ...dims]`: a patch projection out of a linear layer. */
export function projectionKernel(weight: Weight, order: readonly number[], dims: readonly number[]): Weight {
  return weightExpression(dims, (g) => g.reshape(g.transpose(emit(g, reorderedRows(weight, order)), 1, 0), ...dims));
}

/** A weight times a constant that broadcasts to its shape. */
export function scaledBy(weight: Weight, factors: Float32Array, dims: readonly number[]): Weight {
  if (factors.every((factor) => factor === 1)) return weight;
  return weightExpression(weight.dims, (g) => g.mul(emit(g, weight), g.floats(factors, dims, 'factors')));
}
