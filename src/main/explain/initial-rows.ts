/** The seeded draw of the initial k-means rows. */

import { seededRandom } from '../../shared/seeded-random.js';

/** `count` different numbers of 0..total-1 in random order (all of them when `count` reaches `total`): a Fisher-Yates prefix. */
export function drawInitialRows(count: number, total: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  const rows = Int32Array.from({ length: total }, (_, index) => index);
  const drawn = Math.min(count, total);
  for (let index = 0; index < drawn; index += 1) {
    const other = index + Math.floor(random() * (total - index));
    const row = rows[index] ?? 0;
    rows[index] = rows[other] ?? 0;
    rows[other] = row;
  }
  return rows.slice(0, drawn);
}
