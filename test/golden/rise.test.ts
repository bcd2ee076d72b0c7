/** RISE inside: the masks and the score of every mask, where sampling-methods.test.ts compares the maps. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import { Rise } from '../../src/main/explain/rise.js';
import type { RiseDraw } from '../../src/main/explain/rise-masks.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import { methodParameters } from '../../src/shared/methods.js';
import { classesOf, floatsOf, golden, goldenImages, integersOf, largestDifference } from '../support/golden.js';
import { shared, sharedIsPresent } from '../support/shared.js';

const goOn = (): Promise<boolean> => Promise.resolve(true);
const parameters = methodParameters('rise');
const cells = 8;

/** Masks `from` up to but not including `to` of the reference's draw. */
async function drawOf(from: number, to: number): Promise<RiseDraw> {
  const file = await golden('common', 'rise_masks500');
  // Booleans are stored a byte each.
  const grid = file.tensors.get('grid')?.data ?? new Uint8Array(0);
  const shifts = integersOf(file, 'shift_row_col') ?? new Int32Array(0);
  return {
    count: to - from,
    grids: Float32Array.from(grid.subarray(from * cells * cells, to * cells * cells)),
    shifts: shifts.slice(2 * from, 2 * to),
  };
}

describe.skipIf(!sharedIsPresent)('RISE from the masks of the reference', () => {
  let rise: Rise;

  beforeAll(async () => {
    const { vit } = await readVitFolder(shared('models/vit-tiny-hf'));
    rise = new Rise(vit, cpuSessions(0));
  });
  afterAll(async () => {
    await rise.release();
  });

  it('makes its masks of grids and shifts', async () => {
    const expected = floatsOf(await golden('common', 'rise_masks500'), 'masks_first2');
    const pixels = floatsOf(await golden(goldenImages[0], 'input'), 'pixels');
    const size = expected.length / 2;
    for (const mask of [0, 1]) {
      const scored = await rise.score(pixels, [54], await drawOf(mask, mask + 1), parameters, goOn);
      // The weighted sum of one mask is the mask, scaled.
      const [score = 0] = scored?.scores ?? [];
      const found = (scored?.sums ?? new Float32Array(0)).map((sum) => sum / score);
      expect(largestDifference(found, expected.subarray(mask * size, (mask + 1) * size))).toBeLessThan(1e-6);
    }
  });

  it.each(goldenImages)('scores what each mask leaves by the logit: %s', async (image) => {
    const reference = await golden(image, 'rise');
    const classes = classesOf(reference);
    const pixels = floatsOf(await golden(image, 'input'), 'pixels');
    // Every pass is alike: a few dozen are enough, the last run an incomplete one.
    const count = 60;
    const scored = await rise.score(pixels, [...classes], await drawOf(0, count), parameters, goOn);
    const logits = floatsOf(reference, 'mask_logits');
    for (const row of classes.keys()) {
      const expected = Float32Array.from({ length: count }, (_, mask) => logits[mask * classes.length + row] ?? NaN);
      const found = scored?.scores.subarray(row * count, (row + 1) * count) ?? new Float32Array(0);
      expect(largestDifference(found, expected)).toBeLessThan(1e-4);
    }
  });
});
