/** The methods that follow attention and gradients against their reference implementations. */

import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import type { Item, Method, PreparedMethod } from '../../src/main/explain/method.js';
import { btH, btT } from '../../src/main/explain/beyond-intuition.js';
import { chefer1 } from '../../src/main/explain/chefer1.js';
import { chefer2 } from '../../src/main/explain/chefer2.js';
import { integratedGradients } from '../../src/main/explain/integrated-gradients.js';
import { rollout } from '../../src/main/explain/rollout.js';
import { tam } from '../../src/main/explain/tam.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import type { Vit } from '../../src/main/model/vit.js';
import { methodParameters } from '../../src/shared/methods.js';
import { classesOf, floatsOf, golden, goldenImages, scaledDifference } from '../support/golden.js';
import { shared, sharedIsPresent } from '../support/shared.js';

/** Parity: the largest difference of two maps scaled to 0..1. */
const tolerance = 1e-3;

describe.skipIf(!sharedIsPresent)('methods equal their references', () => {
  let vit: Vit;
  let prepared: PreparedMethod | undefined;

  beforeAll(async () => {
    ({ vit } = await readVitFolder(shared('models/vit-tiny-hf')));
  });
  afterEach(async () => {
    await prepared?.release();
    prepared = undefined;
  });

  async function mapsOf(method: Method, image: string, classes: Int32Array): Promise<readonly Float32Array[]> {
    prepared ??= await method.prepare(vit, cpuSessions(0));
    const pixels = floatsOf(await golden(image, 'input'), 'pixels');
    const items: Item[] = Array.from(classes, (classIndex) => ({ pixels, classIndex }));
    const parameters = methodParameters(method.id);
    const result = await prepared.run({ items, parameters, onStep: () => Promise.resolve(true) });
    if (result === null) throw new Error('The run was not stopped');
    return result.maps;
  }

  it('rollout', async () => {
    for (const image of goldenImages) {
      const [map = new Float32Array(0)] = await mapsOf(rollout, image, Int32Array.of(0));
      expect(scaledDifference(map, floatsOf(await golden(image, 'rollout'), 'map'))).toBeLessThan(tolerance);
    }
  });

  it.each([
    // The reference's own float32 run is dominated by rounding: the map to aim at is its float64 one.
    ['chefer1', chefer1, 'map_f64'],
    ['chefer2', chefer2, 'map'],
    ['tam', tam, 'map'],
    ['bt_t', btT, 'map'],
    ['bt_h', btH, 'map'],
    ['integrated_gradients', integratedGradients, 'map'],
  ] as const)('%s', async (file, method, name) => {
    for (const image of goldenImages) {
      const reference = await golden(image, file);
      const classes = classesOf(reference);
      const maps = await mapsOf(method, image, classes);
      for (const [place, classIndex] of classes.entries()) {
        const map = maps[place] ?? new Float32Array(0);
        expect(scaledDifference(map, floatsOf(reference, `${name}/${String(classIndex)}`))).toBeLessThan(tolerance);
      }
    }
  });
});
