/** Numbers that look random and are always the same, to try models with. */

import { seededRandom } from '../../shared/seeded-random.js';

/** `count` float32 numbers in -1..1. */
export function floats(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}
