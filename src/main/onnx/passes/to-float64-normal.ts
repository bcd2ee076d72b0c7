/** The normal distribution and its density as tables in double precision, from which graphs interpolate. */

import type { Tensor } from '../tensor.js';

/** Tables go from minus to plus this; beyond it the distribution is 0 or 1 in double precision. */
export const tableLimit = 9;
/** Entries a unit. */
export const tableRate = 4096;

/** `exp(z^2) erfc(z)` for `z >= 0`: series of erf (Abramowitz and Stegun 7.1.6) and continued fraction (7.1.14). */
function scaledErfc(z: number): number {
  if (z < 1) {
    let term = z;
    let sum = z;
    for (let n = 1; term > sum * 1e-18; n += 1) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return Math.exp(z * z) - (2 / Math.sqrt(Math.PI)) * sum;
  }
  // Terms that double precision takes: the nearer to 0, the more.
  const depth = Math.ceil(30 + 200 / (z * z));
  let denominator = z;
  for (let k = depth; k >= 1; k -= 1) denominator = z + k / 2 / denominator;
  return 1 / (Math.sqrt(Math.PI) * denominator);
}

/** The part of a normal distribution beyond `x >= 0`. */
function upperTail(x: number): number {
  return 0.5 * scaledErfc(x * Math.SQRT1_2) * Math.exp(-0.5 * x * x);
}

function table(of: (x: number) => number): Tensor {
  const half = tableLimit * tableRate;
  const values = Float64Array.from({ length: 2 * half + 1 }, (_, index) => of((index - half) / tableRate));
  return { type: 'float64', dims: [values.length], bytes: new Uint8Array(values.buffer) };
}

interface NormalTables {
  /** The distribution, each side to its own last digits. */
  readonly distribution: Tensor;
  readonly density: Tensor;
}

let known: NormalTables | undefined;

/** Both tables, `[2 * limit * rate + 1]`; made once, and the same tensors for all. */
export function normalTables(): NormalTables {
  return (known ??= {
    distribution: table((x) => (x < 0 ? upperTail(-x) : 1 - upperTail(x))),
    density: table((x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)),
  });
}
