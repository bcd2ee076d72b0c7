/** Numbers in the formats that small weights are stored in: float16, bfloat16, 8 and 4 bits. */

const scratch = new DataView(new ArrayBuffer(4));

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** The bits of the nearest float16. */
export function toHalf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | (((exponent + 15) << 10) + roundToEven((size / 2 ** exponent - 1) * 1024));
}

/** The bits of the nearest bfloat16, ties to even. */
export function toBfloat(value: number): number {
  scratch.setFloat32(0, value, true);
  const bits = scratch.getUint32(0, true);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

export interface Quantised {
  readonly values: Int8Array | Uint8Array;
  readonly scales: Float32Array;
  readonly zeroPoints: Int8Array | Uint8Array;
  /** What the integers stand for, in the layout of the input. */
  readonly dequantised: Float32Array;
}

/** Symmetric int8 by column of `[rows, columns]`. */
export function int8Columns(data: Float32Array, rows: number, columns: number): Quantised {
  const scales = new Float32Array(columns);
  for (let column = 0; column < columns; column += 1) {
    let most = 1e-8;
    for (let row = 0; row < rows; row += 1) most = Math.max(most, Math.abs(data[row * columns + column] ?? 0));
    scales[column] = most / 127;
  }
  const values = new Int8Array(data.length);
  const dequantised = new Float32Array(data.length);
  data.forEach((value, at) => {
    const scale = scales[at % columns] ?? 1;
    values[at] = Math.round(value / scale);
    dequantised[at] = (values[at] ?? 0) * scale;
  });
  return { values, scales, zeroPoints: new Int8Array(columns), dequantised };
}

/** Asymmetric uint8 with one scale and zero point. */
export function uint8Tensor(data: Float32Array): Quantised {
  const low = data.reduce((a, b) => Math.min(a, b), 0);
  const high = data.reduce((a, b) => Math.max(a, b), 0);
  const scale = Math.fround(Math.max(high - low, 1e-8) / 255);
  const zero = Math.round(-low / scale);
  const values = Uint8Array.from(data, (value) => Math.min(255, Math.max(0, Math.round(value / scale) + zero)));
  const dequantised = Float32Array.from(values, (value) => (value - zero) * scale);
  return { values, scales: Float32Array.of(scale), zeroPoints: Uint8Array.of(zero), dequantised };
}

export interface Blockwise {
  /** `[columns, blocks, size / 2]`, the first of two values in the low half. */
  readonly packed: Uint8Array;
  /** `[columns * blocks]`. */
  readonly scales: Float32Array;
  readonly dequantised: Float32Array;
}

/** Symmetric 4 bits around 8 in blocks of `size` rows of each column, as MatMulNBits holds them. */
export function fourBits(data: Float32Array, rows: number, columns: number, size: number): Blockwise {
  const blocks = Math.ceil(rows / size);
  const packed = new Uint8Array((columns * blocks * size) / 2);
  const scales = new Float32Array(columns * blocks);
  const dequantised = new Float32Array(data.length);
  for (let column = 0; column < columns; column += 1) {
    for (let block = 0; block < blocks; block += 1) {
      const from = block * size;
      const until = Math.min(rows, from + size);
      let most = 1e-8;
      for (let row = from; row < until; row += 1) most = Math.max(most, Math.abs(data[row * columns + column] ?? 0));
      const scale = Math.fround(most / 7);
      scales[column * blocks + block] = scale;
      for (let row = from; row < from + size; row += 1) {
        const value = row < until ? Math.round((data[row * columns + column] ?? 0) / scale) : 0;
        if (row < until) dequantised[row * columns + column] = value * scale;
        const at = (column * blocks + block) * size + (row - from);
        packed[at >> 1] = (packed[at >> 1] ?? 0) | ((value + 8) << (4 * (at & 1)));
      }
    }
  }
  return { packed, scales, dequantised };
}
