/** The methods that draw masks or noise, with the reference's own draws: RISE, ViT-CX, SmoothGrad. */

import { beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import type { Item, MethodRun } from '../../src/main/explain/method.js';
import { PixelGradients } from '../../src/main/explain/pixel-gradients.js';
import { Rise } from '../../src/main/explain/rise.js';
import { enlargingMatrix, type RiseDraw } from '../../src/main/explain/rise-masks.js';
import { smoothgradSampling } from '../../src/main/explain/smoothgrad.js';
import { VitCx } from '../../src/main/explain/vit-cx.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import type { Vit } from '../../src/main/model/vit.js';
import { methodParameters } from '../../src/shared/methods.js';
import {
  classesOf,
  floatsOf,
  golden,
  goldenImages,
  integersOf,
  largestDifference,
  scaledDifference,
} from '../support/golden.js';
import { shared, sharedIsPresent } from '../support/shared.js';

/** Parity: the largest difference of two maps scaled to 0..1. */
const tolerance = 1e-3;
const goOn = (): Promise<boolean> => Promise.resolve(true);

describe.skipIf(!sharedIsPresent)('methods with the reference’s own draws', () => {
  let vit: Vit;

  beforeAll(async () => {
    ({ vit } = await readVitFolder(shared('models/vit-tiny-hf')));
  });

  async function runOf(image: string, classes: Int32Array, parameters: MethodRun['parameters']): Promise<MethodRun> {
    const pixels = floatsOf(await golden(image, 'input'), 'pixels');
    const items: Item[] = Array.from(classes, (classIndex) => ({ pixels, classIndex }));
    return { items, parameters, onStep: goOn };
  }

  it('RISE enlarges grids as the reference does', async () => {
    const file = await golden('common', 'rise_masks500');
    expect(largestDifference(enlargingMatrix(224, 8), floatsOf(file, 'upsample_matrix_252x8'))).toBeLessThan(1e-6);
  });

  it('RISE from its 500 masks: the same maps', async () => {
    const file = await golden('common', 'rise_masks500');
    const grid = integersOfBytes(file.tensors.get('grid')?.data);
    const draw: RiseDraw = {
      count: 500,
      grids: Float32Array.from(grid),
      shifts: integersOf(file, 'shift_row_col') ?? new Int32Array(0),
    };
    const rise = new Rise(vit, cpuSessions(0));
    // The other two images take another half minute and hold nothing new.
    for (const image of goldenImages.slice(0, 2)) {
      const reference = await golden(image, 'rise');
      const classes = classesOf(reference);
      const run = await runOf(image, classes, methodParameters('rise'));
      const { maps = [] } = (await rise.runWith(run, draw)) ?? {};
      for (const [place, classIndex] of classes.entries()) {
        const map = maps[place] ?? new Float32Array(0);
        const expected = floatsOf(reference, `map/${String(classIndex)}`);
        expect(scaledDifference(map, expected)).toBeLessThan(tolerance);
        expect(largestDifference(map, expected)).toBeLessThan(1e-4);
      }
    }
    await rise.release();
  });

  it('ViT-CX: the same clusters, scores and maps, without and with the given noise', async () => {
    const cx = new VitCx(vit, cpuSessions(0));
    const noise = floatsOf(await golden('common', 'noise4'), 'noise').slice(0, 3 * 224 * 224);
    for (const image of goldenImages) {
      const reference = await golden(image, 'vitcx');
      const classes = classesOf(reference);
      const pixels = floatsOf(await golden(image, 'input'), 'pixels');
      const masks = await cx.masks(pixels, 0.1);
      expect(masks.count).toBe(Number(reference.metadata.clusters));
      expect(samePartition(masks.clusters, integersOf(reference, 'cluster_labels') ?? new Int32Array(0))).toBe(true);
      const still = await cx.scores(pixels, masks, null, 0, goOn);
      // Every mask of the reference gets the first of the given noises, times 0.1.
      const repeated = (count: number, deviation: number): Float32Array =>
        Float32Array.from({ length: count }, (_, at) => deviation * (noise[at % noise.length] ?? 0));
      const noisy = await cx.scores(pixels, masks, repeated, 0.1, goOn);
      if (still === null || noisy === null) throw new Error('The run was not stopped');
      for (const [name, scores] of [
        ['map_zero_noise', still],
        ['map_given_noise', noisy],
      ] as const) {
        const maps = await cx.maps(masks, scores, [...classes]);
        for (const [place, classIndex] of classes.entries()) {
          const expected = floatsOf(reference, `${name}/${String(classIndex)}`);
          expect(scaledDifference(maps[place] ?? new Float32Array(0), expected)).toBeLessThan(tolerance);
        }
      }
    }
    await cx.release();
  });

  it('ViT-CX by itself finds what the published random draw finds, but for its noise', async () => {
    const cx = new VitCx(vit, cpuSessions(0));
    const [image] = goldenImages;
    const reference = await golden(image, 'vitcx');
    const classes = classesOf(reference);
    const result = await cx.run(await runOf(image, classes, methodParameters('vit-cx')));
    const expected = floatsOf(reference, `map_published_random/${String(classes[0])}`);
    expect(scaledDifference(result?.maps[0] ?? new Float32Array(0), expected)).toBeLessThan(0.3);
    await cx.release();
  });

  it('SmoothGrad with the four given noises, and without noise', async () => {
    const smoothgrad = await PixelGradients.create(vit, cpuSessions(0), smoothgradSampling);
    const noise = floatsOf(await golden('common', 'noise4'), 'noise');
    const size = noise.length / 4;
    let plainCompared = 0;
    for (const image of goldenImages) {
      const reference = await golden(image, 'smoothgrad');
      const classes = classesOf(reference);
      const run = await runOf(image, classes, methodParameters('smoothgrad'));
      const four = await smoothgrad.runWith(run, {
        weights: new Float32Array(4).fill(1 / 4),
        next: (from, to) => noise.slice(from * size, to * size),
      });
      const none = await smoothgrad.runWith(run, { weights: Float32Array.of(1), next: () => new Float32Array(size) });
      for (const [place, classIndex] of classes.entries()) {
        const [withNoise, plain] = [four?.maps[place], none?.maps[place]].map((map) => map ?? new Float32Array(0));
        const name = String(classIndex);
        expect(scaledDifference(withNoise ?? noise, floatsOf(reference, `map_given4/${name}`))).toBeLessThan(tolerance);
        // The reference has the plain gradients of two images.
        if (!reference.tensors.has(`plain_abs_gradient/${name}`)) continue;
        plainCompared += 1;
        const expected = floatsOf(reference, `plain_abs_gradient/${name}`);
        expect(scaledDifference(plain ?? noise, expected)).toBeLessThan(tolerance);
      }
    }
    expect(plainCompared).toBeGreaterThanOrEqual(4);
    await smoothgrad.release();
  });
});

/** Booleans are stored a byte each. */
function integersOfBytes(bytes: Uint8Array | undefined): Uint8Array {
  return bytes ?? new Uint8Array(0);
}

/** Whether two labellings put the same elements together, whatever the labels are. */
function samePartition(a: Int32Array, b: Int32Array): boolean {
  const pairs = new Set(Array.from(a, (label, at) => `${String(label)} ${String(b[at])}`));
  return a.length === b.length && pairs.size === new Set(a).size && pairs.size === new Set(b).size;
}
