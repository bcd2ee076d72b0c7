/** Proves the two halves of an opened model: `encode(embed(x))` against the whole, and against it on a subset of the tokens. */

import type { CutProof, GraphAnatomy } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { GraphBuilder } from '../onnx/builder.js';
import { extract } from '../onnx/extract.js';
import type { Model } from '../onnx/graph.js';
import { freeShapes } from '../onnx/passes/free-shapes.js';
import { fuse } from '../onnx/passes/fuse.js';
import { toFloat32 } from '../onnx/passes/to-float32.js';
import { upgradeOpset } from '../onnx/passes/upgrade-opset.js';
import { type CreateSession, type Feeds, floatOutput, floats as tensor } from '../onnx/runner.js';
import { floats } from './noise.js';
import { type Vit, classCount, patchCount, prefixCount } from './vit.js';
import { embed, encode } from './vit-graph.js';

/** The graph that an ONNX file holds, and what was recognised in it. */
export interface OriginalGraph {
  readonly model: Model;
  readonly graph: GraphAnatomy;
}

export interface ProofOptions {
  /** Sessions as the engine makes them. */
  readonly createSession: CreateSession;
  /** Sessions that run every operator as it is written, without fusing anything. */
  readonly createPlainSession: CreateSession;
  /** Called between two steps; gives up by throwing. */
  readonly onStep?: (() => void) | undefined;
}

/** Beyond this, a freed cut of the file is not the file any more. */
const sound = 1e-3;

/** Stands for what a run did not give; it agrees with nothing. */
const missing = new Float32Array();

/**
 * A picture of noise as it looks after normalisation, `[channels, H, W]` in -2..2; whole numbers from 0 to 255 where the
 * file takes bytes.
 */
function randomPicture(vit: Vit, bytes: boolean): Float32Array {
  const noise = floats(vit.channels * vit.inputHeight * vit.inputWidth, 0x5eed);
  return noise.map((value) => (bytes ? Math.round(127.5 * (value + 1)) : 2 * value));
}

/** Half of the patch tokens at random, in order, after all prefix tokens. */
function randomTokens(vit: Vit): readonly number[] {
  const keys = floats(patchCount(vit), 0xcafe);
  const patches = Array.from(keys.keys()).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
  const kept = patches.slice(0, Math.max(1, Math.trunc(patches.length / 2))).sort((a, b) => a - b);
  const prefix = prefixCount(vit);
  return [...Array.from({ length: prefix }, (_, token) => token), ...kept.map((patch) => prefix + patch)];
}

/** The rows of `tokens` `[S, width]` with these numbers. */
function rowsOf(tokens: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const chosen = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) chosen.set(tokens.subarray(row * width, (row + 1) * width), at * width);
  return chosen;
}

/** Largest difference, relative to the larger of 1 and the largest value. */
function difference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  let scale = 1;
  for (const [at, value] of a.entries()) {
    const apart = Math.abs(value - (b[at] ?? Number.NaN));
    if (!Number.isFinite(apart)) return Number.POSITIVE_INFINITY;
    most = Math.max(most, apart);
    scale = Math.max(scale, Math.abs(value));
  }
  return a.length > 0 && a.length === b.length ? most / scale : Number.POSITIVE_INFINITY;
}

/** Logits as the file gives its answer. */
function answerOf(logits: Float32Array, output: GraphAnatomy['output']): Float32Array {
  if (output === 'logits') return logits;
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
  if (output === 'log-probabilities') return logits.map((value) => value - most - Math.log(sum));
  return logits.map((value) => Math.exp(value - most) / sum);
}

function embedModel(vit: Vit): Model {
  const g = new GraphBuilder('embed');
  const pixels = g.input('pixels', 'float32', ['batch', vit.channels, vit.inputHeight, vit.inputWidth]);
  g.output('tokens', embed(g, vit, pixels), 'float32', ['batch', prefixCount(vit) + patchCount(vit), vit.width]);
  return g.model();
}

/** @param every whether the last block computes every token, also where the head needs one. */
function encodeModel(vit: Vit, every: boolean): Model {
  const g = new GraphBuilder('encode');
  const tokens = g.input('tokens', 'float32', ['batch', 'tokens', vit.width]);
  g.output('logits', encode(g, vit, tokens, { blockOutputs: every }).logits, 'float32', ['batch', classCount(vit)]);
  return g.model();
}

/** Runs a model on several inputs one after the other and frees it. */
async function runAll(
  createSession: CreateSession,
  model: Model,
  feeds: readonly Feeds[],
  output: string,
): Promise<readonly Float32Array[]> {
  const session = await createSession(model);
  try {
    const results: Float32Array[] = [];
    for (const feed of feeds) results.push(floatOutput(await session.run(feed, [output]), output));
    return results;
  } finally {
    await session.release();
  }
}

/** `[channels, H, W]` as the file takes it: its layout, its batch (the picture repeated). */
function fileInput(vit: Vit, picture: Float32Array, { layout, batch, type }: GraphAnatomy['pixels']): Feeds[string] {
  const { channels, inputHeight: height, inputWidth: width } = vit;
  const count = batch ?? 1;
  const data = new Float32Array(count * picture.length);
  const plane = height * width;
  for (let at = 0; at < picture.length; at += 1) {
    data[layout === 'NCHW' ? at : (at % plane) * channels + Math.floor(at / plane)] = picture[at] ?? 0;
  }
  for (let copy = 1; copy < count; copy += 1) data.copyWithin(copy * picture.length, 0, picture.length);
  const dims = layout === 'NCHW' ? [count, channels, height, width] : [count, height, width, channels];
  if (type === 'uint8') return { type, dims, data: Uint8Array.from(data) };
  return tensor(data, ...dims);
}

/** The whole of the file's own graph on `picture`: what it answers, `[C]`. */
async function runFile(
  vit: Vit,
  { model, graph }: OriginalGraph,
  picture: Float32Array,
  createSession: CreateSession,
): Promise<Float32Array> {
  const whole = extract(model, [], [graph.logits]);
  const feed = { [graph.pixels.name]: fileInput(vit, picture, graph.pixels) };
  const [answer = missing] = await runAll(createSession, whole, [feed], graph.logits);
  return answer.subarray(0, classCount(vit));
}

/** The file's own graph from its tokens on, for any number of them; null where it has no value of them. */
function freedCut(vit: Vit, { model, graph }: OriginalGraph): Model | null {
  if (graph.tokens === null) return null;
  const dims = [graph.pixels.batch ?? 1, prefixCount(vit) + patchCount(vit), vit.width];
  const cut = extract(model, [{ name: graph.tokens, type: 'float32', dims }], [graph.logits]);
  return freeShapes(upgradeOpset(cut), new Map([[graph.tokens, ['batch', 'tokens', vit.width]]]));
}

/**
 * The file's own answer to a subset of the tokens, `[C]`; null where its graph cannot be freed of its token count. That
 * it can is seen from the full set of tokens: the cut has to answer as the file does.
 */
async function fileOnSubset(
  vit: Vit,
  original: OriginalGraph,
  whole: { readonly tokens: Float32Array; readonly answer: Float32Array },
  subset: Float32Array,
  createSession: CreateSession,
): Promise<Float32Array | null> {
  const name = original.graph.tokens;
  if (name === null) return null;
  try {
    const cut = freedCut(vit, original);
    if (cut === null) return null;
    const feeds = [whole.tokens, subset].map((tokens) => ({ [name]: tokenInput(vit, tokens) }));
    const [full, part] = await runAll(createSession, cut, feeds, original.graph.logits);
    if (full === undefined || part === undefined) return null;
    return difference(full, whole.answer) <= sound && part.length === classCount(vit) ? part : null;
  } catch (error) {
    // A graph that keeps its token count somewhere fails to be freed or to run; the unfused operators stand in for it.
    if (error instanceof AppError && error.code === 'CANCELLED') throw error;
    return null;
  }
}

function tokenInput(vit: Vit, tokens: Float32Array): Feeds[string] {
  return tensor(tokens, 1, tokens.length / vit.width, vit.width);
}

/** The same model in unfused operators, every token through every block. */
function runUnfused(
  vit: Vit,
  sets: readonly Float32Array[],
  createPlainSession: CreateSession,
): Promise<readonly Float32Array[]> {
  const feeds = sets.map((tokens) => ({ tokens: tokenInput(vit, tokens) }));
  return runAll(createPlainSession, encodeModel(vit, true), feeds, 'logits');
}

/**
 * Runs both halves as the engine does on a picture of noise and on a random half of its patch tokens, and compares the
 * logits with those of the file's own graph or, for weights without a graph, of the same operators unfused. One model
 * is in memory at a time.
 * @param original null for a folder of weights.
 */
export async function proveCut(vit: Vit, original: OriginalGraph | null, options: ProofOptions): Promise<CutProof> {
  const { createSession, createPlainSession, onStep = () => undefined } = options;
  const picture = randomPicture(vit, original?.graph.pixels.type === 'uint8');
  const rows = randomTokens(vit);
  const subsetTokens = rows.length - prefixCount(vit);
  const pixels = tensor(picture, 1, vit.channels, vit.inputHeight, vit.inputWidth);
  const [tokens = missing] = await runAll(createSession, embedModel(vit), [{ pixels }], 'tokens');
  const subset = rowsOf(tokens, vit.width, rows);
  onStep();
  const feeds = [tokens, subset].map((set) => ({ tokens: tokenInput(vit, set) }));
  const fused = fuse(encodeModel(vit, false), 'cpu');
  const [logits = missing, part = missing] = await runAll(createSession, fused, feeds, 'logits');
  onStep();
  if (original === null) {
    const [whole = missing, some = missing] = await runUnfused(vit, [tokens, subset], createPlainSession);
    return {
      difference: difference(whole, logits),
      subsetDifference: difference(some, part),
      subsetTokens,
      against: 'unfused',
      subsetAgainst: 'unfused',
    };
  }
  const { output } = original.graph;
  // Half precision is compared by its weights: how its sums are rounded differs from one runtime to the next.
  const file = { ...original, model: toFloat32(original.model) };
  const answer = await runFile(vit, file, picture, createSession);
  onStep();
  const own = await fileOnSubset(vit, file, { tokens, answer }, subset, createSession);
  onStep();
  const [some] = own === null ? await runUnfused(vit, [subset], createPlainSession) : [own];
  return {
    difference: difference(answer, answerOf(logits, output)),
    subsetDifference: difference(some ?? missing, own === null ? part : answerOf(part, output)),
    subsetTokens,
    against: 'file',
    subsetAgainst: own === null ? 'unfused' : 'file',
  };
}
