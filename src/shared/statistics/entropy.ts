/** The entropy of a distribution over classes. */

/** `H(p)` in nats for `probabilities` `[C]`, with `0 ln 0 = 0`. */
export function entropy(probabilities: Float32Array): number {
  let sum = 0;
  for (const value of probabilities) if (value > 0) sum -= value * Math.log(value);
  return sum;
}
