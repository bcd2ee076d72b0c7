/** The complementary error function to double accuracy: the coefficients that graphs evaluate it with, computed once. */

/** Samples of the function that is expanded, and how far its coefficients are more than rounding noise. */
const samples = 64;
const count = 28;
/** Terms of the continued fraction: enough for arguments from 1/2 on. */
const depth = 4000;

/** `exp(z^2) erfc(z)` for `z >= 0`: series of erf (Abramowitz and Stegun 7.1.6) and continued fraction (7.1.14). */
function scaledErfc(z: number): number {
  if (z < 0.5) {
    let term = z;
    let sum = z;
    for (let n = 1; term > sum * 1e-18; n += 1) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return Math.exp(z * z) - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let denominator = z;
  for (let k = depth; k >= 1; k -= 1) denominator = z + k / 2 / denominator;
  return 1 / (Math.sqrt(Math.PI) * denominator);
}

/** `cos(pi k / (2 samples))`, the multiple brought into one turn first: rounding of a large angle would be seen. */
function cosine(k: number): number {
  return Math.cos((Math.PI * (k % (4 * samples))) / (2 * samples));
}

function coefficients(): readonly number[] {
  const points = Array.from({ length: samples }, (_, index) => 2 * index + 1);
  const values = points.map((point) => {
    const t = (cosine(point) + 1) / 2;
    return Math.log(scaledErfc(2 / t - 2) / t);
  });
  return Array.from({ length: count }, (_, order) => {
    const sum = values.reduce((total, value, index) => total + value * cosine(order * (points[index] ?? 0)), 0);
    return (2 / samples) * sum;
  });
}

let known: readonly number[] | undefined;

/**
 * `c` with `erfc(z) = t exp(P(t) - z^2)`, `t = 2 / (2 + z)`, `z >= 0`, for `P(t) = c_0 / 2 + sum_k c_k T_k(2 t - 1)`: the
 * form of Numerical Recipes (3rd edition, section 6.2.2).
 */
export function erfcCoefficients(): readonly number[] {
  return (known ??= coefficients());
}
