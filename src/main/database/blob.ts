/** Typed arrays to SQLite blobs and back (little-endian, as every machine Hognose runs on). */

type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Int8Array;

/** The bytes of an array, without a copy. */
export function toBlob(values: Numbers): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A buffer of its own with exactly the bytes of a blob: typed arrays need alignment that a pooled buffer does not promise. */
function ownBuffer(blob: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(blob.byteLength);
  new Uint8Array(copy).set(blob);
  return copy;
}

export const float32Of = (blob: Uint8Array): Float32Array => new Float32Array(ownBuffer(blob));
export const int32Of = (blob: Uint8Array): Int32Array => new Int32Array(ownBuffer(blob));
export const int8Of = (blob: Uint8Array): Int8Array => new Int8Array(ownBuffer(blob));
export const uint32Of = (blob: Uint8Array): Uint32Array => new Uint32Array(ownBuffer(blob));
export const uint16Of = (blob: Uint8Array): Uint16Array => new Uint16Array(ownBuffer(blob));

/** SHA-256 in hexadecimal as 32 bytes, and back. */
export const hashToBlob = (hash: string): Uint8Array => new Uint8Array(Buffer.from(hash, 'hex'));
export const hashOfBlob = (blob: Uint8Array): string => Buffer.from(blob).toString('hex');
