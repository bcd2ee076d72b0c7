/** Transformer Input Sampling (Englebert et al., ICCV-W 2023) as three graphs: plan the masks, score them, aggregate the maps. */

import { type Vit, classCount, hiddenColumns, patchCount, prefixCount, tokenCount } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { fuse } from '../onnx/passes/fuse.js';
import { fuseAttention } from '../onnx/passes/fuse-attention.js';
import { fuseBiasGelu } from '../onnx/passes/fuse-skips.js';
import { type CreateSession, type Session, floatOutput, floats, indexOutput, indices } from '../onnx/runner.js';
import { kMeans } from './kmeans.js';

/**
 * Pixels to everything the masks need: `tokens [1, T, D]`, `probabilities [1, C]`, and for each of the k-means
 * centroids of the hidden columns of all blocks (`[L*D, N]`, one sample a channel) the `keep` largest tokens.
 */
function planGraph(vit: Vit): Model {
  const g = new GraphBuilder('tis_plan');
  const patches = patchCount(vit);
  const prefix = prefixCount(vit);
  const pixels = g.input('pixels', 'float32', [1, vit.channels, vit.inputHeight, vit.inputWidth]);
  const init = g.input('init', 'int64', ['masks']);
  const keep = g.input('keep', 'int64', [1]);
  const tokens = embed(g, vit, pixels);
  const { logits, blockOutputs } = encode(g, vit, tokens, { blockOutputs: true });
  const columns = blockOutputs.map((output) => {
    const patchTokens = g.slice(output, 1, prefix, prefix + patches);
    return g.reshape(g.transpose(patchTokens, 0, 2, 1), vit.width, patches);
  });
  const samples = columns.length > 1 ? g.concat(0, ...columns) : (columns[0] ?? tokens);
  const centroids = kMeans(g, samples, init, patches);
  const [, top] = g.ops('TopK', [centroids, keep], { axis: 1, largest: 1, sorted: 1 }, { outputs: 2 });
  g.output('tokens', tokens, 'float32', [1, prefix + patches, vit.width]);
  g.output('probabilities', g.softmax(logits), 'float32', [1, classCount(vit)]);
  g.output('hidden_columns', samples, 'float32', [hiddenColumns(vit), patches]);
  g.output('centroids', centroids, 'float32', ['masks', patches]);
  g.output('mask_indices', top ?? centroids, 'int64', ['masks', 'kept']);
  // Residual additions stay as they are written: their order decides near-ties among the tokens (see join in vit-graph.ts).
  return fuseBiasGelu(fuseAttention(g.model(), { joined: false }));
}

/**
 * Class probabilities of token subsets: `tokens [1, T, D]`, `mask_indices [m, K]` (patch tokens, from 0) to
 * `probabilities [m, C]`. The dropped tokens do not exist: the encoder runs on prefix + K tokens.
 */
function scoreGraph(vit: Vit): Model {
  const g = new GraphBuilder('tis_score');
  const prefix = prefixCount(vit);
  const total = tokenCount(vit);
  const tokens = g.input('tokens', 'float32', [1, total, vit.width]);
  const maskIndices = g.input('mask_indices', 'int64', ['m', 'K']);
  const table = g.reshape(tokens, total, vit.width);
  const zero = g.mul(g.slice(maskIndices, 1, 0, 1), g.ints(0));
  const always = Array.from({ length: prefix }, (_, token) => g.add(zero, g.ints(token)));
  const chosen = g.concat(1, ...always, g.add(maskIndices, g.ints(prefix)));
  const subset = g.gather(table, chosen, 0);
  const { logits } = encode(g, vit, subset, { blockOutputs: false });
  g.output('probabilities', g.softmax(logits), 'float32', ['m', classCount(vit)]);
  return fuse(g.model(), 'cpu');
}

/**
 * The same inputs and output as {@link scoreGraph}, with the pixels of the dropped patches at 0 of the normalised space
 * (mid-grey for a model that centres its input) and all tokens run: since the patch projection is linear and sees one
 * patch, a masked patch has the token of an all-zero image.
 */
function maskedScoreGraph(vit: Vit): Model {
  const g = new GraphBuilder('tis_masked_score');
  const prefix = prefixCount(vit);
  const patches = patchCount(vit);
  const tokens = g.input('tokens', 'float32', [1, prefix + patches, vit.width]);
  const maskIndices = g.input('mask_indices', 'int64', ['m', 'K']);
  const empty = embed(g, vit, emptyPixels(g, vit));
  const kept = keptPatches(g, maskIndices, patches);
  const every = g.op('Pad', [kept, g.ints(0, prefix, 0, 0), g.float(1)]);
  const chosen = g.op('Equal', [g.op('Unsqueeze', [every, g.ints(2)]), g.float(1)]);
  const { logits } = encode(g, vit, g.op('Where', [chosen, tokens, empty]), { blockOutputs: false });
  g.output('probabilities', g.softmax(logits), 'float32', ['m', classCount(vit)]);
  return fuse(g.model(), 'cpu');
}

/** The pixels of an all-zero image, `[1, channels, H, W]`. */
function emptyPixels(g: GraphBuilder, vit: Vit): Value {
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  return g.floats(new Float32Array(size), [1, vit.channels, vit.inputHeight, vit.inputWidth]);
}

/** Masks given as the patches that they keep, `[m, K]`, as ones and zeros `[m, patches]`. */
function keptPatches(g: GraphBuilder, maskIndices: Value, patches: number): Value {
  const ones = g.add(g.mul(g.cast(maskIndices, 'float32'), g.float(0)), g.float(1));
  const zeros = g.mul(g.slice(ones, 1, 0, 1), g.floats(new Float32Array(patches), [1, patches]));
  return g.op('ScatterElements', [zeros, maskIndices, ones], { axis: 1 });
}

/**
 * Masks and their scores to maps of chosen classes. `kept[c, t]` is the mean score of the masks that contain t (the
 * paper's map), `dropped[c, t]` of those that do not; NaN where there is none. `halves` is `kept` from the masks of
 * even and of odd position alone, which shows the sampling noise.
 */
function aggregateGraph(vit: Vit): Model {
  const g = new GraphBuilder('tis_aggregate');
  const patches = patchCount(vit);
  const maskIndices = g.input('mask_indices', 'int64', ['m', 'K']);
  const probabilities = g.input('probabilities', 'float32', ['m', classCount(vit)]);
  const classes = g.input('classes', 'int64', ['c']);
  const masks = keptPatches(g, maskIndices, patches);
  const scores = g.gather(probabilities, classes, 1);

  const sums = g.matMul(g.transpose(scores, 1, 0), masks);
  const coverage = g.reduceSum(masks, 0, true);
  const count = g.reduceSum(g.add(g.mul(g.slice(probabilities, 1, 0, 1), g.float(0)), g.float(1)), 0, true);
  const rest = g.sub(g.transpose(g.reduceSum(scores, 0, true), 1, 0), sums);
  g.output('kept', g.div(sums, coverage), 'float32', ['c', patches]);
  g.output('dropped', g.div(rest, g.sub(count, coverage)), 'float32', ['c', patches]);

  const halves = [0, 1].map((first) => {
    const some = g.slice(masks, 0, first, Number.MAX_SAFE_INTEGER, 2);
    const someScores = g.slice(scores, 0, first, Number.MAX_SAFE_INTEGER, 2);
    const half = g.div(g.matMul(g.transpose(someScores, 1, 0), some), g.reduceSum(some, 0, true));
    return g.reshape(half, 1, -1, patches);
  });
  g.output('halves', g.concat(0, ...halves), 'float32', [2, 'c', patches]);
  return g.model();
}

/** Masks scored in one run; measured on ViT-Tiny and the demo ViT: larger batches leave the processor's cache. */
const chunk = 8;

/** Number of tokens a mask keeps: `int(ratio * N)`, at least one. */
function keptTokens(vit: Vit, ratio: number): number {
  return Math.max(1, Math.trunc(ratio * patchCount(vit)));
}

export interface Plan {
  readonly tokens: Float32Array;
  /** Softmax of the clean image, `[C]`. */
  readonly probabilities: Float32Array;
  /** `[masks, kept]`, largest centroid value first. */
  readonly maskIndices: Int32Array;
  readonly masks: number;
  readonly kept: number;
}

export interface Maps {
  readonly kept: Float32Array;
  readonly dropped: Float32Array;
  readonly halves: Float32Array;
}

/** What becomes of the patches that a mask drops: `subset` leaves their tokens out (the method), `masked` greys their pixels (its ablation). */
export type Scoring = 'subset' | 'masked';

/** TIS on one opened model. */
export class Tis {
  readonly #vit: Vit;
  readonly #plan: Session;
  readonly #score: Session;
  readonly #aggregate: Session;

  private constructor(vit: Vit, sessions: readonly [Session, Session, Session]) {
    this.#vit = vit;
    [this.#plan, this.#score, this.#aggregate] = sessions;
  }

  static async create(vit: Vit, createSession: CreateSession, scoring: Scoring = 'subset'): Promise<Tis> {
    const plan = await createSession(planGraph(vit));
    const score = await createSession(scoring === 'subset' ? scoreGraph(vit) : maskedScoreGraph(vit));
    const aggregate = await createSession(aggregateGraph(vit));
    return new Tis(vit, [plan, score, aggregate]);
  }

  /**
   * Clusters the hidden columns of one image from the given initial rows.
   * @param pixels `[1, channels, H, W]`. @param init rows of the data matrix, one a mask.
   */
  async plan(pixels: Float32Array, init: Int32Array, ratio: number): Promise<Plan> {
    const { channels, inputHeight, inputWidth } = this.#vit;
    const kept = keptTokens(this.#vit, ratio);
    const outputs = await this.#plan.run(
      {
        pixels: floats(pixels, 1, channels, inputHeight, inputWidth),
        init: indices(init, init.length),
        keep: indices([kept], 1),
      },
      ['tokens', 'probabilities', 'mask_indices'],
    );
    return {
      tokens: floatOutput(outputs, 'tokens'),
      probabilities: floatOutput(outputs, 'probabilities'),
      maskIndices: indexOutput(outputs, 'mask_indices'),
      masks: init.length,
      kept,
    };
  }

  /**
   * Scores every mask for every class, `[masks, C]`. `onChunk` is called between runs; returning false stops
   * with undefined.
   */
  async score(
    plan: Plan,
    onChunk: (done: number, total: number) => boolean | Promise<boolean>,
  ): Promise<Float32Array | undefined> {
    const classes = classCount(this.#vit);
    const scores = new Float32Array(plan.masks * classes);
    const tokens = floats(plan.tokens, 1, tokenCount(this.#vit), this.#vit.width);
    for (let from = 0; from < plan.masks; from += chunk) {
      const to = Math.min(from + chunk, plan.masks);
      const part = plan.maskIndices.subarray(from * plan.kept, to * plan.kept);
      const outputs = await this.#score.run({ tokens, mask_indices: indices(part, to - from, plan.kept) });
      scores.set(floatOutput(outputs, 'probabilities'), from * classes);
      if (!(await onChunk(to, plan.masks))) return undefined;
    }
    return scores;
  }

  /** Maps of the given classes, each `[classes, N]` (halves: `[2, classes, N]`). */
  async maps(plan: Plan, scores: Float32Array, classes: Int32Array): Promise<Maps> {
    const outputs = await this.#aggregate.run({
      mask_indices: indices(plan.maskIndices, plan.masks, plan.kept),
      probabilities: floats(scores, plan.masks, classCount(this.#vit)),
      classes: indices(classes, classes.length),
    });
    return {
      kept: floatOutput(outputs, 'kept'),
      dropped: floatOutput(outputs, 'dropped'),
      halves: floatOutput(outputs, 'halves'),
    };
  }

  async release(): Promise<void> {
    await this.#plan.release();
    await this.#score.release();
    await this.#aggregate.release();
  }
}
