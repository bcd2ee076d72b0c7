/**
 * Insertion and Deletion (Petsiuk et al., BMVC 2018) as the TIS repository computes them: the probability of a class while
 * pixels are switched between an image and a baseline, the most salient first.
 */

import { type Vit, classCount } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { fuse } from '../onnx/passes/fuse.js';
import { type CreateSession, type RunTensor, type Session, floatOutput, floats, indices } from '../onnx/runner.js';
import { blurGraph } from './baselines.js';
import { ranksOf } from './pixel-order.js';

/**
 * `before` and `after` `[1, channels, H, W]`, `ranks [H * W]`, `limits [m]` and `class [1]` to `probabilities [m]` of the
 * class on m images: `after` where the rank is below the image's limit, `before` elsewhere.
 */
function switchedGraph(vit: Vit): Model {
  const g = new GraphBuilder('switched');
  const { channels, inputHeight: height, inputWidth: width } = vit;
  const before = g.input('before', 'float32', [1, channels, height, width]);
  const after = g.input('after', 'float32', [1, channels, height, width]);
  const ranks = g.reshape(g.input('ranks', 'int32', [height * width]), 1, 1, height, width);
  const limits = g.reshape(g.input('limits', 'int32', ['m']), -1, 1, 1, 1);
  const wanted = g.input('class', 'int64', [1]);
  const images = g.op('Where', [g.op('Less', [ranks, limits]), after, before]);
  const { logits } = encode(g, vit, embed(g, vit, images), { blockOutputs: false });
  g.output('probabilities', g.reshape(g.gather(g.softmax(logits), wanted, 1), -1), 'float32', ['m']);
  return fuse(g.model(), 'cpu');
}

/** Images of one run. */
const chunk = 8;

export interface CurvesRequest {
  /** `[1, channels, H, W]`, normalised. */
  readonly pixels: Float32Array;
  /** Likewise: what stands where the image does not. */
  readonly baseline: Float32Array;
  /** Pixels by falling saliency, `[H * W]`, from `pixelOrder`. */
  readonly order: Int32Array;
  readonly classIndex: number;
  /** In how many steps of equal size (rounded up to whole pixels) all pixels are switched; 224 by default. */
  readonly steps?: number;
  /**
   * Computes only every such step, counted back from the last; 1, every step, by default. Areas then move towards the end
   * of the curve, by about `(every - 1) / (2 steps)` of the way from its start: nearly the same for all maps of an image.
   */
  readonly every?: number;
}

/** Softmax probability of the class after each computed step, the untouched start left out. */
export interface Curves {
  /** From the baseline to the image: the last point is the whole image. */
  readonly insertion: Float32Array;
  /** From the image to the baseline: the last point is the whole baseline. */
  readonly deletion: Float32Array;
}

/** How many pixels are switched at each computed step. @throws RangeError unless both counts are whole and positive. */
function limitsOf(pixels: number, steps: number, every: number): Int32Array {
  if (![steps, every].every((count) => Number.isInteger(count) && count > 0)) {
    throw new RangeError(`Steps are whole and at least one, not ${String(steps)} and every ${String(every)}`);
  }
  const each = Math.ceil(pixels / steps);
  const points = Math.ceil(steps / every);
  const stepOf = (point: number): number => steps - every * (points - 1 - point);
  return Int32Array.from({ length: points }, (_, point) => Math.min(pixels, stepOf(point) * each));
}

/** Insertion and Deletion on one model. */
export class PerturbationCurves {
  readonly #vit: Vit;
  readonly #blur: Session;
  readonly #switched: Session;

  private constructor(vit: Vit, blur: Session, switched: Session) {
    this.#vit = vit;
    this.#blur = blur;
    this.#switched = switched;
  }

  static async create(vit: Vit, createSession: CreateSession): Promise<PerturbationCurves> {
    const blur = await createSession(blurGraph(vit));
    return new PerturbationCurves(vit, blur, await createSession(switchedGraph(vit)));
  }

  /** The image `[1, channels, H, W]` blurred, the baseline that leaves an image its colours and takes its detail. */
  async blurBaseline(pixels: Float32Array): Promise<Float32Array> {
    return new Float32Array(floatOutput(await this.#blur.run({ pixels: this.#image(pixels) }), 'blurred'));
  }

  /**
   * Both curves of one image and class, `ceil(steps / every)` points each.
   * @throws RangeError for an image, baseline or order of another size than the model's, a class that it does not have, or
   * steps that are not whole and positive.
   */
  async curves(request: CurvesRequest): Promise<Curves> {
    const { order, classIndex, steps = 224, every = 1 } = request;
    const count = this.#vit.inputHeight * this.#vit.inputWidth;
    if (!Number.isInteger(classIndex) || classIndex < 0 || classIndex >= classCount(this.#vit)) {
      throw new RangeError(`The model has no class ${String(classIndex)}`);
    }
    const ranks = { type: 'int32', data: ranksOf(order, count), dims: [count] } as const;
    const limits = limitsOf(count, steps, every);
    const [image, baseline] = [this.#image(request.pixels), this.#image(request.baseline)];
    const feeds = { ranks, class: indices([classIndex], 1) };
    return {
      insertion: await this.#curve({ ...feeds, before: baseline, after: image }, limits),
      deletion: await this.#curve({ ...feeds, before: image, after: baseline }, limits),
    };
  }

  async #curve(feeds: Readonly<Record<string, RunTensor>>, limits: Int32Array): Promise<Float32Array> {
    const curve = new Float32Array(limits.length);
    for (let from = 0; from < limits.length; from += chunk) {
      const some = limits.slice(from, from + chunk);
      const outputs = await this.#switched.run({
        ...feeds,
        limits: { type: 'int32', data: some, dims: [some.length] },
      });
      curve.set(floatOutput(outputs, 'probabilities'), from);
    }
    return curve;
  }

  #image(pixels: Float32Array): RunTensor {
    const { channels, inputHeight, inputWidth } = this.#vit;
    if (pixels.length !== channels * inputHeight * inputWidth) {
      throw new RangeError(`An image of ${String(pixels.length)} numbers is not of the model's input size`);
    }
    return floats(pixels, 1, channels, inputHeight, inputWidth);
  }

  async release(): Promise<void> {
    await this.#blur.release();
    await this.#switched.release();
  }
}

/** The number that a curve comes to: the plain mean of its points. Insertion is better higher, Deletion lower. */
export function areaOf(curve: Float32Array): number {
  return curve.reduce((sum, value) => sum + value, 0) / curve.length;
}
