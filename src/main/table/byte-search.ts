/** Finds names that contain a text, over bytes that lie side by side: no string is made, and no match spans two names. */

import type { NameBytes } from './name-bytes.js';

/** Capital letters of ASCII as small ones; every other byte, those of longer code points too, as it is. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

const isSmall = (byte: number): boolean => byte >= 97 && byte <= 122;

/**
 * Calls `found` for each name that contains `wanted`, capital letters of ASCII taken as small ones. UTF-8 keeps code points apart, so what
 * is found in bytes is found in texts. `among` leaves only names with a 1 in it.
 * @param wanted of one byte or more, without capital letters
 */
export function searchBytes(
  names: NameBytes,
  wanted: Uint8Array,
  among: Uint8Array | null,
  found: (index: number) => void,
): void {
  const contains = wanted.length === 1 ? containsByte(names, wanted[0] ?? 0) : containsBytes(names, wanted);
  const { starts, count } = names;
  let start = starts[0] ?? 0;
  for (let index = 0; index < count; index += 1) {
    const end = starts[index + 1] ?? 0;
    if ((among === null || among[index] === 1) && contains(start, end)) found(index);
    start = end;
  }
}

type Contains = (start: number, end: number) => boolean;

function containsByte({ bytes }: NameBytes, wanted: number): Contains {
  const other = isSmall(wanted) ? wanted - 32 : wanted;
  return (start, end) => {
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at];
      if (byte === wanted || byte === other) return true;
    }
    return false;
  };
}

/** Horspool 1980: looks at the last byte of the window, and goes on by how far that byte is from the end of what is wanted. */
function containsBytes({ bytes }: NameBytes, wanted: Uint8Array): Contains {
  const last = wanted.length - 1;
  const lastByte = wanted[last] ?? 0;
  const steps = new Uint32Array(256).fill(wanted.length);
  for (let at = 0; at < last; at += 1) {
    const byte = wanted[at] ?? 0;
    steps[byte] = last - at;
    if (isSmall(byte)) steps[byte - 32] = last - at;
  }
  return (start, end) => {
    for (let at = start + last; at < end;) {
      const byte = bytes[at] ?? 0;
      if (folded[byte] === lastByte) {
        let back = 1;
        while (back <= last && folded[bytes[at - back] ?? 0] === wanted[last - back]) back += 1;
        if (back > last) return true;
      }
      at += steps[byte] ?? 1;
    }
    return false;
  };
}
