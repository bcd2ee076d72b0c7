/** Preprocessing as graphs: PIL's antialiased resize and crop as two matrix products, then normalisation. */

import type { FractionRect } from '../../shared/audit.js';
import type { Preprocessing } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { type CreateSession, type RunTensor, type Session, floatOutput, floats } from '../onnx/runner.js';
import { cropGeometry, modelView, type Size } from './crop-geometry.js';
import { resizeMatrix } from './resize-matrix.js';
import type { RgbImage } from './rgb-image.js';

/** Rows of the source that are resized at a time, so that a 100-megapixel image does not become one huge float tensor. */
const slabPixels = 4_000_000;

/** What a model takes. */
interface PixelInput extends Size {
  /** 3 (RGB) or 1 (luma). */
  readonly channels: number;
}

/** PIL keeps 8 bits between and after its two passes. */
function toByteRange(g: GraphBuilder, x: Value): Value {
  return g.op('Clip', [g.op('Floor', [g.add(x, g.float(0.5))]), g.float(0), g.float(255)]);
}

/**
 * PIL's `convert('L')`: (19595 R + 38470 G + 7471 B + 32768) >> 16, exact in float32 as every sum stays below 2^24.
 * `[3, h, W]` to `[1, h, W]`.
 */
function luma(g: GraphBuilder, planes: Value): Value {
  const weighted = g.mul(planes, g.floats(Float32Array.of(19595, 38470, 7471), [3, 1, 1]));
  const sum = g.add(g.reduceSum(weighted, 0, true), g.float(32_768));
  return g.op('Floor', [g.mul(sum, g.float(1 / 65_536))]);
}

/** Rows of an RGB image `[h, W, 3]` (uint8) to `[channels, h, width]`. */
function horizontalGraph(channels: number): Model {
  const g = new GraphBuilder('resize_horizontal');
  const image = g.input('image', 'uint8', ['h', 'W', 3]);
  const matrix = g.input('matrix', 'float32', ['width', 'W']);
  const colours = g.cast(g.transpose(image, 2, 0, 1), 'float32');
  const planes = channels === 1 ? luma(g, colours) : colours;
  const rows = toByteRange(g, g.matMul(planes, g.transpose(matrix, 1, 0)));
  g.output('rows', rows, 'float32', [channels, 'h', 'width']);
  return g.model();
}

function fillOf({ fill = [0, 0, 0] }: Preprocessing, channels: number): readonly number[] {
  const [red, green, blue] = fill;
  return channels === 1 ? [Math.floor((19595 * red + 38470 * green + 7471 * blue + 32_768) / 65_536)] : fill;
}

/**
 * `[channels, H, width]` to the picture `[3 or 1, height, width]` in 0..255 and the model's input. `inside_rows`
 * `[height, 1]` and `inside_columns` `[1, width]` are 0 where the crop adds a border, otherwise 1.
 */
function verticalGraph(preprocessing: Preprocessing, channels: number): Model {
  const g = new GraphBuilder('resize_vertical');
  const rows = g.input('rows', 'float32', [channels, 'H', 'width']);
  const matrix = g.input('matrix', 'float32', ['height', 'H']);
  const inside = g.mul(
    g.input('inside_rows', 'float32', ['height', 1]),
    g.input('inside_columns', 'float32', [1, 'width']),
  );
  const perChannel = (values: readonly number[]): Value =>
    g.floats(Float32Array.from(values.slice(0, channels)), [channels, 1, 1]);
  const border = g.mul(g.sub(g.float(1), inside), perChannel(fillOf(preprocessing, channels)));
  const picture = g.add(toByteRange(g, g.matMul(matrix, rows)), border);
  const scaled = g.mul(picture, g.float(preprocessing.scale));
  const normalised = g.div(g.sub(scaled, perChannel(preprocessing.mean)), perChannel(preprocessing.std));
  g.output('pixels', normalised, 'float32', [channels, 'height', 'width']);
  const colours = channels === 1 ? g.concat(0, picture, picture, picture) : picture;
  g.output('picture', g.cast(g.transpose(colours, 1, 2, 0), 'uint8'), 'uint8', ['height', 'width', 3]);
  return g.model();
}

/** 1 for the outputs that lie on the image, 0 for the border. */
function insideOf(offset: number, count: number, size: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => (offset + at >= 0 && offset + at < size ? 1 : 0));
}

/** Turns images into the input of one model. */
export class Preprocessor {
  readonly #preprocessing: Preprocessing;
  readonly #width: number;
  readonly #height: number;
  readonly #channels: number;
  readonly #horizontal: Session;
  readonly #vertical: Session;

  private constructor(preprocessing: Preprocessing, input: PixelInput, horizontal: Session, vertical: Session) {
    this.#preprocessing = preprocessing;
    this.#width = input.width;
    this.#height = input.height;
    this.#channels = input.channels;
    this.#horizontal = horizontal;
    this.#vertical = vertical;
  }

  /** @throws AppError `MODEL_UNSUPPORTED` when the preprocessing does not end in the model's input size. */
  static async create(
    preprocessing: Preprocessing,
    input: Size & Partial<PixelInput>,
    createSession: CreateSession,
  ): Promise<Preprocessor> {
    const { crop, resize } = preprocessing;
    const result = crop ?? (resize.kind === 'exact' ? resize : undefined);
    if (result?.width !== input.width || result.height !== input.height) {
      const found = result ? `${String(result.width)} x ${String(result.height)}` : 'images of any shape';
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `The preprocessing gives ${found}, but the model takes ${String(input.width)} x ${String(input.height)}.`,
        'Choose another preprocessing, or correct size and crop_size in preprocessor_config.json.',
      );
    }
    const { channels = 3 } = input;
    return new Preprocessor(
      preprocessing,
      { ...input, channels },
      await createSession(horizontalGraph(channels)),
      await createSession(verticalGraph(preprocessing, channels)),
    );
  }

  /** What the model sees of an image of this size, as a part of it; beyond 0 and 1 where a border is added. */
  view(width: number, height: number): FractionRect {
    const input = { width: this.#width, height: this.#height };
    return modelView(cropGeometry(this.#preprocessing, width, height), input);
  }

  async #horizontalRows(image: RgbImage, matrix: Float32Array): Promise<Float32Array> {
    const { width, height, pixels } = image;
    const step = Math.max(1, Math.floor(slabPixels / width));
    const all = new Float32Array(this.#channels * height * this.#width);
    for (let top = 0; top < height; top += step) {
      const rows = Math.min(step, height - top);
      const data = pixels.subarray(top * width * 3, (top + rows) * width * 3);
      const outputs = await this.#horizontal.run({
        image: { type: 'uint8', data, dims: [rows, width, 3] },
        matrix: floats(matrix, this.#width, width),
      });
      const slab = floatOutput(outputs, 'rows');
      if (rows === height) return slab;
      for (let plane = 0; plane < this.#channels; plane += 1) {
        const part = slab.subarray(plane * rows * this.#width, (plane + 1) * rows * this.#width);
        all.set(part, (plane * height + top) * this.#width);
      }
    }
    return all;
  }

  async #run(image: RgbImage, output: 'pixels' | 'picture'): Promise<Readonly<Record<string, RunTensor>>> {
    const { interpolation } = this.#preprocessing;
    const size = cropGeometry(this.#preprocessing, image.width, image.height);
    const across = resizeMatrix(image.width, size.width, size.left, this.#width, interpolation);
    const down = resizeMatrix(image.height, size.height, size.top, this.#height, interpolation);
    const rows = await this.#horizontalRows(image, across);
    const feeds = {
      rows: floats(rows, this.#channels, image.height, this.#width),
      matrix: floats(down, this.#height, image.height),
      inside_rows: floats(insideOf(size.top, this.#height, size.height), this.#height, 1),
      inside_columns: floats(insideOf(size.left, this.#width, size.width), 1, this.#width),
    };
    return this.#vertical.run(feeds, [output]);
  }

  /** The model's input `[channels, H, W]`. */
  async pixels(image: RgbImage): Promise<Float32Array> {
    return floatOutput(await this.#run(image, 'pixels'), 'pixels');
  }

  /** The same before normalisation, as an RGB picture (grey for one channel). */
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
