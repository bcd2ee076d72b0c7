/** A column whose chunks lie elsewhere reads them when one of their images is asked for, and no others. */

import { beforeEach, describe, expect, it } from 'vitest';

import { chunkIds } from '../../../src/main/database/chunks.js';
import { ColumnArray, type Run } from '../../../src/main/table/column-array.js';

const shape = { of: Int32Array, width: 2, none: -1 } as const;
/** Three images at the places 5 to 7 of chunk 0, two at the first places of chunk 3. */
const runs: Readonly<Record<number, readonly Run[]>> = {
  0: [{ slot: 0, place: 5, length: 3 }],
  3: [{ slot: 3, place: 0, length: 2 }],
};
const ofPlaces = (places: number, value: (place: number) => number): Uint8Array =>
  new Uint8Array(Int32Array.from({ length: places * 2 }, (_, at) => value(at >> 1) * 10 + (at % 2)).buffer);

let read: number[];
let kept: Map<number, Uint8Array>;
let column: ColumnArray<Int32Array>;

beforeEach(() => {
  read = [];
  // Of chunk 0 nothing is kept of the last image.
  kept = new Map([
    [0, ofPlaces(7, (place) => place)],
    [3, ofPlaces(2, (place) => 300 + place)],
  ]);
  column = new ColumnArray<Int32Array>(shape);
  column.grow(5);
  column.leave(
    {
      read: (chunk) => {
        read.push(chunk);
        return kept.get(chunk);
      },
      chunkAt: (slot) => (slot < 3 ? 0 : 3),
      runs: (chunk) => runs[chunk] ?? [],
    },
    [0, 3],
  );
});

describe('a column that was left on disk', () => {
  it('reads the chunk of an image that is asked for, once; what is not kept is no value', () => {
    expect([...column.row(1)]).toEqual([60, 61]);
    expect([...column.row(2)]).toEqual([-1, -1]);
    expect(column.number(0, 1)).toBe(51);
    expect(read).toEqual([0]);
  });

  it('reads what is missing where all of it is asked for', () => {
    expect([...column.row(4)]).toEqual([3010, 3011]);
    expect([...column.values]).toEqual([50, 51, 60, 61, -1, -1, 3000, 3001, 3010, 3011]);
    expect([...column.values].length).toBe(10);
    expect(read.toSorted()).toEqual([0, 3]);
  });

  it('keeps what was written, and writes it with what lies around it', () => {
    column.setRow(4, [7, 8]);
    expect(read).toEqual([3]);
    expect([...new Int32Array(column.pack(runs[3] ?? []).buffer)]).toEqual([3000, 3001, 7, 8]);
    expect([...new Int32Array(column.pack(runs[0] ?? []).buffer).subarray(10)]).toEqual([50, 51, 60, 61, -1, -1]);
  });

  it('shows a chunk by place, written or not, without keeping it', () => {
    column.setRow(4, [7, 8]);
    read.length = 0;
    expect([...column.chunk(0).subarray(10, 16)]).toEqual([50, 51, 60, 61, -1, -1]);
    expect([...column.chunk(0).subarray(12, 14)]).toEqual([60, 61]);
    expect(read).toEqual([0, 0]);
    expect([...column.chunk(3).subarray(0, 6)]).toEqual([3000, 3001, 7, 8, -1, -1]);
    expect(column.chunk(3)).toHaveLength(chunkIds * 2);
    expect(read).toEqual([0, 0]);
  });

  it('takes no bytes that cannot be its own', () => {
    kept.set(3, new Uint8Array(12));
    kept.set(0, new Uint8Array((chunkIds + 1) * 8));
    expect([...column.values]).toEqual(new Array(10).fill(-1));
  });

  it('goes on asking after the disk failed once', () => {
    const chunk = kept.get(3);
    kept = new (class extends Map<number, Uint8Array> {
      override get(): never {
        throw new Error('The disk is gone.');
      }
    })();
    expect(() => column.row(3)).toThrow('The disk is gone.');
    kept = new Map([[3, chunk ?? new Uint8Array()]]);
    expect([...column.row(3)]).toEqual([3000, 3001]);
  });

  it('can grow before it is read, and be cleared', () => {
    column.grow(6);
    column.clearRow(5);
    expect([...column.row(0)]).toEqual([50, 51]);
    column.clear();
    expect([...column.values]).toEqual(new Array(12).fill(-1));
    expect(read).toEqual([3, 0]);
  });
});
