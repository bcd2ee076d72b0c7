/** IEEE 754 half precision: exact round-to-nearest-even encoding and decoding of saliency values. */

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The half-precision bits nearest to a value; ties go to the even one, overflow to infinity, NaN stays NaN. */
export function encodeHalf(value: number): number {
  floats[0] = value;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  const exponent = (word >>> 23) & 0xff;
  const mantissa = word & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200 | (mantissa >>> 13));
  const unbiased = exponent - 112;
  if (unbiased >= 31) return sign | 0x7c00;
  if (unbiased > 0) return sign | roundShift((unbiased << 23) | mantissa, 13);
  // Subnormal halves: the hidden bit becomes explicit and moves right with the missing exponent.
  if (unbiased < -10) return sign;
  return sign | roundShift(mantissa | 0x800000, 14 - unbiased);
}

/** `value >> shift` rounded to nearest, ties to even; a carry out of the mantissa raises the exponent as it should. */
function roundShift(value: number, shift: number): number {
  const half = 1 << (shift - 1);
  const rest = value & ((1 << shift) - 1);
  const kept = value >>> shift;
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** The value of half-precision bits. */
export function decodeHalf(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Half-precision bits of every value. */
export function encodeHalves(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, encodeHalf);
}

/** Values of half-precision bits. */
export function decodeHalves(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, decodeHalf);
}
