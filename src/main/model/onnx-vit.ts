/** Lifts a ViT classifier out of any ONNX export: recognised by its parametric skeleton, proven by equal logits. */

import { GraphBuilder } from '../onnx/builder.js';
import type { Model, Node } from '../onnx/graph.js';
import { type CreateSession, floatOutput, floats } from '../onnx/runner.js';
import { sideBySide } from './matrix.js';
import { notVit } from './not-vit.js';
import { type Probe, pixelInput, probe, probed } from './probe.js';
import { type Roles, assignRoles, attentionSoftmaxes, orderedProjections } from './roles.js';
import { GraphIndex, layersOf } from './skeleton.js';
import type { Block, Vit } from './vit.js';
import { embed, encode } from './vit-graph.js';

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
