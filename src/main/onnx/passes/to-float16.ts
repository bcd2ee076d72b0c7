/** Runs a float32 graph in float16 where that is safe, for accelerators. */

import type { Graph, Model, Node } from '../graph.js';
import { GraphIndex } from '../graph-index.js';
import { prune } from '../prune.js';
import { renameValues } from '../rename.js';
import { allNames, freshNames, readValues, subgraphs } from '../scopes.js';
import { inferShapes } from '../shapes.js';
import { type DataType, type Tensor, dataTypes, floatTensor } from '../tensor.js';
import { fuseNorms } from './fuse-norms.js';

/** The largest finite float16. */
const largest = 65_504;

function names(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/** Operators that run in float16: products, and what only moves or combines their results. */
const halfOperators = names(
  'MatMul Gemm Conv Einsum Relu LeakyRelu PRelu Elu Selu Gelu Tanh Sigmoid HardSwish HardSigmoid Softplus Erf Clip Neg Abs ' +
    'Reshape Transpose Concat Split Slice Gather GatherElements GatherND Expand Where Squeeze Unsqueeze Flatten Identity Pad Tile ' +
    'MaxPool com.microsoft.FusedMatMul com.microsoft.FusedConv com.microsoft.FusedGemm com.microsoft.Attention ' +
    'com.microsoft.MultiHeadAttention com.microsoft.BiasGelu com.microsoft.FastGelu com.microsoft.QuickGelu com.microsoft.Gelu ' +
    'com.microsoft.SkipLayerNormalization Attention',
);
/** Run in float32 after something that did: the second half of a norm or softmax written in plain operators. */
const followers = names('Add Sub Mul Div Max Min');
/** Float32 operators whose results are of ordinary size again and may go on in float16. */
const keptInFloat32 = names('Softmax LogSoftmax LayerNormalization RMSNormalization SimplifiedLayerNormalization');

function keyOf(node: Node): string {
  return node.domain === '' ? node.op : `${node.domain}.${node.op}`;
}

class Halving {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, Tensor>;
  readonly #half = new Map<string, string>();
  readonly #full = new Map<string, string>();
  readonly #delicate = new Set<string>();
  readonly #index: GraphIndex;
  readonly #isFloat: (name: string) => boolean;
  readonly #fresh: (hint: string) => string;
  readonly #bounds = new Map<number, string>();
  /** Values that exist in float16 only. */
  readonly #onlyHalf = new Set<string>();

  constructor(model: Model) {
    const { graph } = model;
    this.initializers = new Map(graph.initializers);
    this.#index = new GraphIndex(graph);
    const shapes = inferShapes(model);
    const unfed = new Set(graph.inputs.filter(({ type }) => type === 'float32').map(({ name }) => name));
    this.#isFloat = (name) => unfed.has(name) || shapes.type(name) === 'float32';
    this.#fresh = freshNames(allNames(graph));
  }

  visit(node: Node): void {
    const moving = node.outputs.some((output) => this.#isFloat(output) && !this.#index.isConstant(output));
    const known = node.outputs.every((output) => output === '' || this.#index.producer(output) !== undefined);
    if (moving && known && subgraphs(node).length === 0 && this.#runsInHalf(node)) this.#inHalf(node);
    else this.#inFull(node);
  }

  #runsInHalf(node: Node): boolean {
    if (halfOperators.has(keyOf(node))) return true;
    if (node.domain !== '' || !followers.has(node.op)) return false;
    return !node.inputs.some((input) => this.#delicate.has(input));
  }

  #cast(input: string, to: DataType, hint: string): string {
    const output = this.#fresh(`${hint}_${to}`);
    this.#push('Cast', [input], output, new Map([['to', { kind: 'int', value: dataTypes[to].code }]]));
    return output;
  }

  #push(op: string, inputs: readonly string[], output: string, attributes: Node['attributes'] = new Map()): void {
    this.nodes.push({ name: output, op, domain: '', inputs, outputs: [output], attributes });
  }

  #bound(value: number): string {
    const known = this.#bounds.get(value);
    if (known !== undefined) return known;
    const name = this.#fresh('float16_bound');
    this.initializers.set(name, floatTensor(Float32Array.of(value), []));
    this.#bounds.set(value, name);
    return name;
  }

  /** A weight within the range of float16. */
  #saturated(name: string): string {
    const output = this.#fresh(`${name}_saturated`);
    this.#push('Clip', [name, this.#bound(-largest), this.#bound(largest)], output);
    return output;
  }

  #halfOf(name: string): string {
    if (name === '' || !this.#isFloat(name)) return name;
    const known = this.#half.get(name);
    if (known !== undefined) return known;
    const source = this.#index.isConstant(name) ? this.#saturated(name) : name;
    const half = this.#cast(source, 'float16', name);
    this.#half.set(name, half);
    return half;
  }

  /** The float32 form of a value: itself unless it was computed in float16. */
  fullOf(name: string): string {
    const half = this.#half.get(name);
    const known = this.#full.get(name);
    if (known !== undefined || half === undefined || !this.#onlyHalf.has(name)) return known ?? name;
    const full = this.#cast(half, 'float32', name);
    this.#full.set(name, full);
    return full;
  }

  #inHalf(node: Node): void {
    const outputs = node.outputs.map((output) => (this.#isFloat(output) ? this.#fresh(`${output}_half`) : output));
    this.nodes.push({ ...node, inputs: node.inputs.map((input) => this.#halfOf(input)), outputs });
    node.outputs.forEach((output, index) => {
      if (output === '' || outputs[index] === output) return;
      this.#half.set(output, outputs[index] ?? output);
      this.#onlyHalf.add(output);
    });
  }

  #inFull(node: Node): void {
    const changed = new Map(readValues(node).map((name) => [name, this.fullOf(name)]));
    const only: Graph = { name: '', nodes: [node], initializers: new Map(), inputs: [], outputs: [] };
    const [renamed = node] = renameValues(only, (name) => changed.get(name) ?? name).nodes;
    this.nodes.push(renamed);
    if (keptInFloat32.has(node.op) || node.outputs.every((output) => this.#index.isConstant(output))) return;
    for (const output of node.outputs) if (this.#isFloat(output)) this.#delicate.add(output);
  }

  /** Gives an output of the graph its name in float32. */
  finish(name: string): void {
    if (this.#onlyHalf.has(name)) {
      const cast = this.fullOf(name);
      this.#push('Identity', [cast], name);
    }
  }
}

/**
 * The model with weights and activations in float16. Softmax, norms (fused or written in reductions), exponentials,
 * powers, sums, graphs inside nodes (the k-means Loop), and the inputs and outputs stay in float32 behind Casts; weights
 * beyond 65504 are saturated. Constants are cast by operators that the runtime folds, so nothing is copied here. Meant as
 * the last pass: fused operators are taken as they are. Values of a type that inference does not know stay as they are.
 */
export function toFloat16(model: Model): Model {
  // The runtime fuses norms written in reductions itself, and trips over the Casts between them.
  const whole = fuseNorms(model);
  const halving = new Halving(whole);
  for (const node of whole.graph.nodes) halving.visit(node);
  for (const { name } of whole.graph.outputs) halving.finish(name);
  const { valueInfo: _declared, ...graph } = whole.graph;
  return { ...whole, graph: prune({ ...graph, nodes: halving.nodes, initializers: halving.initializers }) };
}
