/** ViT-CX inside: distances, masks of clusters and scores, where sampling-methods.test.ts compares clusters and maps. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import { VitCx } from '../../src/main/explain/vit-cx.js';
import { featureGraph } from '../../src/main/explain/vit-cx-graphs.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import type { Vit } from '../../src/main/model/vit.js';
import { floatOutput, floats } from '../../src/main/onnx/runner.js';
import { classesOf, floatsOf, golden, goldenImages, integersOf, largestDifference } from '../support/golden.js';
import { shared, sharedIsPresent } from '../support/shared.js';

const goOn = (): Promise<boolean> => Promise.resolve(true);

describe.skipIf(!sharedIsPresent)('ViT-CX step by step', () => {
  let vit: Vit;
  let cx: VitCx;

  beforeAll(async () => {
    ({ vit } = await readVitFolder(shared('models/vit-tiny-hf')));
    cx = new VitCx(vit, cpuSessions(0));
  });
  afterAll(async () => {
    await cx.release();
  });

  it('measures the cosine distances of the reference', async () => {
    const session = await cpuSessions(0)(featureGraph(vit));
    let compared = 0;
    for (const image of goldenImages) {
      const reference = await golden(image, 'vitcx');
      // The reference has the distances of some images.
      if (!reference.tensors.has('cosine_distance_192x192')) continue;
      compared += 1;
      const pixels = floats(floatsOf(await golden(image, 'input'), 'pixels'), 1, 3, 224, 224);
      const found = floatOutput(await session.run({ pixels }), 'distances');
      expect(largestDifference(found, floatsOf(reference, 'cosine_distance_192x192'))).toBeLessThan(1e-5);
    }
    await session.release();
    expect(compared).toBeGreaterThan(0);
  });

  it.each(goldenImages)('has the masks of the clusters and what they leave of the probabilities: %s', async (image) => {
    const reference = await golden(image, 'vitcx');
    const classes = classesOf(reference);
    const pixels = floatsOf(await golden(image, 'input'), 'pixels');
    const masks = await cx.masks(pixels, 0.1);
    const scores = await cx.scores(pixels, masks, null, 0, goOn);
    const size = 224 * 224;
    const labels = integersOf(reference, 'cluster_labels') ?? new Int32Array(0);
    const sums = floatsOf(reference, 'mask_sum_per_cluster');
    const expected = floatsOf(reference, 'p_masked_zero_noise');
    expect(sums).toHaveLength(masks.count);
    const firstMasks = reference.tensors.has('cluster_masks_first3')
      ? floatsOf(reference, 'cluster_masks_first3')
      : new Float32Array(0);
    for (const label of sums.keys()) {
      // The same cluster has another number there.
      const cluster = masks.clusters[labels.indexOf(label)] ?? -1;
      const mask = masks.masks.subarray(cluster * size, (cluster + 1) * size);
      const sum = mask.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum / (sums[label] ?? NaN) - 1)).toBeLessThan(1e-4);
      if ((label + 1) * size <= firstMasks.length) {
        expect(largestDifference(mask, firstMasks.subarray(label * size, (label + 1) * size))).toBeLessThan(1e-5);
      }
      for (const [column, classIndex] of classes.entries()) {
        const found = scores?.masked[cluster * masks.probabilities.length + classIndex] ?? NaN;
        expect(Math.abs(found - (expected[label * classes.length + column] ?? NaN))).toBeLessThan(1e-5);
      }
    }
  });
});
