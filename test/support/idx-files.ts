/** Builds IDX containers for tests. */

/** An IDX file of unsigned bytes: header for `dimensions`, then `data`. */
export function idxBytes(dimensions: readonly number[], data: Uint8Array, type = 0x08): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt8(type, 2);
  header.writeUInt8(dimensions.length, 3);
  dimensions.forEach((size, index) => header.writeUInt32BE(size, 4 + 4 * index));
  return Buffer.concat([header, data]);
}

/** `count` bytes 0, 1, 2 ... modulo 256. */
export function ramp(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => index % 256);
}
