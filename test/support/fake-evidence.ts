/** Evidence of known values and errors, for tests that run no model. */

import { type Evidence, evidenceOf, jackknifeGroups } from '../../src/shared/evidence.js';
import { seededRandom } from '../../src/shared/seeded-random.js';

/**
 * Evidence whose patches have about the standard error `error`, each by its own draws: the jackknife of 16 values that are off by d
 * is the root of 15/16 of the sum of d squared.
 */
export function fakeEvidence(values: Float32Array | readonly number[], error: number, seed = 1): Evidence {
  const whole = Float32Array.from(values);
  const next = seededRandom(seed);
  const without = new Float32Array(jackknifeGroups * whole.length);
  for (let token = 0; token < whole.length; token += 1) {
    const drawn = Array.from({ length: jackknifeGroups }, () => next() - 0.5);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / jackknifeGroups;
    const off = drawn.map((value) => value - mean);
    const size = Math.sqrt(
      (off.reduce((sum, value) => sum + value * value, 0) * (jackknifeGroups - 1)) / jackknifeGroups,
    );
    for (const [group, value] of off.entries()) {
      without[group * whole.length + token] = (whole[token] ?? 0) + (value * error) / size;
    }
  }
  return evidenceOf(whole, without);
}
