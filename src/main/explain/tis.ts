/** Transformer Input Sampling (Englebert et al., ICCV-W 2023): cluster the hidden columns into masks, score them, make maps of the scores. */

import type { TisEstimate } from '../../shared/audit.js';
import { type Vit, classCount, patchCount, prefixCount, tokenCount } from '../model/vit.js';
import { encode } from '../model/vit-graph.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { fuseAttention } from '../onnx/passes/fuse-attention.js';
import { fuseBiasGelu } from '../onnx/passes/fuse-skips.js';
import {
  type CreateSession,
  type RunTensor,
  type Session,
  floatOutput,
  floats,
  indexOutput,
  indices,
} from '../onnx/runner.js';
import type { Halves, TokenTable } from './halves.js';
import { kMeans } from './kmeans.js';
import { evidenceGraph } from './evidence-graph.js';
import { type Maps, mapsGraph, regressionGraph } from './tis-maps.js';

/** The k largest tokens of each centroid of the hidden columns of all blocks (`[L*D, N]`, one sample a channel), `[masks, K]`. */
function masksOf(g: GraphBuilder, vit: Vit, blocks: readonly Value[]): Value {
  const [patches, prefix] = [patchCount(vit), prefixCount(vit)];
  const init = g.input('init', 'int64', ['masks']);
  const keep = g.input('keep', 'int64', [1]);
  const columns = blocks.map((stream) => {
    const patchTokens = g.slice(stream, 1, prefix, prefix + patches);
    return g.reshape(g.transpose(patchTokens, 0, 2, 1), vit.width, patches);
  });
  const centroids = kMeans(g, g.concat(0, ...columns), init, patches);
  const [, top = centroids] = g.ops('TopK', [centroids, keep], { axis: 1, largest: 1, sorted: 1 }, { outputs: 2 });
  return g.cast(top, 'int32');
}

function blockInput(index: number): string {
  return `block_${String(index)}`;
}

/** The residual stream after every block of one image, `[1, T, D]` each, to its masks: of large models, whose encoder is observed. */
function clusterGraph(vit: Vit): Model {
  const g = new GraphBuilder('tis_cluster');
  const dims = [1, tokenCount(vit), vit.width];
  const blocks = vit.blocks.map((_, index) => g.input(blockInput(index), 'float32', dims));
  g.output('mask_indices', masksOf(g, vit, blocks), 'int32', ['masks', 'kept']);
  return g.model();
}

/**
 * Tokens `[1, T, D]` to everything the masks need: `probabilities [1, C]`, and for each of the k-means centroids of the
 * hidden columns of all blocks (`[L*D, N]`, one sample a channel) the `keep` largest tokens.
 */
function planGraph(vit: Vit): Model {
  const g = new GraphBuilder('tis_plan');
  const tokens = g.input('tokens', 'float32', [1, tokenCount(vit), vit.width]);
  const { logits, blockOutputs } = encode(g, vit, tokens, { blockOutputs: true });
  g.output('probabilities', g.softmax(logits), 'float32', [1, classCount(vit)]);
  g.output('mask_indices', masksOf(g, vit, blockOutputs), 'int32', ['masks', 'kept']);
  // Residual additions stay as they are written: their order decides near-ties among the tokens (see join in vit-graph.ts).
  return fuseBiasGelu(fuseAttention(g.model(), { joined: false }));
}

/** Number of tokens a mask keeps: `int(ratio * N)`, at least one. */
function keptTokens(vit: Vit, ratio: number): number {
  return Math.max(1, Math.trunc(ratio * patchCount(vit)));
}

export interface Plan {
  readonly tokens: TokenTable;
  /** Softmax of the clean image, `[C]`. */
  readonly probabilities: Float32Array;
  /** `[masks, kept]`, largest centroid value first. */
  readonly maskIndices: Int32Array;
  readonly masks: number;
  readonly kept: number;
}

/** Log-probabilities `[masks, C]`, of which the first `done` masks have theirs. */
export interface Scored {
  readonly done: number;
  readonly scores: Float32Array<ArrayBuffer>;
}

/**
 * What becomes of the patches that a mask drops: `subset` leaves their tokens out (the method); `masked` puts their pixels
 * at 0 of the normalised space, mid-grey for a model that centres its input, and runs all tokens (its ablation).
 */
export type Scoring = 'subset' | 'masked';

/** Evidence of classes `[classes, N]`, in nats, and the same without one group of masks at a time, `[16, classes, N]`. */
export interface EvidenceMaps {
  readonly evidence: Float32Array;
  readonly evidenceWithout: Float32Array;
}

/** Which of the scores become maps, and how. */
export interface MapsOptions {
  /** The first so many masks; all by default. */
  readonly masks?: number;
  readonly estimate?: TisEstimate;
}

type Sessions = Readonly<Record<'plan' | 'evidence' | TisEstimate, Session>>;

/** TIS on one opened model. */
export class Tis {
  readonly #vit: Vit;
  /** Finds the masks. */
  readonly #planner: Halves;
  /** Scores them. */
  readonly #halves: Halves;
  readonly #sessions: Sessions;
  /** Tokens of an all-zero image, for `masked`: the projection sees one patch, so these are the tokens of masked patches. */
  readonly #empty: TokenTable | null;

  private constructor(
    vit: Vit,
    { planner, halves }: { readonly planner: Halves; readonly halves: Halves },
    sessions: Sessions,
    empty: TokenTable | null,
  ) {
    this.#vit = vit;
    this.#planner = planner;
    this.#halves = halves;
    this.#sessions = sessions;
    this.#empty = empty;
  }

  /** @param halves stay the caller's: they are not released with this. */
  static async create(
    vit: Vit,
    halves: Halves,
    createSession: CreateSession,
    scoring: Scoring = 'subset',
  ): Promise<Tis> {
    const sessions = {
      // The distances of a ViT-B's 9,216 hidden columns to 1,024 centroids take hundreds of megabytes, once an image.
      plan: halves.isObserved
        ? await createSession(clusterGraph(vit), { frugal: true })
        : await createSession(planGraph(vit)),
      published: await createSession(mapsGraph(vit)),
      regression: await createSession(regressionGraph(vit)),
      evidence: await createSession(evidenceGraph(vit)),
    };
    const blank = new Float32Array(vit.channels * vit.inputHeight * vit.inputWidth);
    return new Tis(
      vit,
      { planner: halves, halves },
      sessions,
      scoring === 'masked' ? await halves.tokens(blank, 1) : null,
    );
  }

  /**
   * Clusters the hidden columns of one image from the given initial rows.
   * @param pixels `[1, channels, H, W]`. @param init rows of the data matrix, one a mask.
   */
  async plan(pixels: Float32Array, init: Int32Array, ratio: number): Promise<Plan> {
    const kept = keptTokens(this.#vit, ratio);
    const tokens = await this.#planner.tokens(pixels, 1);
    const clusters = { init: indices(init, init.length), keep: indices([kept], 1) };
    if (this.#planner.isObserved) {
      const { probabilities, blocks } = await this.#planner.observe(tokens);
      const streams = Object.fromEntries(blocks.map((stream, index) => [blockInput(index), stream]));
      const outputs = await this.#sessions.plan.run({ ...streams, ...clusters });
      return { tokens, probabilities, maskIndices: indexOutput(outputs, 'mask_indices'), masks: init.length, kept };
    }
    const outputs = await this.#sessions.plan.run({
      tokens: floats(tokens.values, 1, tokenCount(this.#vit), this.#vit.width),
      ...clusters,
    });
    return {
      tokens,
      probabilities: floatOutput(outputs, 'probabilities'),
      maskIndices: indexOutput(outputs, 'mask_indices'),
      masks: init.length,
      kept,
    };
  }

  /**
   * Scores the masks batch after batch, in order; who has enough stops listening. The scores grow from one to the next. No
   * batch reaches over a multiple of `stop`.
   */
  async *scoring(plan: Plan, stop = plan.masks): AsyncGenerator<Scored> {
    const classes = classCount(this.#vit);
    const scores = new Float32Array(plan.masks * classes);
    const table = this.#table(plan);
    for (let done = 0; done < plan.masks;) {
      const to = Math.min(done + this.#halves.batch, (Math.floor(done / stop) + 1) * stop, plan.masks);
      scores.set(await this.#halves.logProbabilities(table, this.#rows(plan, done, to), to - done), done * classes);
      done = to;
      yield { done, scores };
    }
  }

  /** Log-probability of every mask and class, `[masks, C]`. */
  async score(plan: Plan): Promise<Float32Array> {
    let all = new Float32Array(0);
    for await (const { scores } of this.scoring(plan)) all = scores;
    return all;
  }

  /** The same with masks scored by other halves of the same model. What is released with one is released for both. */
  with(halves: Halves): Tis {
    return new Tis(this.#vit, { planner: this.#planner, halves }, this.#sessions, this.#empty);
  }

  /** Maps of the given classes from the first `masks` masks, each `[classes, N]` (halves: `[2, classes, N]`). */
  async maps(
    plan: Plan,
    scores: Float32Array,
    classes: Int32Array,
    { masks = plan.masks, estimate = 'published' }: MapsOptions = {},
  ): Promise<Maps> {
    const outputs = await this.#sessions[estimate].run(this.#scored(plan, scores, classes, masks));
    return {
      kept: floatOutput(outputs, 'kept'),
      dropped: floatOutput(outputs, 'dropped'),
      keptError: floatOutput(outputs, 'kept_error'),
      halves: floatOutput(outputs, 'halves'),
    };
  }

  /** What each patch adds to the logarithm of each class's probability; always from means, whatever the estimate. */
  async evidence(
    plan: Plan,
    scores: Float32Array,
    classes: Int32Array,
    { masks = plan.masks }: Pick<MapsOptions, 'masks'> = {},
  ): Promise<EvidenceMaps> {
    const outputs = await this.#sessions.evidence.run(this.#scored(plan, scores, classes, masks));
    return {
      evidence: floatOutput(outputs, 'evidence'),
      evidenceWithout: floatOutput(outputs, 'evidence_without'),
    };
  }

  #scored(plan: Plan, scores: Float32Array, classes: Int32Array, masks: number): Record<string, RunTensor> {
    const count = classCount(this.#vit);
    const data = plan.maskIndices.subarray(0, masks * plan.kept);
    return {
      mask_indices: { type: 'int32', data, dims: [masks, plan.kept] },
      log_probabilities: floats(scores.subarray(0, masks * count), masks, count),
      classes: indices(classes, classes.length),
    };
  }

  async release(): Promise<void> {
    for (const session of Object.values(this.#sessions)) await session.release();
  }

  /** The tokens that the rows of a plan choose from. */
  #table({ tokens }: Plan): TokenTable {
    if (this.#empty === null) return tokens;
    const values = new Float32Array(2 * tokens.values.length);
    values.set(tokens.values);
    values.set(this.#empty.values, tokens.values.length);
    return { values, images: 2 };
  }

  /** The tokens of the masks `from` to `to`: the prefix, then the patches that are kept or, for `masked`, every patch. */
  #rows({ maskIndices, kept }: Plan, from: number, to: number): Int32Array {
    const prefix = prefixCount(this.#vit);
    const all = tokenCount(this.#vit);
    const length = this.#empty === null ? prefix + kept : all;
    const rows = new Int32Array((to - from) * length);
    for (let mask = from; mask < to; mask += 1) {
      const row = rows.subarray((mask - from) * length, (mask - from + 1) * length);
      const patches = maskIndices.subarray(mask * kept, (mask + 1) * kept);
      for (let token = 0; token < prefix; token += 1) row[token] = token;
      if (this.#empty === null)
        row.set(
          patches.map((patch) => prefix + patch),
          prefix,
        );
      else {
        for (let token = prefix; token < all; token += 1) row[token] = all + token;
        for (const patch of patches) row[prefix + patch] = prefix + patch;
      }
    }
    return rows;
  }
}
