/** Which classes of an image are explained: the ones asked for, then the most probable. */

/** The wanted classes that exist, first and in their order, then the `top` most probable others, each once. */
export function chooseClasses(probabilities: Float32Array, wanted: readonly number[], top: number): Int32Array {
  const existing = wanted.filter((index) => index >= 0 && index < probabilities.length);
  const byProbability = Array.from(probabilities.keys()).sort(
    (a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0) || a - b,
  );
  return Int32Array.from(new Set([...existing, ...byProbability.slice(0, top)]));
}
