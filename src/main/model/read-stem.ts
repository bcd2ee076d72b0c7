/** Reads the stem off a graph: patch projection, patch grid, prefix tokens, and the tokens of an all-zero picture. */

import type { PixelRange } from '../../shared/model.js';
import { type Node, intAttribute, intsAttribute } from '../onnx/graph.js';
import { floatTensor } from '../onnx/tensor.js';
import { answerOf } from './ask.js';
import { type GraphWeights, projectionKernel, scaledBy, scaledColumns } from './graph-weight.js';
import { impulseResponse } from './impulses.js';
import { notVit } from './not-vit.js';
import type { Patches, Picture } from './patches.js';
import { readNorm } from './read-norm.js';
import { type Reading, takeReadings } from './readings.js';
import { firstPicture, rowsOfFirst, type Setting } from './setting.js';
import type { Norm } from './vit.js';
import { type Weight, storedWeight } from './weight.js';

export interface Stem {
  readonly patches: Patches;
  readonly tokensAtZero: Weight;
  readonly norm: Norm | null;
  readonly prefix: number;
}

/** Where a number of the picture lies: channel, row and column; null where it is not one number of the first picture. */
function pixelAt(picture: Picture, reading: Reading, at: number): { c: number; y: number; x: number } | null {
  const [row = -1, column = -1] = [reading.row[at], reading.column[at]];
  if (row < 0 || column < 0) return null;
  const { layout, height, width, channels } = picture;
  if (layout === 'NCHW') {
    const c = Math.floor(row / height);
    return c < channels ? { c, y: row % height, x: column } : null;
  }
  const y = Math.floor(row / width);
  return y < height ? { c: column, y, x: row % width } : null;
}

export class StemReader {
  readonly #setting: Setting;
  readonly #weights: GraphWeights;
  readonly #picture: Picture;
  readonly #stream: string;

  constructor(setting: Setting, picture: Picture, stream: string) {
    this.#setting = setting;
    this.#weights = setting.weights;
    this.#picture = picture;
    this.#stream = stream;
  }

  /** @throws AppError `MODEL_NOT_VIT` when the tokens are no linear function of disjoint patches. */
  async read(): Promise<Stem> {
    const { flow, asker } = this.#setting;
    const node = flow.normOf(this.#stream);
    const embedded = node ? flow.core(node.inputs[0] ?? '') : this.#stream;
    const norm = node ? readNorm(this.#weights, node, this.#setting.width) : null;
    const zero = answerOf(
      await asker.once(
        new Map([[this.#picture.name, new Float32Array(asker.size(this.#picture.name))]]),
        [embedded],
        'the patch embedding',
      ),
      embedded,
    );
    const atZero = firstPicture(zero.data, zero.dims, this.#setting);
    const patches = (await this.#exact(embedded)) ?? (await this.#measured(embedded, atZero));
    const count = Math.floor(this.#picture.height / patches.height) * Math.floor(this.#picture.width / patches.width);
    const { tokens, width } = this.#setting;
    return { patches, norm, prefix: tokens - count, tokensAtZero: storedWeight(floatTensor(atZero, [tokens, width])) };
  }

  #refuse(reason: string): Error {
    return notVit(this.#setting.asker.file, reason);
  }

  /** The layers with weights between the picture and the tokens. */
  #layers(embedded: string): readonly Node[] {
    const { flow } = this.#setting;
    const found = new Set<Node>();
    const seen = new Set<string>();
    const queue = [embedded];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const node = flow.producer(name);
      if (!node || seen.has(name) || name === this.#picture.name) continue;
      seen.add(name);
      if (node.op === 'Conv' || flow.isLinear(node)) found.add(node);
      queue.push(...flow.dataInputs(node));
    }
    return [...found];
  }

  /** The projection as one layer of the file holds it; null when it has to be measured. */
  async #exact(embedded: string): Promise<Patches | null> {
    const [layer, ...others] = this.#layers(embedded);
    if (!layer || others.length > 0) return null;
    const [input = ''] = layer.inputs;
    const [output = ''] = layer.outputs;
    if (layer.op === 'Conv' && !isPatchConvolution(layer, this.#setting.asker.dims(layer.inputs[1] ?? ''))) return null;
    const { readings } = await takeReadings(
      this.#setting.asker,
      [
        { name: this.#picture.name, firstColumn: 0 },
        { name: output, firstColumn: 0 },
      ],
      [input, embedded],
      'the patch embedding',
    );
    const [before, after] = [readings.get(input), readings.get(embedded)];
    if (!before || !after) return null;
    return layer.op === 'Conv' ? this.#convolution(layer, before, after) : this.#linear(layer, before, after);
  }

  #convolution(layer: Node, before: Reading, after: Reading): Patches | null {
    const { asker, tokens, width, batch } = this.#setting;
    const dims = asker.dims(layer.inputs[1] ?? '');
    const [outputs = 0, channels = 0, height = 1, wide = 1] = dims;
    const [, , gridHeight = 0, gridWidth = 0] = asker.dims(layer.outputs[0] ?? '');
    if (outputs !== width || channels !== this.#picture.channels) return null;
    if (
      gridHeight !== Math.floor(this.#picture.height / height) ||
      gridWidth !== Math.floor(this.#picture.width / wide)
    )
      return null;
    const area = this.#picture.height * this.#picture.width;
    const scale = new Float32Array(channels);
    for (let at = 0; at < channels * area; at += 1) {
      const c = Math.floor(at / area);
      const [y, x] = [Math.floor((at % area) / this.#picture.width), at % this.#picture.width];
      if (at % area === 0) scale[c] = before.factor[at] ?? 1;
      const pixel = pixelAt(this.#picture, before, at);
      if (pixel?.c !== c || pixel.y !== y || pixel.x !== x) return null;
      if (Math.abs((before.factor[at] ?? 0) / (scale[c] ?? 1) - 1) > 1e-5) return null;
    }
    const count = gridHeight * gridWidth;
    const rows = rowsOfFirst(after.dims, tokens, batch);
    const factor = new Float32Array(width).fill(1);
    for (let token = 0; token < tokens; token += 1) {
      const patch = token - (tokens - count);
      for (let d = 0; d < width; d += 1) {
        const at = (rows[token] ?? 0) * width + d;
        const column = after.column[at] ?? -1;
        if (patch < 0) {
          if (column !== -1) return null;
          continue;
        }
        if (patch === 0) factor[d] = after.factor[at] ?? 1;
        const row = d * gridHeight + Math.floor(patch / gridWidth);
        if (column !== patch % gridWidth || after.row[at] !== row) return null;
        if (Math.abs((after.factor[at] ?? 0) - (factor[d] ?? 0)) > 1e-5 * Math.abs(factor[d] ?? 0)) return null;
      }
    }
    const kernel = this.#weights.weight(layer.inputs[1] ?? '', dims);
    const weight = scaledBy(scaledBy(kernel, scale, [1, channels, 1, 1]), factor, [width, 1, 1, 1]);
    return { weight, range: rangeOf(before), height, width: wide };
  }

  #linear(layer: Node, before: Reading, after: Reading): Patches | null {
    const { asker, tokens, width, batch } = this.#setting;
    const [inputs = 0, outputs = 0] = asker.dims(layer.inputs[1] ?? '');
    if (outputs !== width) return null;
    const rows = rowsOfFirst(after.dims, tokens, batch);
    const prefix = rows.findIndex((row) => (after.column[row * width] ?? -1) >= 0);
    if (prefix < 0) return null;
    const sources = rows.slice(prefix).map((row) => after.row[row * width] ?? -1);
    const factor = new Float32Array(width);
    for (const [token, row] of rows.slice(prefix).entries()) {
      for (let d = 0; d < width; d += 1) {
        const at = row * width + d;
        if (token === 0) factor[d] = after.factor[at] ?? 1;
        if (after.column[at] !== d || after.row[at] !== sources[token]) return null;
      }
    }
    const order = this.#patchOrder(before, inputs, sources);
    if (!order) return null;
    const { channels } = this.#picture;
    const matrix = scaledColumns(this.#weights.weight(layer.inputs[1] ?? '', [inputs, outputs]), factor);
    const kernel = projectionKernel(matrix, order.rows, [width, channels, order.height, order.width]);
    return {
      weight: scaledBy(kernel, order.factor, [1, channels, order.height, order.width]),
      range: rangeOf(before),
      height: order.height,
      width: order.width,
    };
  }

  /** Which input of the layer is which pixel of a patch, the same for all patches in row-major order; null otherwise. */
  #patchOrder(
    before: Reading,
    inputs: number,
    sources: readonly number[],
  ): { rows: readonly number[]; factor: Float32Array; height: number; width: number } | null {
    const { channels } = this.#picture;
    const first = Array.from({ length: inputs }, (_, k) =>
      pixelAt(this.#picture, before, (sources[0] ?? 0) * inputs + k),
    );
    const height = Math.max(...first.map((pixel) => pixel?.y ?? -1)) + 1;
    const width = Math.max(...first.map((pixel) => pixel?.x ?? -1)) + 1;
    if (channels * height * width !== inputs) return null;
    const gridWidth = Math.floor(this.#picture.width / width);
    if (gridWidth * Math.floor(this.#picture.height / height) !== sources.length) return null;
    const rows = new Array<number>(inputs).fill(-1);
    const factor = new Float32Array(inputs).fill(1);
    for (const [k, pixel] of first.entries()) {
      if (!pixel) return null;
      const place = (pixel.c * height + pixel.y) * width + pixel.x;
      rows[place] = k;
      factor[place] = before.factor[(sources[0] ?? 0) * inputs + k] ?? 1;
    }
    if (rows.includes(-1)) return null;
    for (const [patch, source] of sources.entries()) {
      const [top, left] = [Math.floor(patch / gridWidth) * height, (patch % gridWidth) * width];
      for (let k = 0; k < inputs; k += 1) {
        const pixel = pixelAt(this.#picture, before, source * inputs + k);
        const one = first[k];
        if (!one || pixel?.c !== one.c || pixel.y !== one.y + top || pixel.x !== one.x + left) return null;
      }
    }
    return { rows, factor, height, width };
  }

  /** The projection measured by impulses, where it is spread over several layers. */
  async #measured(embedded: string, atZero: Float32Array): Promise<Patches> {
    const layers = this.#layers(embedded);
    const convolutions = layers.filter((node) => node.op === 'Conv').length;
    if (layers.length === 0) throw this.#refuse('no layer with weights lies between the picture and the first block');
    const found = await impulseResponse(this.#setting, this.#picture, embedded, atZero);
    if (found) return found;
    throw this.#refuse(
      convolutions > 1
        ? `${String(convolutions)} convolutions lie before its first block (a hybrid of CNN and ViT), so a token does not stand for one patch of the picture`
        : 'its tokens are no linear function of separate patches, so a token does not stand for one patch of the picture',
    );
  }
}

/** Tells by the arithmetic between the picture and its projection what the picture holds: dividing by about 255 means bytes. */
function rangeOf(before: Reading): PixelRange {
  const places = [...before.column.keys()].filter((at) => (before.column[at] ?? -1) >= 0);
  const plain = places.every((at) => before.factor[at] === 1 && Math.abs(before.offset[at] ?? 0) < 1e-6);
  if (plain) return 'normalised';
  return places.every((at) => Math.abs(before.factor[at] ?? 1) < 0.1) ? 'bytes' : 'unit';
}

/** Whether a convolution cuts the picture into patches: stride equal to kernel, one group, nothing added around it. */
function isPatchConvolution(conv: Node, dims: readonly number[]): boolean {
  const [, , ...kernel] = dims;
  const strides = intsAttribute(conv, 'strides') ?? [1, 1];
  return (
    kernel.length === 2 &&
    kernel.every((size, axis) => size === strides[axis]) &&
    (intsAttribute(conv, 'dilations') ?? []).every((dilation) => dilation === 1) &&
    (intsAttribute(conv, 'pads') ?? []).every((pad) => pad === 0) &&
    intAttribute(conv, 'group', 1) === 1
  );
}
