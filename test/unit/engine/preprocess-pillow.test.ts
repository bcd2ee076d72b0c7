/** What the model sees, against Pillow's resize done in integers: filters, edges, borders, one channel. */

import { describe, expect, it } from 'vitest';
import { Preprocessor } from '../../../src/main/engine/preprocess.js';
import { cpuSessions } from '../../../src/main/engine/session.js';
import type { Preprocessing } from '../../../src/shared/model.js';
import { cropOrPad, type Grid, pillowLuma, pillowResize } from '../../support/pillow-resize.js';

/** Edges, gradients and noise from a fixed sequence. */
function scene(width: number, height: number): Grid {
  let state = 12345;
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const x = Math.floor(at / 3) % width;
    const y = Math.floor(at / 3 / width);
    const base = at % 3 === 0 ? (255 * x) / width : at % 3 === 1 ? (255 * y) / height : (x >> 3) % 2 === 0 ? 20 : 240;
    return Math.min(255, Math.max(0, base + (state % 61) - 30));
  });
  return { width, height, pixels, channels: 3 };
}

const scale = { scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
const filters = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const;

/** Largest and mean difference in levels of 255. */
function differences(found: Uint8Array, expected: Uint8Array): { largest: number; mean: number } {
  const all = Array.from(found, (value, at) => Math.abs(value - (expected[at] ?? Number.NaN)));
  return { largest: Math.max(...all), mean: all.reduce((sum, value) => sum + value, 0) / all.length };
}

async function seen(preprocessing: Preprocessing, image: Grid, channels = 3): Promise<Uint8Array> {
  const { crop, resize } = preprocessing;
  const size = crop ?? (resize.kind === 'exact' ? resize : { width: 0, height: 0 });
  const preprocessor = await Preprocessor.create(preprocessing, { ...size, channels }, cpuSessions(1));
  const picture = await preprocessor.picture(image);
  await preprocessor.release();
  return picture.pixels;
}

function close(found: Uint8Array, expected: Uint8Array): void {
  expect(found).toHaveLength(expected.length);
  const { largest, mean } = differences(found, expected);
  expect(largest).toBeLessThanOrEqual(1);
  expect(mean).toBeLessThan(1e-4 * 255);
}

describe.each(filters)('%s', (interpolation) => {
  it.each([
    ['smaller', 97, 61],
    ['larger', 23, 17],
  ] as const)('squashes to a %s image', async (_, width, height) => {
    const image = scene(width, height);
    const preprocessing: Preprocessing = {
      ...scale,
      resize: { kind: 'exact', width: 40, height: 32 },
      interpolation,
      crop: null,
    };
    close(await seen(preprocessing, image), pillowResize(image, 40, 32, interpolation).pixels);
  });

  it('resizes the shorter edge and crops the centre', async () => {
    const image = scene(101, 67);
    const preprocessing: Preprocessing = {
      ...scale,
      resize: { kind: 'shortest-edge', size: 40 },
      interpolation,
      crop: { width: 32, height: 32 },
    };
    // 40 * 101 / 67 = 60.3 is cut to 60; (60 - 32) / 2 = 14 and (40 - 32) / 2 = 4.
    const expected = cropOrPad(
      pillowResize(image, 60, 40, interpolation),
      { left: 14, top: 4, width: 32, height: 32 },
      [],
    );
    close(await seen(preprocessing, image), expected.pixels);
  });

  it('resizes the longer edge and adds a border of the fill', async () => {
    const image = scene(101, 67);
    const fill = [124, 116, 104] as const;
    const preprocessing: Preprocessing = {
      ...scale,
      resize: { kind: 'longest-edge', size: 32 },
      interpolation,
      crop: { width: 32, height: 32 },
      fill,
    };
    // 32 * 67 / 101 = 21.2 is rounded to 21; of the 11 rows added 5 lie above.
    const expected = cropOrPad(
      pillowResize(image, 32, 21, interpolation),
      { left: 0, top: -5, width: 32, height: 32 },
      fill,
    );
    close(await seen(preprocessing, image), expected.pixels);
  });

  it('makes one channel of the colours before it resizes', async () => {
    const image = scene(60, 50);
    const preprocessing: Preprocessing = {
      ...scale,
      resize: { kind: 'exact', width: 28, height: 28 },
      interpolation,
      crop: null,
    };
    const grey = pillowResize(pillowLuma(image), 28, 28, interpolation).pixels;
    close(
      await seen(preprocessing, image, 1),
      Uint8Array.from({ length: 28 * 28 * 3 }, (_, at) => grey[Math.floor(at / 3)] ?? 0),
    );
  });
});

describe('a border', () => {
  const padded: Preprocessing = {
    ...scale,
    resize: { kind: 'longest-edge', size: 4 },
    interpolation: 'bilinear',
    crop: { width: 4, height: 4 },
    fill: [255, 0, 51],
  };

  it('is normalised like the image', async () => {
    const preprocessor = await Preprocessor.create(padded, { width: 4, height: 4 }, cpuSessions(1));
    const pixels = await preprocessor.pixels({ width: 4, height: 2, pixels: new Uint8Array(24) });
    const column = [0, 1, 2].map((channel) =>
      [0, 4, 8, 12].map((row) => Number(pixels[channel * 16 + row]?.toFixed(5))),
    );
    expect(column).toEqual([
      [2, -2, -2, 2],
      [-2, -2, -2, -2],
      [-1.2, -2, -2, -1.2],
    ]);
  });

  it('is black where a crop is larger than the resized image and nothing else is said', async () => {
    const { resize, interpolation, crop } = padded;
    const picture = await seen(
      { ...scale, resize, interpolation, crop },
      { ...scene(2, 1), pixels: new Uint8Array(6).fill(200) },
    );
    expect(Array.from({ length: 4 }, (_, row) => picture[row * 12])).toEqual([0, 200, 200, 0]);
  });

  it('lies outside the image in what the model is said to see', async () => {
    const preprocessor = await Preprocessor.create(padded, { width: 4, height: 4 }, cpuSessions(1));
    expect(preprocessor.view(400, 200)).toEqual({ left: 0, top: -0.5, width: 1, height: 2 });
  });
});

it('gives a model of one channel one plane', async () => {
  const preprocessing: Preprocessing = {
    ...scale,
    resize: { kind: 'exact', width: 2, height: 1 },
    interpolation: 'bilinear',
    crop: null,
  };
  const preprocessor = await Preprocessor.create(preprocessing, { width: 2, height: 1, channels: 1 }, cpuSessions(1));
  const pixels = await preprocessor.pixels({ width: 2, height: 1, pixels: Uint8Array.of(255, 0, 0, 255, 255, 255) });
  // Red has a luma of 76.
  expect(Array.from(pixels, (value) => Number(value.toFixed(4)))).toEqual([
    Number(((76 / 255 - 0.5) / 0.25).toFixed(4)),
    2,
  ]);
});
