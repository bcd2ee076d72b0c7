/** The parametric skeleton of an ONNX graph: its convolutions, linear layers and layer normalisations with their weights. */

import { type Graph, type Node, floatAttribute, intAttribute, intsAttribute } from '../onnx/graph.js';
import { type Tensor, elementCount, floatsOf, integersOf } from '../onnx/tensor.js';
import type { Linear, Norm } from './vit.js';
import { transposed } from './matrix.js';

/** A matrix or vector of weights with its shape. */
interface Weight {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface LinearLayer {
  readonly kind: 'linear';
  readonly layer: Linear;
  readonly input: string;
  /** The value after the bias. */
  readonly output: string;
}

export interface NormLayer {
  readonly kind: 'norm';
  readonly layer: Norm;
  readonly epsilon: number;
  readonly input: string;
  readonly output: string;
}

export interface ConvLayer {
  readonly kind: 'conv';
  readonly node: Node;
  readonly weight: Weight;
}

export type Layer = LinearLayer | NormLayer | ConvLayer;

/** Finds producers, consumers and constants of a graph by value name. */
export class GraphIndex {
  readonly #producer = new Map<string, Node>();
  readonly #consumers = new Map<string, Node[]>();
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.#producer.set(output, node);
      for (const input of node.inputs) {
        const list = this.#consumers.get(input);
        if (list) list.push(node);
        else this.#consumers.set(input, [node]);
      }
    }
  }

  producer(value: string): Node | undefined {
    return this.#producer.get(value);
  }

  consumers(value: string): readonly Node[] {
    return this.#consumers.get(value) ?? [];
  }

  /** The tensor of an initializer, a Constant node, or an Identity of one. */
  tensor(value: string | undefined): Tensor | undefined {
    for (let name = value, hops = 0; name !== undefined && hops < 8; hops += 1) {
      const initializer = this.#graph.initializers.get(name);
      if (initializer) return initializer;
      const node = this.#producer.get(name);
      if (node?.op === 'Constant') {
        const attribute = node.attributes.get('value');
        return attribute?.kind === 'tensor' ? attribute.value : undefined;
      }
      name = node?.op === 'Identity' ? node.inputs[0] : undefined;
    }
    return undefined;
  }

  /** A float32 constant, looking through Transpose of a matrix. */
  weight(value: string | undefined): Weight | undefined {
    const tensor = this.tensor(value);
    if (tensor) return tensor.type === 'float32' ? { data: floatsOf(tensor), dims: tensor.dims } : undefined;
    const node = value === undefined ? undefined : this.#producer.get(value);
    const inner = node?.op === 'Transpose' ? this.weight(node.inputs[0]) : undefined;
    if (inner?.dims.length !== 2) return undefined;
    const [rows = 0, columns = 0] = inner.dims;
    return { data: transposed(inner.data, rows, columns), dims: [columns, rows] };
  }

  /** The single number of a scalar constant. */
  number(value: string | undefined): number | undefined {
    const tensor = this.tensor(value);
    if (!tensor || elementCount(tensor.dims) !== 1) return undefined;
    return tensor.type === 'float32' ? floatsOf(tensor)[0] : integersOf(tensor)[0];
  }
}

/** The vector of a two-input node's constant operand and its other operand. */
function withVector(index: GraphIndex, node: Node, size: number): { vector: Float32Array; other: string } | undefined {
  for (const [side, other] of [
    [node.inputs[0], node.inputs[1]],
    [node.inputs[1], node.inputs[0]],
  ]) {
    const weight = index.weight(side);
    if (weight && other !== undefined && weight.data.length === size && size > 1) return { vector: weight.data, other };
  }
  return undefined;
}

/** A bias added right after `output`, or none. */
function biasAfter(index: GraphIndex, output: string, size: number): { bias: Float32Array; output: string } {
  const [next, ...others] = index.consumers(output);
  const added = next?.op === 'Add' && others.length === 0 ? withVector(index, next, size) : undefined;
  if (!next || added?.other !== output) return { bias: new Float32Array(size), output };
  return { bias: added.vector, output: next.outputs[0] ?? output };
}

function matMulLayer(index: GraphIndex, node: Node): LinearLayer | undefined {
  const weight = index.weight(node.inputs[1]);
  const [inputs = 0, outputs = 0] = weight?.dims ?? [];
  if (weight?.dims.length !== 2) return undefined;
  const after = biasAfter(index, node.outputs[0] ?? '', outputs);
  const layer = { inputs, outputs, weight: weight.data, bias: after.bias };
  return { kind: 'linear', layer, input: node.inputs[0] ?? '', output: after.output };
}

function gemmLayer(index: GraphIndex, node: Node): LinearLayer | undefined {
  const weight = index.weight(node.inputs[1]);
  const plain =
    floatAttribute(node, 'alpha', 1) === 1 &&
    floatAttribute(node, 'beta', 1) === 1 &&
    intAttribute(node, 'transA', 0) === 0;
  if (weight?.dims.length !== 2 || !plain) return undefined;
  const [rows = 0, columns = 0] = weight.dims;
  const flipped = intAttribute(node, 'transB', 0) === 1;
  const [inputs, outputs] = flipped ? [columns, rows] : [rows, columns];
  const bias = index.weight(node.inputs[2])?.data ?? new Float32Array(outputs);
  const layer = { inputs, outputs, weight: flipped ? transposed(weight.data, rows, columns) : weight.data, bias };
  return { kind: 'linear', layer, input: node.inputs[0] ?? '', output: node.outputs[0] ?? '' };
}

function normLayer(index: GraphIndex, node: Node): NormLayer | undefined {
  const scale = index.weight(node.inputs[1])?.data;
  if (!scale) return undefined;
  const shift = index.weight(node.inputs[2])?.data ?? new Float32Array(scale.length);
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  return { kind: 'norm', layer: { scale, shift }, epsilon, input: node.inputs[0] ?? '', output: node.outputs[0] ?? '' };
}

/**
 * A layer normalisation written out before operator set 17: `(x - mean) / sqrt(var + eps) * scale + shift`, found at
 * its division.
 */
function writtenOutNorm(index: GraphIndex, division: Node): NormLayer | undefined {
  const centred = index.producer(division.inputs[0] ?? '');
  const root = index.producer(division.inputs[1] ?? '');
  if (centred?.op !== 'Sub' || root?.op !== 'Sqrt') return undefined;
  const variance = index.producer(root.inputs[0] ?? '');
  const epsilon =
    variance?.op === 'Add' ? (index.number(variance.inputs[1]) ?? index.number(variance.inputs[0])) : undefined;
  const [scaling] = index.consumers(division.outputs[0] ?? '');
  if (epsilon === undefined || scaling?.op !== 'Mul') return undefined;
  const scale = [scaling.inputs[0], scaling.inputs[1]]
    .map((input) => index.weight(input)?.data)
    .find((data) => data !== undefined);
  if (!scale) return undefined;
  const after = biasAfter(index, scaling.outputs[0] ?? '', scale.length);
  return {
    kind: 'norm',
    layer: { scale, shift: after.bias },
    epsilon,
    input: centred.inputs[0] ?? '',
    output: after.output,
  };
}

function convLayer(index: GraphIndex, node: Node): ConvLayer | undefined {
  const weight = index.weight(node.inputs[1]);
  return weight ? { kind: 'conv', node, weight } : undefined;
}

/** All layers with weights in the graph's order. */
export function layersOf(graph: Graph, index: GraphIndex): readonly Layer[] {
  const readers: Readonly<Record<string, (index: GraphIndex, node: Node) => Layer | undefined>> = {
    Conv: convLayer,
    MatMul: matMulLayer,
    Gemm: gemmLayer,
    LayerNormalization: normLayer,
    Div: writtenOutNorm,
  };
  return graph.nodes.flatMap((node) => readers[node.op]?.(index, node) ?? []);
}

/** Whether a convolution cuts the image into patches: stride equal to kernel, no padding, one group. */
export function isPatchProjection(conv: ConvLayer): boolean {
  const [, , ...kernel] = conv.weight.dims;
  const strides = intsAttribute(conv.node, 'strides') ?? [1, 1];
  const pads = intsAttribute(conv.node, 'pads') ?? [];
  return (
    conv.weight.dims.length === 4 &&
    kernel.every((size, axis) => size === strides[axis]) &&
    pads.every((pad) => pad === 0) &&
    intAttribute(conv.node, 'group', 1) === 1
  );
}
