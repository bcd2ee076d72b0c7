/** The seeded draw of initial rows: without repetition, the same for the same seed. */

import { describe, expect, it } from 'vitest';
import { drawInitialRows } from '../../../src/main/explain/initial-rows.js';

describe('drawInitialRows', () => {
  it('draws different rows inside the range', () => {
    const rows = drawInitialRows(256, 2304, 7);
    expect(new Set(rows).size).toBe(256);
    expect(rows.every((row) => row >= 0 && row < 2304)).toBe(true);
  });

  it('repeats itself for a seed and differs for another', () => {
    expect(drawInitialRows(64, 576, 1)).toEqual(drawInitialRows(64, 576, 1));
    expect(drawInitialRows(64, 576, 1)).not.toEqual(drawInitialRows(64, 576, 2));
  });

  it('takes every row once when as many masks as rows are asked for', () => {
    expect(drawInitialRows(1024, 576, 0).toSorted()).toEqual(Int32Array.from({ length: 576 }, (_, row) => row));
  });
});
