/** Which layer of a graph plays which part in a ViT: by their order, and by where their values flow. */

import type { Graph, Node } from '../onnx/graph.js';
import { notVit } from './not-vit.js';
import {
  type ConvLayer,
  type GraphIndex,
  type Layer,
  type LinearLayer,
  type NormLayer,
  isPatchProjection,
} from './skeleton.js';
import type { Linear } from './vit.js';

/** The layers of a ViT in their roles. */
export interface Roles {
  readonly patches: ConvLayer;
  readonly blocks: readonly {
    readonly norm1: NormLayer;
    readonly qkv: readonly LinearLayer[];
    readonly rest: readonly [LinearLayer, NormLayer, LinearLayer, LinearLayer];
  }[];
  readonly norm: NormLayer;
  readonly head: LinearLayer;
}

/**
 * Reads the skeleton as: patches, then per block norm, qkv (one layer or three), projection, norm, two layers; norm, head.
 * @throws AppError `MODEL_NOT_VIT` naming where another order begins.
 */
export function assignRoles(layers: readonly Layer[], file: string): Roles {
  const convolutions = layers.filter((layer) => layer.kind === 'conv');
  const [patches] = convolutions;
  if (!patches) throw notVit(file, 'it has no patch projection');
  if (convolutions.length > 1)
    throw notVit(file, `it has ${String(convolutions.length)} convolutions, so it is a CNN or a hybrid`);
  if (!isPatchProjection(patches))
    throw notVit(file, `its convolution '${patches.node.name}' does not cut the picture into patches`);
  const rest = layers.filter((layer) => layer.kind !== 'conv');
  const width = patches.weight.dims[0] ?? 0;
  const blocks: Roles['blocks'][number][] = [];
  let at = 0;
  const expect = <K extends 'linear' | 'norm'>(kind: K): Extract<Layer, { kind: K }> => {
    const layer = rest[at];
    if (layer?.kind !== kind) {
      throw notVit(
        file,
        `after ${String(blocks.length)} blocks a ${kind === 'norm' ? 'layer normalisation' : 'linear layer'} was expected and ${layer ? `'${layer.output}' found` : 'the graph ends'}`,
      );
    }
    at += 1;
    return layer as Extract<Layer, { kind: K }>;
  };
  while (rest.length - at > 2) {
    const norm1 = expect('norm');
    const qkv = [expect('linear')];
    if (qkv[0]?.layer.outputs === width) qkv.push(expect('linear'), expect('linear'));
    blocks.push({ norm1, qkv, rest: [expect('linear'), expect('norm'), expect('linear'), expect('linear')] });
  }
  if (blocks.length === 0) throw notVit(file, 'it has no Transformer blocks');
  const norm = expect('norm');
  return { patches, blocks, norm, head: expect('linear') };
}

/** Operators that only move or scale numbers: what lies between a projection and the attention product. */
const carriers = new Set([
  'Reshape',
  'Transpose',
  'Mul',
  'Div',
  'Split',
  'Slice',
  'Gather',
  'Squeeze',
  'Unsqueeze',
  'Add',
  'Identity',
  'Cast',
  'Sqrt',
]);

/** The first of `targets` met when walking back from `value`. */
function sourceAmong(index: GraphIndex, value: string, targets: readonly string[]): string | undefined {
  const queue = [value];
  const seen = new Set<string>();
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (targets.includes(name)) return name;
    const node = index.producer(name);
    if (!node || seen.has(name) || !carriers.has(node.op)) continue;
    seen.add(name);
    queue.push(...node.inputs.slice(0, node.op === 'Mul' || node.op === 'Add' ? 2 : 1));
  }
  return undefined;
}

/** The attention softmaxes, in order: those that a matrix product follows. */
export function attentionSoftmaxes(graph: Graph, index: GraphIndex): readonly Node[] {
  const leadsToProduct = (value: string, hops: number): boolean =>
    index
      .consumers(value)
      .some(
        (node) =>
          node.op === 'MatMul' ||
          (hops > 0 && carriers.has(node.op) && leadsToProduct(node.outputs[0] ?? '', hops - 1)),
      );
  return graph.nodes.filter((node) => node.op === 'Softmax' && leadsToProduct(node.outputs[0] ?? '', 3));
}

/**
 * Separate projections in the order query, key, value, by what becomes of them around the softmax.
 * @throws AppError `MODEL_NOT_VIT` when they cannot be told apart.
 */
export function orderedProjections(
  index: GraphIndex,
  softmax: Node,
  layers: readonly LinearLayer[],
  file: string,
): readonly Linear[] {
  const names = layers.map((layer) => layer.output);
  let scores = index.producer(softmax.inputs[0] ?? '');
  while (scores && scores.op !== 'MatMul') scores = index.producer(scores.inputs[0] ?? '');
  const query = sourceAmong(index, scores?.inputs[0] ?? '', names);
  const key = sourceAmong(index, scores?.inputs[1] ?? '', names);
  const value = names.find((name) => name !== query && name !== key);
  return [query, key, value].map((name) => {
    const found = layers.find((layer) => layer.output === name);
    if (!found) throw notVit(file, `query, key and value of '${softmax.name}' cannot be told apart`);
    return found.layer;
  });
}
