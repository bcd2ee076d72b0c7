/** Which classes of an image are explained: the ones asked for, then the most probable. */

/** Classes by probability, the best first; of equally probable ones the lower index. */
export function classRanking(probabilities: Float32Array): number[] {
  const order = Array.from(probabilities.keys());
  return order.sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0) || a - b);
}

/** The wanted classes that exist, first and in their order, then the `top` most probable others, each once. */
export function chooseClasses(probabilities: Float32Array, wanted: readonly number[], top: number): Int32Array {
  const existing = wanted.filter((index) => index >= 0 && index < probabilities.length);
  return Int32Array.from(new Set([...existing, ...classRanking(probabilities).slice(0, top)]));
}
