/** ViT-CX (Xie et al., IJCAI 2023): masks from clusters of the last block's features, weighted by their causal effect. */

import type { Vit } from '../model/vit.js';
import { type CreateSession, type Session, floatOutput, floats } from '../onnx/runner.js';
import { imageTensor } from './graph-inputs.js';
import { completeLinkage } from './complete-linkage.js';
import { type Maps, type Method, type MethodRun, type PreparedMethod, itemsByImage } from './method.js';
import { type DrawNormal, normalNoise } from './normal-noise.js';
import { clusterGraph, featureGraph, mapGraph, scoreGraph } from './vit-cx-graphs.js';

/** The masks of an image. */
export interface CxMasks {
  readonly count: number;
  /** `[count, H * W]`, 0 to 1. */
  readonly masks: Float32Array;
  /** Cluster of each feature, `[D]`. */
  readonly clusters: Int32Array;
  /** Softmax of the clean image, `[C]`. */
  readonly probabilities: Float32Array;
}

/** Probabilities of an image behind each mask, `[count, C]`; `noisy` of the unmasked image under the same noise, null without noise. */
export interface CxScores {
  readonly masked: Float32Array;
  readonly noisy: Float32Array | null;
}

/** Masks of one run. */
const chunk = 4;

type Name = 'features' | 'clusters' | 'scores' | 'noisy scores' | 'map';

export class VitCx implements PreparedMethod {
  readonly #vit: Vit;
  readonly #createSession: CreateSession;
  readonly #sessions = new Map<Name, Promise<Session>>();

  constructor(vit: Vit, createSession: CreateSession) {
    this.#vit = vit;
    this.#createSession = createSession;
  }

  async run({ items, parameters, onStep }: MethodRun): Promise<Maps | null> {
    const { threshold = 0.1, noise = 0, seed = 0 } = parameters;
    const { inputHeight: height, inputWidth: width } = this.#vit;
    const maps: Float32Array[] = items.map(() => new Float32Array(0));
    const images = itemsByImage(items);
    const found: CxMasks[] = [];
    for (const { pixels } of images) found.push(await this.masks(pixels, threshold));
    const total = found.reduce((sum, { count }) => sum + Math.ceil(count / chunk), 0);
    let done = 0;
    for (const [at, { pixels, places }] of images.entries()) {
      const own = found[at];
      if (own === undefined) continue;
      const draw = noise > 0 ? normalNoise(seed) : null;
      const scores = await this.scores(pixels, own, draw, noise, () => onStep(++done, total));
      if (scores === null) return null;
      const classes = places.map((place) => items[place]?.classIndex ?? 0);
      const made = await this.maps(own, scores, classes);
      for (const [row, place] of places.entries()) maps[place] = made[row] ?? new Float32Array(0);
    }
    const masks = found.reduce((sum, { count }) => sum + count, 0);
    return { width, height, maps, cost: { forward: images.length + masks * (noise > 0 ? 2 : 1), backward: 0 } };
  }

  /** The masks of an image: features whose masks are nearer than `threshold` (1 - cosine) come together. */
  async masks(pixels: Float32Array, threshold: number): Promise<CxMasks> {
    const { width } = this.#vit;
    const outputs = await (await this.#session('features')).run({ pixels: imageTensor(this.#vit, pixels) });
    const grids = floatOutput(outputs, 'grids');
    const distances = new Float32Array(floatOutput(outputs, 'distances'));
    const clusters = completeLinkage(distances, width, threshold);
    const count = clusters.reduce((most, cluster) => Math.max(most, cluster), -1) + 1;
    const members = new Float32Array(count * width);
    for (const [feature, cluster] of clusters.entries()) members[cluster * width + feature] = 1;
    const made = await (
      await this.#session('clusters')
    ).run({
      grids: floats(grids, width, grids.length / width),
      members: floats(members, count, width),
    });
    return {
      count,
      clusters,
      masks: new Float32Array(floatOutput(made, 'masks')),
      probabilities: new Float32Array(floatOutput(outputs, 'probabilities')),
    };
  }

  /**
   * Scores of all masks; null when `step` says to stop.
   * @param draw noise of each mask in turn, `channels * H * W` numbers; null for none, when `x + n` is the clean image.
   */
  async scores(
    pixels: Float32Array,
    { count, masks, probabilities }: CxMasks,
    draw: DrawNormal | null,
    deviation: number,
    step: () => Promise<boolean>,
  ): Promise<CxScores | null> {
    const { channels, inputHeight: height, inputWidth: width } = this.#vit;
    const session = await this.#session(draw === null ? 'scores' : 'noisy scores');
    const classes = probabilities.length;
    const masked = new Float32Array(count * classes);
    const noisy = draw === null ? null : new Float32Array(count * classes);
    for (let from = 0; from < count; from += chunk) {
      const to = Math.min(from + chunk, count);
      const some = to - from;
      const noise = draw?.(some * channels * height * width, deviation);
      const outputs = await session.run({
        pixels: imageTensor(this.#vit, pixels),
        masks: floats(masks.subarray(from * height * width, to * height * width), some, height * width),
        ...(noise === undefined ? {} : { noise: floats(noise, some, channels, height, width) }),
      });
      masked.set(floatOutput(outputs, 'masked'), from * classes);
      noisy?.set(floatOutput(outputs, 'noisy'), from * classes);
      if (!(await step())) return null;
    }
    return { masked, noisy };
  }

  /** Maps `[H * W]` of classes: the effect of a mask is `p(x M + n) - p(x + n) + p(x)`. */
  async maps(
    { count, masks, probabilities }: CxMasks,
    scores: CxScores,
    classes: readonly number[],
  ): Promise<readonly Float32Array[]> {
    const size = masks.length / Math.max(1, count);
    const all = probabilities.length;
    const effects = Float32Array.from({ length: classes.length * count }, (_, at) => {
      const index = classes[Math.floor(at / count)] ?? 0;
      const place = (at % count) * all + index;
      const clean = probabilities[index] ?? 0;
      return (scores.masked[place] ?? 0) - (scores.noisy === null ? clean : (scores.noisy[place] ?? 0)) + clean;
    });
    const outputs = await (
      await this.#session('map')
    ).run({ masks: floats(masks, count, size), effects: floats(effects, classes.length, count) });
    const maps = floatOutput(outputs, 'maps');
    return classes.map((_, row) => maps.slice(row * size, (row + 1) * size));
  }

  #session(name: Name): Promise<Session> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const graphs = {
      features: featureGraph,
      clusters: clusterGraph,
      scores: (vit: Vit) => scoreGraph(vit, false),
      'noisy scores': (vit: Vit) => scoreGraph(vit, true),
      map: mapGraph,
    } as const;
    const session = this.#createSession(graphs[name](this.#vit));
    this.#sessions.set(name, session);
    // What could not be made is tried again, not remembered.
    session.catch(() => this.#sessions.delete(name));
    return session;
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }
}

export const vitCx: Method = {
  id: 'vit-cx',
  copies: 7,
  refusal: (vit) =>
    vit.blocks.at(-1)?.attention.before === null
      ? 'ViT-CX reads the normalised input of the last block, which takes blocks that normalise before attention (pre-norm). This model normalises after it.'
      : null,
  prepare: (vit, createSession) => Promise.resolve(new VitCx(vit, createSession)),
};
