/** ViT-CX on inputs that are not square, against its definition pixel by pixel, and on features without contrast. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { VitCx } from '../../../src/main/explain/vit-cx.js';
import { type Vit, classCount } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { storedWeight } from '../../../src/main/model/weight.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { type CreateSession, floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { floatTensor } from '../../../src/main/onnx/tensor.js';
import { randomVit } from '../../support/random-vit.js';

const goOn = (): Promise<boolean> => Promise.resolve(true);

function picture(vit: Vit): Float32Array {
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * 0.37));
}

/** Probabilities of pictures, and the features of the last block, `[tokens, D]`. */
async function plain(vit: Vit): Promise<(pixels: Float32Array) => Promise<readonly [Float32Array, Float32Array]>> {
  const g = new GraphBuilder('plain');
  const input = g.input('pixels', 'float32', [1, vit.channels, vit.inputHeight, vit.inputWidth]);
  const { logits, blocks } = encode(g, vit, embed(g, vit, input), { blockOutputs: false });
  g.output('p', g.softmax(logits), 'float32', [1, classCount(vit)]);
  g.output('features', blocks.at(-1)?.normalised ?? input, 'float32', [1, 'tokens', vit.width]);
  const session = await cpuSessions(1)(g.model());
  return async (pixels) => {
    const outputs = await session.run({ pixels: floats(pixels, 1, vit.channels, vit.inputHeight, vit.inputWidth) });
    return [floatOutput(outputs, 'p'), floatOutput(outputs, 'features')];
  };
}

/** A grid at a pixel: linear between the centres of cells, the border repeated. */
function enlargedAt(grid: (row: number, column: number) => number, vit: Vit, row: number, column: number): number {
  const near = (pixel: number, size: number, cells: number): readonly [number, number, number] => {
    const position = Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / size - 0.5));
    const below = Math.floor(position);
    return [below, Math.min(below + 1, cells - 1), position - below];
  };
  const [top, bottom, down] = near(row, vit.inputHeight, vit.gridHeight);
  const [left, right, across] = near(column, vit.inputWidth, vit.gridWidth);
  const line = (at: number): number => (1 - across) * grid(at, left) + across * grid(at, right);
  return (1 - down) * line(top) + down * line(bottom);
}

function scaled(map: readonly number[]): number[] {
  const [low, high] = [Math.min(...map), Math.max(...map)];
  return map.map((value) => (value - low) / (high - low));
}

/** The model with channels of the last block's features that are the same for every token. */
function withConstantFeatures(vit: Vit, channels: number): Vit {
  const scale = new Float32Array(vit.width).fill(1).fill(0, 0, channels);
  // Interpolating numbers like these rounds.
  const shift = Float32Array.from({ length: vit.width }, (_, channel) => Math.sin(channel + 1) * 3);
  const weight = (data: Float32Array): ReturnType<typeof storedWeight> => storedWeight(floatTensor(data, [vit.width]));
  const blocks = vit.blocks.map((block, index) => {
    const { before } = block.attention;
    if (index < vit.blocks.length - 1 || before === null) return block;
    return {
      ...block,
      attention: { ...block.attention, before: { ...before, scale: weight(scale), shift: weight(shift) } },
    };
  });
  return { ...vit, blocks };
}

describe('ViT-CX', () => {
  it.each([
    ['wide', {}],
    ['tall, one channel, no prefix', { channels: 1, grid: [2, 5], prefix: [], pooling: 'mean-patches' }],
    ['registers', { prefix: ['cls', 'register', 'register'] }],
  ] as const)('spreads the effects of masked images over their masks: %s', async (_, shape) => {
    const vit = randomVit(shape);
    const { inputWidth: width, gridWidth } = vit;
    const pixels = picture(vit);
    const size = vit.inputHeight * width;
    const model = await plain(vit);
    const [clean, features] = await model(pixels);
    const cx = new VitCx(vit, cpuSessions(1));
    const found = await cx.masks(pixels, 0.3);
    expect(found.count).toBeGreaterThan(1);
    const featureMaps = Array.from({ length: vit.width }, (__, channel) =>
      scaled(
        Array.from({ length: size }, (___, at) =>
          enlargedAt(
            (row, column) => features[(vit.prefix.length + row * gridWidth + column) * vit.width + channel] ?? NaN,
            vit,
            Math.floor(at / width),
            at % width,
          ),
        ),
      ),
    );
    const noise = pixels.map((value, at) => 0.1 * Math.cos(at + value));
    const masks: number[][] = [];
    const effects: number[] = [];
    for (let cluster = 0; cluster < found.count; cluster += 1) {
      const members = featureMaps.filter((__, channel) => found.clusters[channel] === cluster);
      const mask = scaled(
        Array.from({ length: size }, (__, at) => members.reduce((sum, map) => sum + (map[at] ?? 0), 0)),
      );
      const hidden = noise.map((value, at) => value * (1 - (mask[at % size] ?? NaN)));
      const [masked] = await model(pixels.map((value, at) => value * (mask[at % size] ?? NaN) + (hidden[at] ?? NaN)));
      const [noisy] = await model(pixels.map((value, at) => value + (hidden[at] ?? NaN)));
      masks.push(mask);
      effects.push((masked[2] ?? NaN) - (noisy[2] ?? NaN) + (clean[2] ?? NaN));
    }
    const repeated = (count: number): Float32Array =>
      Float32Array.from({ length: count }, (__, at) => noise[at % noise.length] ?? NaN);
    const scores = await cx.scores(pixels, found, repeated, 0.1, goOn);
    const [map] = scores === null ? [] : await cx.maps(found, scores, [2]);
    await cx.release();
    expect(map).toHaveLength(size);
    for (let at = 0; at < size; at += 1) {
      const coverage = masks.reduce((sum, mask) => sum + (mask[at] ?? 0), 0);
      const effect = masks.reduce((sum, mask, index) => sum + (effects[index] ?? NaN) * (mask[at] ?? NaN), 0);
      expect(map?.[at]).toBeCloseTo(effect / coverage / masks.length, 5);
    }
  });

  it.each([
    [4, 1],
    [7, 5],
    [10, 3],
    [14, 5],
    [14, 24],
  ])('has no mask of features without contrast: patches of %i pixels, %i features', async (patch, channels) => {
    const vit = withConstantFeatures(randomVit({ patch, grid: [5, 3] }), channels);
    const cx = new VitCx(vit, cpuSessions(1));
    const pixels = picture(vit);
    const { masks, clusters } = await cx.masks(pixels, 0.1);
    const size = vit.inputHeight * vit.inputWidth;
    for (const cluster of clusters.subarray(0, channels)) {
      // Rounding must not pass for a mask, alone or among features of the picture.
      expect(clusters.filter((other) => other === cluster)).toHaveLength(1);
      expect(new Set(masks.subarray(cluster * size, (cluster + 1) * size))).toEqual(new Set([0]));
    }
    for (const noise of [0, 0.1]) {
      const parameters = { threshold: 0.1, noise, seed: 1 };
      const result = await cx.run({ items: [{ pixels, classIndex: 1 }], parameters, onStep: goOn });
      expect(result?.maps[0]?.every(Number.isFinite)).toBe(true);
    }
    await cx.release();
  });

  it('goes on after a session that could not be made', async () => {
    const vit = randomVit();
    const create = cpuSessions(1);
    let attempts = 0;
    const failing: CreateSession = (model) => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error('No memory')) : create(model);
    };
    const cx = new VitCx(vit, failing);
    const run = { items: [{ pixels: picture(vit), classIndex: 0 }], parameters: { threshold: 0.1 }, onStep: goOn };
    await expect(cx.run(run)).rejects.toThrow('No memory');
    expect((await cx.run(run))?.maps).toHaveLength(1);
    await cx.release();
  });
});
