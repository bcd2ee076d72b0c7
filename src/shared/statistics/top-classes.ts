/** The most probable classes of an image. */

/** The best `count` classes of `probabilities` `[C]`, best first; equal probabilities in class order. */
export function topClasses(probabilities: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < probabilities.length; index += 1) {
    const value = probabilities[index] ?? 0;
    let place = best.length;
    while (place > 0 && (probabilities[best[place - 1] ?? 0] ?? 0) < value) place -= 1;
    if (place >= count) continue;
    best.splice(place, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}
