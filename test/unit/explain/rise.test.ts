/** RISE on inputs that are not square, against its definition pixel by pixel. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { Rise } from '../../../src/main/explain/rise.js';
import { drawRiseMasks, type RiseDraw } from '../../../src/main/explain/rise-masks.js';
import { type Vit, classCount } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { type CreateSession, floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { randomVit } from '../../support/random-vit.js';

const goOn = (): Promise<boolean> => Promise.resolve(true);

function picture(vit: Vit): Float32Array {
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * 0.37));
}

/** The value of an enlarged grid between the centres of its cells, mirrored beyond the first and last. */
function between(cell: (index: number) => number, pixel: number, size: number, cells: number): number {
  const enlarged = (cells + 1) * Math.ceil(size / cells);
  const centre = ((pixel + 0.5) * cells) / enlarged - 0.5;
  const position = centre < 0 ? -centre : centre > cells - 1 ? 2 * (cells - 1) - centre : centre;
  const below = Math.floor(position);
  const share = position - below;
  return (1 - share) * cell(below) + (share === 0 ? 0 : share * cell(below + 1));
}

/** Mask `index` of a draw, `[H * W]`. */
function maskOf({ grids, shifts }: RiseDraw, index: number, cells: number, vit: Vit): Float32Array {
  const { inputHeight: height, inputWidth: width } = vit;
  const [down = 0, right = 0] = shifts.subarray(2 * index);
  const grid = grids.subarray(index * cells * cells);
  return Float32Array.from({ length: height * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width) + down, (at % width) + right];
    const across = (line: number): number => between((cell) => grid[line * cells + cell] ?? NaN, column, width, cells);
    return between(across, row, height, cells);
  });
}

async function logitsOf(vit: Vit, pixels: Float32Array): Promise<Float32Array> {
  const g = new GraphBuilder('plain');
  const input = g.input('pixels', 'float32', [1, vit.channels, vit.inputHeight, vit.inputWidth]);
  g.output('logits', encode(g, vit, embed(g, vit, input), { blockOutputs: false }).logits, 'float32', [
    1,
    classCount(vit),
  ]);
  const session = await cpuSessions(1)(g.model());
  const feed = { pixels: floats(pixels, 1, vit.channels, vit.inputHeight, vit.inputWidth) };
  return floatOutput(await session.run(feed), 'logits');
}

describe('RISE', () => {
  it.each([
    ['wide, cells of different sides', {}, 3],
    ['tall, one channel, no prefix', { channels: 1, grid: [2, 5], prefix: [], pooling: 'mean-patches' }, 5],
    ['more cells than pixels', { grid: [2, 3] }, 15],
  ] as const)('is the mean of masks weighted by logits: %s', async (_, shape, cells) => {
    const vit = randomVit(shape);
    const pixels = picture(vit);
    const keep = 0.4;
    // One more than a run takes.
    const count = 9;
    const draw = drawRiseMasks({ count, cells, keep, seed: 5 }, vit.inputHeight, vit.inputWidth);
    const expected = new Float64Array(vit.inputHeight * vit.inputWidth);
    for (let index = 0; index < count; index += 1) {
      const mask = maskOf(draw, index, cells, vit);
      const hidden = pixels.map((value, at) => value * (mask[at % mask.length] ?? NaN));
      const score = (await logitsOf(vit, hidden))[3] ?? NaN;
      for (const [at, value] of mask.entries()) expected[at] = (expected[at] ?? 0) + (score * value) / (count * keep);
    }
    const rise = new Rise(vit, cpuSessions(1));
    const items = [{ pixels, classIndex: 3 }];
    const result = await rise.run({ items, parameters: { masks: count, cells, keep, seed: 5 }, onStep: goOn });
    await rise.release();
    expect(result?.cost).toEqual({ forward: count, backward: 0 });
    expect(result?.maps[0]).toHaveLength(expected.length);
    for (const [at, value] of expected.entries()) expect(result?.maps[0]?.[at]).toBeCloseTo(value, 4);
  });

  it('goes on after a session that could not be made', async () => {
    const vit = randomVit();
    const create = cpuSessions(1);
    let attempts = 0;
    const failing: CreateSession = (model) => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error('No memory')) : create(model);
    };
    const rise = new Rise(vit, failing);
    const run = { items: [{ pixels: picture(vit), classIndex: 0 }], parameters: { masks: 2, cells: 3 }, onStep: goOn };
    await expect(rise.run(run)).rejects.toThrow('No memory');
    expect((await rise.run(run))?.maps).toHaveLength(1);
    await rise.release();
  });
});
