/** Finds names that contain a text, over bytes that lie side by side: no string is made, and no match spans two names. */

import type { NameBytes } from './name-bytes.js';

/** Capital letters of ASCII as small ones; every other byte, those of longer code points too, as it is. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

const isSmall = (byte: number): boolean => byte >= 97 && byte <= 122;

/** Which names are looked at: those from `first` on, and with `among` only those that have a 1 in it. */
export interface Searched {
  readonly first: number;
  readonly among: Uint8Array | null;
}

/**
 * Writes a 1 to `found` for each name that contains `wanted`, capital letters of ASCII taken as small ones. UTF-8 keeps code points
 * apart, so what is found in bytes is found in texts.
 * @param wanted of one byte or more, without capital letters
 * @param found `[count]`
 */
export function searchBytes(names: NameBytes, wanted: Uint8Array, searched: Searched, found: Uint8Array): void {
  if (wanted.length === 1) searchByte(names, wanted[0] ?? 0, searched, found);
  else searchSeveral(names, wanted, searched, found);
}

function searchByte(
  { bytes, starts, count }: NameBytes,
  wanted: number,
  { first, among }: Searched,
  found: Uint8Array,
): void {
  const other = isSmall(wanted) ? wanted - 32 : wanted;
  for (let index = first; index < count; index += 1) {
    if (among !== null && among[index] === 0) continue;
    const end = starts[index + 1] ?? 0;
    for (let at = starts[index] ?? 0; at < end; at += 1) {
      const byte = bytes[at];
      if (byte !== wanted && byte !== other) continue;
      found[index] = 1;
      break;
    }
  }
}

/** Horspool 1980: looks at the last byte of the window, and goes on by how far that byte is from the end of what is wanted. */
function searchSeveral(
  { bytes, starts, count }: NameBytes,
  wanted: Uint8Array,
  { first, among }: Searched,
  found: Uint8Array,
): void {
  const steps = stepsOf(wanted);
  const last = wanted.length - 1;
  const lastByte = wanted[last] ?? 0;
  for (let index = first; index < count; index += 1) {
    if (among !== null && among[index] === 0) continue;
    const end = starts[index + 1] ?? 0;
    for (let at = (starts[index] ?? 0) + last; at < end;) {
      const byte = bytes[at] ?? 0;
      if (folded[byte] === lastByte && endsHere(bytes, at, wanted)) {
        found[index] = 1;
        break;
      }
      at += steps[byte] ?? 1;
    }
  }
}

/** How far the window goes on, by the byte at its end. */
function stepsOf(wanted: Uint8Array): Int32Array {
  const last = wanted.length - 1;
  const steps = new Int32Array(256).fill(wanted.length);
  for (let at = 0; at < last; at += 1) {
    const byte = wanted[at] ?? 0;
    steps[byte] = last - at;
    if (isSmall(byte)) steps[byte - 32] = last - at;
  }
  return steps;
}

/** Whether `wanted` ends at a byte that is its last. */
function endsHere(bytes: Uint8Array, end: number, wanted: Uint8Array): boolean {
  const start = end - wanted.length + 1;
  for (let at = wanted.length - 2; at >= 0; at -= 1) if (folded[bytes[start + at] ?? 0] !== wanted[at]) return false;
  return true;
}
