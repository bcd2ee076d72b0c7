/** Preprocessing as graphs: PIL's antialiased resize and crop as two matrix products, then normalisation. */

import type { FractionRect, Preprocessing } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { type CreateSession, type RunTensor, type Session, floatOutput, floats } from '../onnx/runner.js';

/** An upright 8-bit RGB image, `[height, width, 3]` row-major. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Rows of the source that are resized at a time, so that a 100-megapixel image does not become one huge float tensor. */
const slabPixels = 4_000_000;

interface Filter {
  readonly support: number;
  readonly weight: (x: number) => number;
}

function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** PIL's filters; nearest is not a filter and handled apart. */
const filters: Readonly<Record<Exclude<Preprocessing['interpolation'], 'nearest'>, Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/**
 * The weights of a one-dimensional resize from `from` to `to` samples, restricted to the outputs
 * `offset .. offset + count`: `[count, from]` row-major, as PIL's ImagingResample computes them. Outputs outside
 * 0..to are black (zero rows), as a crop larger than the image pads.
 */
export function resizeMatrix(
  from: number,
  to: number,
  offset: number,
  count: number,
  interpolation: Preprocessing['interpolation'],
): Float32Array {
  const matrix = new Float32Array(count * from);
  const scale = from / to;
  for (let row = 0; row < count; row += 1) {
    const output = offset + row;
    if (output < 0 || output >= to) continue;
    const center = (output + 0.5) * scale;
    if (interpolation === 'nearest' || from === to) {
      matrix[row * from + Math.min(from - 1, Math.floor(center))] = 1;
      continue;
    }
    const { support, weight } = filters[interpolation];
    const stretch = Math.max(1, scale);
    const first = Math.max(0, Math.trunc(center - support * stretch + 0.5));
    const end = Math.min(from, Math.trunc(center + support * stretch + 0.5));
    const weights = Array.from({ length: end - first }, (_, index) => weight((index + first - center + 0.5) / stretch));
    const sum = weights.reduce((total, value) => total + value, 0);
    weights.forEach((value, index) => (matrix[row * from + first + index] = sum === 0 ? 0 : value / sum));
  }
  return matrix;
}

/** Rounds half to even, as Python's `round` does in the reference's centre crop. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

interface Geometry {
  /** Size after the resize. */
  readonly width: number;
  readonly height: number;
  /** Place of the crop in the resized image; negative where the crop is larger. */
  readonly left: number;
  readonly top: number;
}

function geometry(preprocessing: Preprocessing, width: number, height: number): Geometry {
  const { resize, crop } = preprocessing;
  const short = Math.min(width, height);
  const side = (length: number): number =>
    resize.kind === 'exact' || length === short ? 0 : Math.max(1, Math.trunc((resize.size * length) / short));
  const size =
    resize.kind === 'exact'
      ? { width: resize.width, height: resize.height }
      : { width: side(width) || resize.size, height: side(height) || resize.size };
  if (!crop) return { ...size, left: 0, top: 0 };
  return {
    ...size,
    left: roundHalfEven((size.width - crop.width) / 2),
    top: roundHalfEven((size.height - crop.height) / 2),
  };
}

/** PIL keeps 8 bits between and after its two passes. */
function toByteRange(g: GraphBuilder, x: Value): Value {
  return g.op('Clip', [g.op('Floor', [g.add(x, g.float(0.5))]), g.float(0), g.float(255)]);
}

/** Rows of an RGB image `[h, W, 3]` (uint8) to `[3, h, width]`. */
function horizontalGraph(): Model {
  const g = new GraphBuilder('resize_horizontal');
  const image = g.input('image', 'uint8', ['h', 'W', 3]);
  const matrix = g.input('matrix', 'float32', ['width', 'W']);
  const planes = g.cast(g.transpose(image, 2, 0, 1), 'float32');
  g.output('rows', toByteRange(g, g.matMul(planes, g.transpose(matrix, 1, 0))), 'float32', [3, 'h', 'width']);
  return g.model();
}

/** `[3, H, width]` to the picture `[3, height, width]` in 0..255 and the model's input. */
function verticalGraph(preprocessing: Preprocessing): Model {
  const g = new GraphBuilder('resize_vertical');
  const rows = g.input('rows', 'float32', [3, 'H', 'width']);
  const matrix = g.input('matrix', 'float32', ['height', 'H']);
  const picture = toByteRange(g, g.matMul(matrix, rows));
  const channels = (values: readonly number[]): Value => g.floats(Float32Array.from(values), [3, 1, 1]);
  const scaled = g.mul(picture, g.float(preprocessing.scale));
  const normalised = g.div(g.sub(scaled, channels(preprocessing.mean)), channels(preprocessing.std));
  g.output('pixels', normalised, 'float32', [3, 'height', 'width']);
  g.output('picture', g.cast(g.transpose(picture, 1, 2, 0), 'uint8'), 'uint8', ['height', 'width', 3]);
  return g.model();
}

/** Turns images into the input of one model. */
export class Preprocessor {
  readonly #preprocessing: Preprocessing;
  readonly #width: number;
  readonly #height: number;
  readonly #horizontal: Session;
  readonly #vertical: Session;

  private constructor(
    preprocessing: Preprocessing,
    input: { width: number; height: number },
    horizontal: Session,
    vertical: Session,
  ) {
    this.#preprocessing = preprocessing;
    this.#width = input.width;
    this.#height = input.height;
    this.#horizontal = horizontal;
    this.#vertical = vertical;
  }

  /** @throws AppError `MODEL_UNSUPPORTED` when the preprocessing does not end in the model's input size. */
  static async create(
    preprocessing: Preprocessing,
    input: { width: number; height: number },
    createSession: CreateSession,
  ): Promise<Preprocessor> {
    const { crop, resize } = preprocessing;
    const result = crop ?? (resize.kind === 'exact' ? resize : undefined);
    if (result?.width !== input.width || result.height !== input.height) {
      const found = result ? `${String(result.width)} x ${String(result.height)}` : 'images of any shape';
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `The preprocessing gives ${found}, but the model takes ${String(input.width)} x ${String(input.height)}.`,
        'Correct size and crop_size in preprocessor_config.json.',
      );
    }
    return new Preprocessor(
      preprocessing,
      input,
      await createSession(horizontalGraph()),
      await createSession(verticalGraph(preprocessing)),
    );
  }

  /** What the model sees of an image of this size, as a part of it. */
  view(width: number, height: number): FractionRect {
    const size = geometry(this.#preprocessing, width, height);
    return {
      left: size.left / size.width,
      top: size.top / size.height,
      width: this.#width / size.width,
      height: this.#height / size.height,
    };
  }

  async #horizontalRows(image: RgbImage, matrix: Float32Array): Promise<Float32Array> {
    const { width, height, pixels } = image;
    const step = Math.max(1, Math.floor(slabPixels / width));
    const all = new Float32Array(3 * height * this.#width);
    for (let top = 0; top < height; top += step) {
      const rows = Math.min(step, height - top);
      const data = pixels.subarray(top * width * 3, (top + rows) * width * 3);
      const outputs = await this.#horizontal.run({
        image: { type: 'uint8', data, dims: [rows, width, 3] },
        matrix: floats(matrix, this.#width, width),
      });
      const slab = floatOutput(outputs, 'rows');
      if (rows === height) return slab;
      for (let plane = 0; plane < 3; plane += 1) {
        const part = slab.subarray(plane * rows * this.#width, (plane + 1) * rows * this.#width);
        all.set(part, (plane * height + top) * this.#width);
      }
    }
    return all;
  }

  async #run(image: RgbImage, output: 'pixels' | 'picture'): Promise<Readonly<Record<string, RunTensor>>> {
    const { interpolation } = this.#preprocessing;
    const size = geometry(this.#preprocessing, image.width, image.height);
    const across = resizeMatrix(image.width, size.width, size.left, this.#width, interpolation);
    const down = resizeMatrix(image.height, size.height, size.top, this.#height, interpolation);
    const rows = await this.#horizontalRows(image, across);
    return this.#vertical.run(
      { rows: floats(rows, 3, image.height, this.#width), matrix: floats(down, this.#height, image.height) },
      [output],
    );
  }

  /** The model's input `[3, H, W]`. */
  async pixels(image: RgbImage): Promise<Float32Array> {
    return floatOutput(await this.#run(image, 'pixels'), 'pixels');
  }

  /** The same before normalisation, as an RGB picture. */
  async picture(image: RgbImage): Promise<RgbImage> {
    const tensor = (await this.#run(image, 'picture')).picture;
    if (tensor?.type !== 'uint8') throw new RangeError("Output 'picture' is not uint8");
    return { width: this.#width, height: this.#height, pixels: tensor.data };
  }

  async release(): Promise<void> {
    await this.#horizontal.release();
    await this.#vertical.release();
  }
}
