/** The resize weights and the crop geometry, against values worked out by hand from Pillow's algorithm. */

import { describe, expect, it } from 'vitest';
import { Preprocessor } from '../../../src/main/engine/preprocess.js';
import { resizeMatrix } from '../../../src/main/engine/resize-matrix.js';
import { cpuSessions } from '../../../src/main/engine/session.js';
import type { Preprocessing } from '../../../src/shared/model.js';

const plain: Preprocessing = {
  resize: { kind: 'exact', width: 2, height: 2 },
  interpolation: 'bilinear',
  crop: null,
  scale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};

describe('resizeMatrix', () => {
  it('keeps an image of the right size', () => {
    expect([...resizeMatrix(3, 3, 0, 3, 'bicubic')]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it('averages with a triangle when it halves', () => {
    const [first] = [resizeMatrix(4, 2, 0, 1, 'bilinear')];
    // Weights 0.75, 0.75, 0.25 over the samples within two of the centre at 1, normalised by 1.75.
    const expected = [3 / 7, 3 / 7, 1 / 7, 0];
    first.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 6);
    });
  });

  it.each(['bilinear', 'bicubic', 'lanczos', 'nearest'] as const)('%s: every row sums to one', (interpolation) => {
    const matrix = resizeMatrix(37, 11, 0, 11, interpolation);
    for (let row = 0; row < 11; row += 1) {
      expect(matrix.slice(row * 37, (row + 1) * 37).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
  });

  it('pads with black outside the image', () => {
    expect([...resizeMatrix(2, 2, -1, 4, 'bilinear')]).toEqual([0, 0, 1, 0, 0, 1, 0, 0]);
  });
});

describe('Preprocessor', () => {
  it('normalises to the stated mean and deviation', async () => {
    const preprocessor = await Preprocessor.create(plain, { width: 2, height: 2 }, cpuSessions(1));
    const pixels = await preprocessor.pixels({
      width: 2,
      height: 2,
      pixels: Uint8Array.of(0, 255, 51, 0, 255, 51, 0, 255, 51, 0, 255, 51),
    });
    const expected = [-1, -1, -1, -1, 1, 1, 1, 1, -0.6, -0.6, -0.6, -0.6];
    pixels.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 6);
    });
  });

  it('says which part of the image the model sees', async () => {
    const cropped: Preprocessing = {
      ...plain,
      resize: { kind: 'shortest-edge', size: 248 },
      crop: { width: 224, height: 224 },
    };
    const preprocessor = await Preprocessor.create(cropped, { width: 224, height: 224 }, cpuSessions(1));
    // 500 x 375 becomes 330 x 248; the crop starts at (330 - 224) / 2 = 53 and (248 - 224) / 2 = 12.
    expect(preprocessor.view(500, 375)).toEqual({ left: 53 / 330, top: 12 / 248, width: 224 / 330, height: 224 / 248 });
  });

  it('resizes an image in slabs as it does in one piece', async () => {
    const preprocessor = await Preprocessor.create(plain, { width: 2, height: 2 }, cpuSessions(1));
    const width = 4000;
    const height = 3000;
    const pixels = new Uint8Array(width * height * 3);
    for (let row = 0; row < height; row += 1)
      pixels.fill(row < height / 2 ? 40 : 200, row * width * 3, (row + 1) * width * 3);
    const { pixels: small } = await preprocessor.picture({ width, height, pixels });
    // Of the upper output's triangle (centre 750, reach 1,500, cut at 0) one seventh lies in the lower half: 40 + 160 / 7.
    expect([...small]).toEqual([...Array<number>(6).fill(63), ...Array<number>(6).fill(177)]);
  });

  it('refuses preprocessing that does not end in the model’s size', async () => {
    await expect(Preprocessor.create(plain, { width: 4, height: 4 }, cpuSessions(1))).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
    });
  });
});
