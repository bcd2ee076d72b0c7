/** Proves a lifted ViT part by part against the graph it came from: patch embedding, every block, head. */

import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { prune } from '../onnx/prune.js';
import { floatOutput, floats as tensor } from '../onnx/runner.js';
import { type Asker, answerOf } from './ask.js';
import { floats } from './noise.js';
import { notVit } from './not-vit.js';
import type { Picture } from './patches.js';
import { firstPicture, type Setting } from './setting.js';
import { type AnswerKind, answered } from './head-functions.js';
import { type Vit, classCount } from './vit.js';
import { embed, encode } from './vit-graph.js';

/** Largest difference of one part, relative to the larger of 1 and the largest value; and of the answer of all parts in a row. */
const partTolerance = 1e-4;
const chainTolerance = 1e-3;

/** Where the parts begin and end in the original. */
export interface Boundaries {
  readonly picture: Picture;
  /** Whether the picture is whole numbers from 0 to 255. */
  readonly bytes: boolean;
  /** The residual stream before the first block and after each. */
  readonly streams: readonly string[];
  readonly answer: string;
  readonly answerKind: AnswerKind;
}

/** Largest difference relative to the larger of 1 and the largest value of `a`. */
function difference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  let scale = 1;
  for (let at = 0; at < a.length; at += 1) {
    const value = a[at] ?? Number.NaN;
    const apart = Math.abs(value - (b[at] ?? Number.NaN));
    if (!(apart < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    most = Math.max(most, apart);
    scale = Math.max(scale, Math.abs(value));
  }
  return a.length > 0 && a.length === b.length ? most / scale : Number.POSITIVE_INFINITY;
}

function pruned(g: GraphBuilder): Model {
  const model = g.model();
  return { ...model, graph: prune(model.graph) };
}

export class Prover {
  readonly #vit: Vit;
  readonly #setting: Setting;
  readonly #askers: readonly Asker[];
  readonly #boundaries: Boundaries;

  /** `askers`: graphs to compare with, the file's own first; the last has every boundary. */
  constructor(vit: Vit, setting: Setting, askers: readonly Asker[], boundaries: Boundaries) {
    this.#vit = vit;
    this.#setting = setting;
    this.#askers = askers;
    this.#boundaries = boundaries;
  }

  /**
   * The largest difference of any part.
   * @throws AppError `MODEL_NOT_VIT` naming the part that gives other values.
   */
  async prove(): Promise<number> {
    const { streams, answer, answerKind, picture } = this.#boundaries;
    const pixels = this.#picture();
    const [first = ''] = streams;
    let theirs = await this.#original(picture.name, this.#laidOut(pixels), first, 'the patch embedding');
    let ours = await this.#embedded(pixels);
    let worst = this.#check(theirs, ours, 'the patch embedding');
    for (const [index, block] of this.#vit.blocks.entries()) {
      const what = `block ${String(index + 1)}`;
      const next = await this.#original(streams[index] ?? '', theirs, streams[index + 1] ?? '', what);
      const made = await this.#encoded({ ...this.#vit, blocks: [block] }, theirs, ours, what);
      worst = Math.max(worst, this.#check(next, made.same, what));
      [theirs, ours] = [next, made.chained];
    }
    const expected = await this.#original(streams.at(-1) ?? '', theirs, answer, 'the head');
    const made = await this.#encoded({ ...this.#vit, blocks: [] }, theirs, ours, 'the head');
    worst = Math.max(worst, this.#check(expected, answered(answerKind, made.same), 'the head'));
    const whole = difference(expected, answered(answerKind, made.chained));
    if (whole > chainTolerance) throw this.#refuse('all parts in a row', whole);
    return worst;
  }

  #refuse(part: string, found: number): Error {
    return notVit(
      this.#setting.asker.file,
      `rebuilt from its weights, ${part} gives other values (by ${found.toPrecision(2)}), so it does something that a plain ViT does not`,
    );
  }

  #check(theirs: Float32Array, ours: Float32Array, part: string): number {
    const found = difference(theirs, ours);
    if (found > partTolerance) throw this.#refuse(part, found);
    return found;
  }

  /** A random picture, `[channels, H, W]`. */
  #picture(): Float32Array {
    const { channels, height, width } = this.#boundaries.picture;
    const noise = floats(channels * height * width, 11);
    return this.#boundaries.bytes
      ? noise.map((value) => Math.round(127.5 * (1 + value)))
      : noise.map((value) => 2 * value);
  }

  /** The picture in the layout of the original. */
  #laidOut(pixels: Float32Array): Float32Array {
    const { layout, channels, height, width } = this.#boundaries.picture;
    if (layout === 'NCHW') return pixels;
    const area = height * width;
    return Float32Array.from(
      { length: pixels.length },
      (_, at) => pixels[(at % channels) * area + Math.floor(at / channels)] ?? 0,
    );
  }

  /** What the original makes of one picture's numbers at `from`, every picture of the batch being the same. */
  async #original(from: string, data: Float32Array, to: string, what: string): Promise<Float32Array> {
    const asker = this.#askers.find((one) => one.has(from) && one.has(to)) ?? this.#setting.asker;
    const { batch } = this.#setting;
    const dims = asker.dims(from);
    const answer = answerOf(await asker.once(new Map([[from, this.#batched(data, dims)]]), [to], what), to);
    if (answer.data.length % batch !== 0) throw this.#refuse(what, Number.POSITIVE_INFINITY);
    if (to === this.#boundaries.answer) return answer.data.slice(0, answer.data.length / batch);
    return firstPicture(answer.data, answer.dims, this.#setting);
  }

  #batched(data: Float32Array, dims: readonly number[]): Float32Array {
    const { batch, tokens, width } = this.#setting;
    if (batch === 1) return data;
    const result = new Float32Array(data.length * batch);
    const minor = tokens !== batch && dims[0] === tokens && dims[1] === batch;
    for (let item = 0; item < batch; item += 1) {
      if (!minor) result.set(data, item * data.length);
      else for (let token = 0; token < tokens; token += 1) result.set(data.subarray(token * width, (token + 1) * width), (token * batch + item) * width); // prettier-ignore
    }
    return result;
  }

  async #embedded(pixels: Float32Array): Promise<Float32Array> {
    const { channels, inputHeight, inputWidth, width } = this.#vit;
    const g = new GraphBuilder('embed');
    const input = g.input('pixels', 'float32', ['batch', channels, inputHeight, inputWidth]);
    g.output('tokens', embed(g, this.#vit, input), 'float32', ['batch', this.#setting.tokens, width]);
    const session = await this.#setting.asker.create(pruned(g), 'the rebuilt patch embedding');
    try {
      return floatOutput(await session.run({ pixels: tensor(pixels, 1, channels, inputHeight, inputWidth) }), 'tokens');
    } finally {
      await session.release();
    }
  }

  /** One block or the head on the original's tokens and on our own, side by side. */
  async #encoded(
    vit: Vit,
    theirs: Float32Array,
    ours: Float32Array,
    what: string,
  ): Promise<{ readonly same: Float32Array; readonly chained: Float32Array }> {
    const { tokens, width } = this.#setting;
    const g = new GraphBuilder('part');
    const input = g.input('tokens', 'float32', ['batch', 'tokens', width]);
    const { logits, blockOutputs } = encode(g, vit, input, { blockOutputs: true });
    const [stream] = blockOutputs;
    if (stream === undefined) g.output('made', logits, 'float32', ['batch', classCount(vit)]);
    else g.output('made', stream, 'float32', ['batch', 'tokens', width]);
    const session = await this.#setting.asker.create(pruned(g), `the rebuilt ${what.replace('the ', '')}`);
    try {
      const both = new Float32Array(2 * theirs.length);
      both.set(theirs);
      both.set(ours, theirs.length);
      const made = floatOutput(await session.run({ tokens: tensor(both, 2, tokens, width) }), 'made');
      return { same: made.subarray(0, made.length / 2), chained: made.subarray(made.length / 2) };
    } finally {
      await session.release();
    }
  }
}
