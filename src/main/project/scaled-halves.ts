/** Maps as half-precision blobs, each divided by a scale of its own so that small values keep their digits. */

import { AppError } from '../../shared/errors.js';
import { toBlob } from '../database/blob.js';
import { decodeHalves, encodeHalves } from '../database/float16.js';

/** Half-precision blob of one row a map, each divided by its scale. */
export function halvesBlob(rows: readonly Float32Array[], scales: readonly number[], length: number): Uint8Array {
  const whole = new Uint16Array(rows.length * length);
  rows.forEach((row, index) => {
    if (row.length !== length) {
      throw new AppError('INTERNAL', `A map has ${String(row.length)} values instead of ${String(length)}.`);
    }
    const scale = scales[index] ?? 1;
    whole.set(encodeHalves(row.map((value) => value / scale)), index * length);
  });
  return toBlob(whole);
}

/** Row `place` of {@link halvesBlob}. */
export function halvesRow(halves: Uint16Array, place: number, length: number, scale: number): Float32Array {
  return decodeHalves(halves.subarray(place * length, (place + 1) * length)).map((value) => value * scale);
}

/**
 * The power of two that brings the largest value near 1, so that the map of a class with probability 1e-6 keeps the same
 * relative precision in half precision (whose smallest step is 6e-8) as any other; exact to undo.
 */
export function scaleOf(...maps: readonly Float32Array[]): number {
  let largest = 0;
  for (const values of maps) {
    for (const value of values) if (Math.abs(value) > largest && Number.isFinite(value)) largest = Math.abs(value);
  }
  return largest === 0 ? 1 : 2 ** Math.max(-100, Math.min(100, Math.floor(Math.log2(largest))));
}
