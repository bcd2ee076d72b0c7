/** File names of a chunk as bytes: a length for every place, then the names one after the other. */

import { chunkIds } from '../database/chunks.js';
import type { StoredNames } from './name-bytes.js';

/** Length of a place without an image; names are shorter. */
const absent = 0xffff;

/** The names of images at these places of a chunk, ascending. */
export function packNames(places: readonly number[], { bytes, lengths }: StoredNames): Uint8Array {
  const all = new Uint16Array(chunkIds).fill(absent);
  for (const [index, place] of places.entries()) all[place] = lengths[index] ?? 0;
  const packed = new Uint8Array(all.byteLength + bytes.byteLength);
  packed.set(new Uint8Array(all.buffer));
  packed.set(bytes, all.byteLength);
  return packed;
}

/** Reads {@link packNames}; `places` are those with an image. */
export function unpackNames(packed: Uint8Array): { readonly places: Uint16Array; readonly names: StoredNames } {
  const all = new Uint16Array(chunkIds);
  const bytes = new Uint8Array(all.buffer);
  bytes.set(packed.subarray(0, bytes.byteLength));
  const places = new Uint16Array(chunkIds);
  const lengths = new Uint32Array(chunkIds);
  let count = 0;
  for (let place = 0; place < chunkIds; place += 1) {
    const length = all[place] ?? absent;
    if (length === absent) continue;
    places[count] = place;
    lengths[count] = length;
    count += 1;
  }
  const names = { bytes: packed.subarray(bytes.byteLength), lengths: lengths.subarray(0, count) };
  return { places: places.subarray(0, count), names };
}
