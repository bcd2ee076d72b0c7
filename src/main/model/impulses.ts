/** Measures a patch projection from outside: single bright pixels in black pictures, and the tokens that they move. */

import { floatTensor } from '../onnx/tensor.js';
import { type Part, answerOf } from './ask.js';
import { floats } from './noise.js';
import type { Patches, Picture } from './patches.js';
import { firstPicture, type Setting } from './setting.js';
import { storedWeight } from './weight.js';

/** Brightness of an impulse: large, so that little is lost to cancellation against the position embedding. */
const bright = 64;
/** No patch is larger. */
const largestPatch = 64;

interface Pixel {
  readonly c: number;
  readonly y: number;
  readonly x: number;
}

function pixelIndex(picture: Picture, { c, y, x }: Pixel): number {
  const { layout, channels, height, width } = picture;
  return layout === 'NCHW' ? (c * height + y) * width + x : (y * width + x) * channels + c;
}

class Impulses {
  readonly #part: Part;
  readonly #setting: Setting;
  readonly #picture: Picture;
  readonly #output: string;
  readonly #atZero: Float32Array;

  constructor(part: Part, setting: Setting, picture: Picture, output: string, atZero: Float32Array) {
    this.#part = part;
    this.#setting = setting;
    this.#picture = picture;
    this.#output = output;
    this.#atZero = atZero;
  }

  /** How the tokens answer to impulses at some pixels, `[tokens, width]`, for a brightness of 1. */
  async response(pixels: readonly Pixel[]): Promise<Float32Array> {
    const data = new Float32Array(this.#setting.asker.size(this.#picture.name));
    for (const pixel of pixels) data[pixelIndex(this.#picture, pixel)] = bright;
    const answer = answerOf(await this.#part.run(new Map([[this.#picture.name, data]])), this.#output);
    const found = firstPicture(answer.data, answer.dims, this.#setting);
    return found.map((value, at) => (value - (this.#atZero[at] ?? 0)) / bright);
  }

  /** Whether twice a random picture moves the tokens twice as far. */
  async isAffine(): Promise<boolean> {
    const noise = floats(this.#setting.asker.size(this.#picture.name), 7);
    const moved = async (factor: number): Promise<Float32Array> => {
      const picture = noise.map((value) => factor * value);
      const answer = answerOf(await this.#part.run(new Map([[this.#picture.name, picture]])), this.#output);
      const found = firstPicture(answer.data, answer.dims, this.#setting);
      return found.map((value, at) => value - (this.#atZero[at] ?? 0));
    };
    const [once, twice] = [await moved(1), await moved(2)];
    const size = twice.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    return once.every((value, at) => Math.abs(2 * value - (twice[at] ?? Number.NaN)) <= 1e-4 * size);
  }

  /** The tokens that a pixel moves. */
  async moved(y: number, x: number): Promise<readonly number[]> {
    const { width, tokens } = this.#setting;
    const pixels = Array.from({ length: this.#picture.channels }, (_, c) => ({ c, y, x }));
    const response = await this.response(pixels);
    const sizes = Array.from({ length: tokens }, (_, token) =>
      response.subarray(token * width, (token + 1) * width).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    );
    const largest = Math.max(...sizes);
    return sizes.flatMap((size, token) => (size > 1e-4 * largest && size > 1e-7 ? [token] : []));
  }
}

/** How far from the corner pixels still move the same token, along one axis. */
async function extent(impulses: Impulses, token: number, vertical: boolean, most: number): Promise<number> {
  for (let at = 1; at < Math.min(most, largestPatch + 1); at += 1) {
    const moved = await impulses.moved(vertical ? at : 0, vertical ? 0 : at);
    if (moved.length > 0 && !moved.includes(token)) return at;
  }
  return most;
}

/**
 * The patch projection of an affine stem from `picture` to the tokens `output`; null when a pixel moves several tokens
 * or patches do not tile the picture in row-major order at the end of the sequence. Every patch of one picture probes
 * another place inside the patch, so `channels * patch area / patches` pictures are enough.
 */
export async function impulseResponse(
  setting: Setting,
  picture: Picture,
  output: string,
  atZero: Float32Array,
): Promise<Patches | null> {
  const part = await setting.asker.part([picture.name], [output], 'the patch embedding');
  try {
    const impulses = new Impulses(part, setting, picture, output, atZero);
    if (!(await impulses.isAffine())) return null;
    const [corner, ...more] = await impulses.moved(0, 0);
    if (corner === undefined || more.length > 0) return null;
    const width = await extent(impulses, corner, false, picture.width);
    const height = await extent(impulses, corner, true, picture.height);
    const [columns, rows] = [Math.floor(picture.width / width), Math.floor(picture.height / height)];
    const count = columns * rows;
    if (count === 0 || corner !== setting.tokens - count) return null;
    const size = picture.channels * height * width;
    const data = new Float32Array(setting.width * size);
    for (let from = 0; from < size; from += count) {
      const places = Math.min(count, size - from);
      const pixels = Array.from({ length: places }, (_, patch): Pixel => {
        const place = from + patch;
        return {
          c: Math.floor(place / (height * width)),
          y: Math.floor(patch / columns) * height + (Math.floor(place / width) % height),
          x: (patch % columns) * width + (place % width),
        };
      });
      const response = await impulses.response(pixels);
      for (let patch = 0; patch < places; patch += 1) {
        const token = corner + patch;
        for (let d = 0; d < setting.width; d += 1) {
          data[d * size + from + patch] = response[token * setting.width + d] ?? 0;
        }
      }
    }
    const weight = storedWeight(floatTensor(data, [setting.width, picture.channels, height, width]));
    // Spread over several layers, what the pixels mean cannot be told apart from the projection.
    return { weight, range: 'normalised', height, width };
  } finally {
    await part.release();
  }
}
