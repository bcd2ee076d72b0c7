/** Runs a written classifier, its plain reference and the model rebuilt from it, and measures how far they are apart. */

import { type Value, GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { type CreateSession, type RunTensor, floatOutput, floats } from '../../../src/main/onnx/runner.js';
import type { Vit } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { type Architecture, tokens } from './architecture.js';
import { normal, uniform } from './random.js';
import type { Written } from './written.js';

/** Largest difference relative to the larger of 1 and the largest value of `truth`; infinite when the sizes differ. */
export function difference(truth: Float32Array, found: Float32Array): number {
  if (truth.length !== found.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  let size = 1;
  truth.forEach((value, index) => {
    const apart = Math.abs(value - (found[index] ?? Number.NaN));
    most = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(most, apart);
    size = Math.max(size, Math.abs(value));
  });
  return most / size;
}

/** Random pixels `[batch, channels, height, width]`; 0 to 255 for a graph that divides by 255 itself. */
export function randomPixels(a: Architecture, batch: number, seed: number): Float32Array {
  const next = normal(seed);
  const shade = uniform(seed);
  const bytes = a.normalise !== null && a.normalise.scale < 1;
  const count = batch * a.channels * a.height * a.width;
  return Float32Array.from({ length: count }, () => (bytes ? 255 * shade() : next()));
}

/** `[B, C, H, W]` as `[B, H, W, C]`. */
function channelsLast(a: Architecture, pixels: Float32Array): Float32Array {
  const area = a.height * a.width;
  const result = new Float32Array(pixels.length);
  pixels.forEach((value, index) => {
    const at = index % (a.channels * area);
    const [picture, channel, place] = [(index - at) / (a.channels * area), Math.floor(at / area), at % area];
    result[(picture * area + place) * a.channels + channel] = value;
  });
  return result;
}

/** Softmax or its logarithm over rows of `classes`. */
export function answered(logits: Float32Array, a: Architecture): Float32Array {
  if (a.output === 'logits') return logits;
  const result = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += a.classes) {
    const values = logits.subarray(row, row + a.classes);
    const most = Math.max(...values);
    const logarithm = most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
    values.forEach((value, index) => {
      const log = value - logarithm;
      result[row + index] = a.output === 'probabilities' ? Math.exp(log) : log;
    });
  }
  return result;
}

type Outputs = Readonly<Record<string, RunTensor>>;

/** Compiles, runs once and releases. */
export async function runOnce(
  create: CreateSession,
  model: Model | Uint8Array,
  feeds: Readonly<Record<string, RunTensor>>,
): Promise<Outputs> {
  const session = await create(model);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** Pixels given as `[B, C, H, W]` in the layout of the original. */
export function originalFeed(a: Architecture, pixels: Float32Array, layout: Written['layout']): RunTensor {
  const batch = pixels.length / (a.channels * a.height * a.width);
  return layout === 'NCHW'
    ? floats(pixels, batch, a.channels, a.height, a.width)
    : floats(channelsLast(a, pixels), batch, a.height, a.width, a.channels);
}

/** What the original answers to pixels given as `[B, C, H, W]`. */
export async function originalAnswer(
  create: CreateSession,
  truth: Written['truth'],
  input: { readonly name: string; readonly layout: Written['layout'] },
  a: Architecture,
  pixels: Float32Array,
  output: string,
): Promise<Float32Array> {
  const feeds = { [input.name]: originalFeed(a, pixels, input.layout) };
  return floatOutput(await runOnce(create, truth, feeds), output);
}

/** `pixels` to `tokens` of a rebuilt ViT. */
export function embedModel(vit: Vit): Model {
  const g = new GraphBuilder('embed');
  const pixels = g.input('pixels', 'float32', ['batch', vit.channels, vit.inputHeight, vit.inputWidth]);
  g.output('tokens', embed(g, vit, pixels), 'float32', ['batch', null, vit.width]);
  return g.model();
}

/** `tokens` to `logits` of a rebuilt ViT, with `attention_i` and `block_i` when `everything` is asked for. */
export function encodeModel(vit: Vit, everything: boolean): Model {
  const g = new GraphBuilder('encode');
  const input = g.input('tokens', 'float32', ['batch', 'S', vit.width]);
  const encoded = encode(g, vit, input, { blockOutputs: everything, attention: everything });
  g.output('logits', encoded.logits, 'float32', ['batch', vit.head.classifier.outputs]);
  const list = (name: string, values: readonly Value[], rank: number): void => {
    values.forEach((value, index) => {
      g.output(`${name}_${String(index)}`, value, 'float32', Array<null>(rank).fill(null));
    });
  };
  if (everything) {
    list('attention', encoded.attention, 4);
    list('block', encoded.blockOutputs, 3);
  }
  return g.model();
}

/** The prefix and a random third of the patch tokens, at least two, in order: their values `[1, K, D]`. */
export function randomSubset(a: Architecture, stream: Float32Array, seed: number): RunTensor {
  const next = uniform(seed);
  const all = Array.from({ length: tokens(a) - a.prefix.length }, (_, index) => index + a.prefix.length);
  const wanted = Math.max(2, Math.floor(all.length / 3));
  const chosen = all
    .map((token) => ({ token, key: next() }))
    .sort((x, y) => x.key - y.key)
    .slice(0, wanted)
    .map(({ token }) => token)
    .sort((x, y) => x - y);
  const kept = [...a.prefix.keys(), ...chosen];
  const data = new Float32Array(kept.length * a.dim);
  kept.forEach((token, row) => data.set(stream.subarray(token * a.dim, (token + 1) * a.dim), row * a.dim));
  return floats(data, 1, kept.length, a.dim);
}
