/** Decoding, preprocessing and predicting real JPEGs against Pillow and PyTorch. */

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../src/main/dataset/source.js';
import { decodeRgb } from '../../src/main/engine/decode.js';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { floatsFrom, readSafetensors } from '../../src/main/model/safetensors.js';
import { shared, sharedIsPresent, sharedTable } from '../support/shared.js';

const goldenFiles = [
  ['n01729322', 'n01729322_hognose_snake.JPEG'],
  ['n01729977', 'n01729977_green_snake.JPEG'],
  ['n01734418', 'n01734418_king_snake.JPEG'],
  ['n03876231', 'n03876231_paintbrush.JPEG'],
] as const;

describe.skipIf(!sharedIsPresent)('predictions equal the reference', () => {
  let runtime: ModelRuntime;
  beforeAll(async () => {
    runtime = await ModelRuntime.open({ path: shared('models/vit-tiny-hf') }, { threads: 0 });
  });
  afterAll(() => runtime.close());

  it.each(goldenFiles)('%s: the crop is Pillow’s within 0.01/255 on average and 1/255 anywhere', async (id, file) => {
    const expected = await readSafetensors(shared('golden', id, 'input.safetensors'));
    const image = await decodeRgb(await readSource({ path: shared('images', file) }));
    const { pixels } = await runtime.modelPicture(image);
    const crop = expected.tensors.get('crop_u8')?.data ?? new Uint8Array(0);
    expect(pixels).toHaveLength(crop.length);
    const differences = pixels.map((value, index) => Math.abs(value - (crop[index] ?? 0)));
    expect(differences.reduce((most, value) => Math.max(most, value), 0)).toBeLessThanOrEqual(1);
    expect(differences.reduce((sum, value) => sum + value, 0) / crop.length).toBeLessThan(0.01);
  });

  it('gives the reference’s probabilities on its own input', async () => {
    const expected = await readSafetensors(shared('golden/n01734418/input.safetensors'));
    const [pixels, probs] = ['pixels', 'probs'].map((name) => {
      const entry = expected.tensors.get(name);
      return entry ? floatsFrom(entry, name) : new Float32Array(0);
    });
    const found = await runtime.predict(pixels ?? new Float32Array(0), 1);
    found.forEach((value, index) => {
      expect(Math.abs(value - (probs?.[index] ?? Number.NaN))).toBeLessThan(1e-4);
    });
  });

  it('predicts the sample images: top-1 as the reference on 99.5 %, label probability within 0.02 on 99 %', async () => {
    const rows = sharedTable('golden/predictions.csv').filter((row) => existsSync(shared('images', row.file ?? '')));
    expect(rows.length).toBeGreaterThanOrEqual(300);
    let sameTop = 0;
    let close = 0;
    for (const row of rows) {
      const image = await decodeRgb(await readSource({ path: shared('images', row.file ?? '') }));
      const probabilities = await runtime.predict(await runtime.preprocess(image), 1);
      const top = probabilities.indexOf(Math.max(...probabilities));
      if (top === Number(row.top1_index)) sameTop += 1;
      if (Math.abs((probabilities[Number(row.label_index)] ?? 0) - Number(row.label_prob)) <= 0.02) close += 1;
    }
    expect(sameTop / rows.length).toBeGreaterThanOrEqual(0.995);
    expect(close / rows.length).toBeGreaterThanOrEqual(0.99);
  });
});
