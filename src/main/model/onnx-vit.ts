/** Lifts a ViT classifier out of any ONNX export: recognised by its parametric skeleton, proven by equal logits. */

import { AppError } from '../../shared/errors.js';
import { type Graph, type Model, type Node, type ValueInfo, pureInputs } from '../onnx/graph.js';
import { type CreateSession, type RunTensor, floatOutput, floats } from '../onnx/runner.js';
import { GraphBuilder } from '../onnx/builder.js';
import { sideBySide } from './matrix.js';
import {
  type ConvLayer,
  GraphIndex,
  type Layer,
  type LinearLayer,
  type NormLayer,
  isPatchProjection,
  layersOf,
} from './skeleton.js';
import { embed, encode } from './vit-graph.js';
import type { Block, Linear, Vit } from './vit.js';

function notVit(file: string, reason: string): AppError {
  return new AppError(
    'MODEL_NOT_VIT',
    `${file} is not a plain Vision Transformer classifier: ${reason}.`,
    'Models that open: ViT and DeiT classifiers with pre-norm blocks, a CLS token and exact GELU, exported to ONNX or as a Hugging Face folder.',
  );
}

interface Input {
  readonly name: string;
  /** The fixed batch size; undefined when any is allowed. */
  readonly batch: number | undefined;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

function pixelInput(graph: Graph, file: string, fallback: number | undefined): Input {
  const inputs = pureInputs(graph);
  const [input] = inputs;
  if (inputs.length !== 1 || !input)
    throw notVit(file, `it has ${String(inputs.length)} inputs instead of one picture`);
  const [batch, channels, height, width] = input.dims ?? [];
  if (input.dims?.length !== 4 || input.type !== 'float32')
    throw notVit(file, `its input '${input.name}' is not a float32 picture [batch, channels, height, width]`);
  const [tall, wide] = [height, width].map((size) => (typeof size === 'number' && size > 0 ? size : fallback));
  if (tall === undefined || wide === undefined) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${file} takes pictures of any size, so the size it was trained with is unknown.`,
      'Put its preprocessor_config.json beside it, or export it with a fixed size.',
    );
  }
  if (channels !== 3) throw notVit(file, `its input has ${String(channels)} channels instead of 3`);
  return {
    name: input.name,
    batch: typeof batch === 'number' && batch > 0 ? batch : undefined,
    channels,
    height: tall,
    width: wide,
  };
}

/** The layers of a ViT in their roles. */
interface Roles {
  readonly patches: ConvLayer;
  readonly blocks: readonly {
    readonly norm1: NormLayer;
    readonly qkv: readonly LinearLayer[];
    readonly rest: readonly [LinearLayer, NormLayer, LinearLayer, LinearLayer];
  }[];
  readonly norm: NormLayer;
  readonly head: LinearLayer;
}

/** Reads the skeleton as: patches, then per block norm, qkv (one layer or three), projection, norm, two layers; norm, head. */
function assignRoles(layers: readonly Layer[], file: string): Roles {
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
function attentionSoftmaxes(graph: Graph, index: GraphIndex): readonly Node[] {
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

/** Separate projections in the order query, key, value, by what becomes of them around the softmax. */
function orderedProjections(
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

/** The same model with further values as outputs. */
function exposing(model: Model, names: readonly string[]): Model {
  const present = new Set(model.graph.outputs.map((output) => output.name));
  const extra = [...new Set(names)]
    .filter((name) => !present.has(name))
    .map((name): ValueInfo => ({ name, type: 'float32', dims: null }));
  return { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, ...extra] } };
}

interface Probe {
  /** Values of the original model for a zero and for a random picture: the first of the batch, flat. */
  readonly zero: ReadonlyMap<string, RunTensor>;
  readonly random: ReadonlyMap<string, RunTensor>;
  readonly picture: Float32Array;
}

/** Some exports bake the batch of their example into the graph without saying so. */
const likelyBatches = [1, 2, 4, 8, 16, 32] as const;

function firstOfBatch(outputs: Readonly<Record<string, RunTensor>>, batch: number): ReadonlyMap<string, RunTensor> {
  const first = new Map<string, RunTensor>();
  for (const [name, tensor] of Object.entries(outputs)) {
    if (tensor.type !== 'float32') continue;
    first.set(name, { ...tensor, data: tensor.data.slice(0, tensor.data.length / batch) });
  }
  return first;
}

async function probe(
  model: Model,
  input: Input,
  names: readonly string[],
  createSession: CreateSession,
): Promise<Probe> {
  const session = await createSession(exposing(model, names));
  const size = input.channels * input.height * input.width;
  const picture = Float32Array.from(
    { length: size },
    (_, index) => Math.sin(index * 12.9898) * Math.cos(index * 0.078233),
  );
  const run = async (values: Float32Array, batch: number): Promise<ReadonlyMap<string, RunTensor>> => {
    const data = new Float32Array(batch * size);
    for (let item = 0; item < batch; item += 1) data.set(values, item * size);
    const feed = floats(data, batch, input.channels, input.height, input.width);
    return firstOfBatch(await session.run({ [input.name]: feed }), batch);
  };
  try {
    let refusal: unknown;
    for (const batch of input.batch === undefined ? likelyBatches : [input.batch]) {
      try {
        return { zero: await run(new Float32Array(size), batch), random: await run(picture, batch), picture };
      } catch (error) {
        refusal ??= error;
      }
    }
    throw refusal;
  } finally {
    await session.release();
  }
}

/** A probed float32 value. */
function probed(values: ReadonlyMap<string, RunTensor>, name: string): Float32Array {
  return floatOutput(Object.fromEntries(values), name);
}

function blockOf(index: GraphIndex, roles: Roles['blocks'][number], softmax: Node | undefined, file: string): Block {
  const [projection, norm2, mlpIn, mlpOut] = roles.rest;
  const [fused] = roles.qkv;
  const qkv = roles.qkv.length === 1 && fused ? fused.layer : undefined;
  if (!qkv && !softmax) throw notVit(file, 'a block has no attention softmax');
  return {
    norm1: roles.norm1.layer,
    qkv: qkv ?? (softmax ? sideBySide(orderedProjections(index, softmax, roles.qkv, file)) : projection.layer),
    projection: projection.layer,
    norm2: norm2.layer,
    mlpIn: mlpIn.layer,
    mlpOut: mlpOut.layer,
  };
}

function softmaxOf(values: Float32Array): Float32Array {
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** Largest difference of two outputs relative to the larger of 1 and their size. */
function difference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  let scale = 1;
  a.forEach((value, index) => {
    most = Math.max(most, Math.abs(value - (b[index] ?? Number.NaN)));
    scale = Math.max(scale, Math.abs(value));
  });
  return a.length === b.length ? most / scale : Number.POSITIVE_INFINITY;
}

/** Runs the lifted model and compares its logits (or probabilities) with the original's. */
async function prove(
  vit: Vit,
  model: Model,
  original: Probe,
  createSession: CreateSession,
  file: string,
): Promise<void> {
  const g = new GraphBuilder('lifted');
  const pixels = g.input('pixels', 'float32', ['batch', vit.channels, vit.inputHeight, vit.inputWidth]);
  g.output('logits', encode(g, vit, embed(g, vit, pixels), { blockOutputs: true }).logits, 'float32', [
    'batch',
    vit.head.outputs,
  ]);
  const session = await createSession(g.model());
  const outputs = await session.run({
    pixels: floats(original.picture, 1, vit.channels, vit.inputHeight, vit.inputWidth),
  });
  await session.release();
  const logits = floatOutput(outputs, 'logits');
  const answer = model.graph.outputs[0]?.name ?? '';
  const last = model.graph.nodes.find((node) => node.outputs.includes(answer));
  const found = difference(probed(original.random, answer), last?.op === 'Softmax' ? softmaxOf(logits) : logits);
  if (!(found <= 1e-3)) {
    throw notVit(
      file,
      `rebuilt from its weights it gives other logits (by ${found.toPrecision(2)}), so it does something that a plain ViT does not`,
    );
  }
}

/**
 * Recognises and rebuilds the ViT in an ONNX classifier.
 * @param size of the square input when the file leaves it open.
 * @throws AppError `MODEL_NOT_VIT` or `MODEL_UNSUPPORTED` with what was found instead.
 */
export async function liftVit(model: Model, file: string, createSession: CreateSession, size?: number): Promise<Vit> {
  const { graph } = model;
  const input = pixelInput(graph, file, size);
  const index = new GraphIndex(graph);
  const roles = assignRoles(layersOf(graph, index), file);
  const softmaxes = attentionSoftmaxes(graph, index);
  if (softmaxes.length !== roles.blocks.length)
    throw notVit(
      file,
      `it has ${String(roles.blocks.length)} blocks but ${String(softmaxes.length)} attention products`,
    );
  const [firstBlock] = roles.blocks;
  const [firstSoftmax] = softmaxes;
  const stream = firstBlock?.norm1.input ?? '';
  const attention = firstSoftmax?.outputs[0] ?? '';
  const original = await probe(model, input, [stream, attention], createSession);
  const [width = 0, channels = 0, patchHeight = 1, patchWidth = 1] = roles.patches.weight.dims;
  const gridHeight = Math.floor(input.height / patchHeight);
  const gridWidth = Math.floor(input.width / patchWidth);
  const heads = original.zero.get(attention)?.dims.at(-3) ?? 0;
  const tokens = probed(original.zero, stream).length / width;
  const prefixTokens = tokens - gridHeight * gridWidth;
  if (heads < 1 || width % heads !== 0)
    throw notVit(file, `its attention has ${String(heads)} heads for a width of ${String(width)}`);
  if (!Number.isInteger(prefixTokens) || prefixTokens < 1)
    throw notVit(
      file,
      `it has ${String(tokens)} tokens for ${String(gridHeight * gridWidth)} patches, so no CLS token`,
    );
  const vit: Vit = {
    channels,
    inputHeight: input.height,
    inputWidth: input.width,
    patchHeight,
    patchWidth,
    gridHeight,
    gridWidth,
    prefixTokens,
    width,
    heads,
    normEpsilon: roles.norm.epsilon,
    patchWeight: roles.patches.weight.data,
    tokensAtZero: probed(original.zero, stream),
    blocks: roles.blocks.map((block, position) => blockOf(index, block, softmaxes[position], file)),
    norm: roles.norm.layer,
    head: roles.head.layer,
  };
  await prove(vit, model, original, createSession, file);
  return vit;
}
