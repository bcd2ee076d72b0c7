/** Who takes the place of an image that left a list. */

/** The place in `after` of the image that follows place `at` of `before`, else of one that precedes it; -1 when none is left. */
export function survivor(before: Uint32Array, at: number, after: Uint32Array): number {
  const places = new Map<number, number>();
  after.forEach((id, place) => places.set(id, place));
  for (let next = at + 1; next < before.length; next += 1) {
    const place = places.get(before[next] ?? 0);
    if (place !== undefined) return place;
  }
  for (let previous = at - 1; previous >= 0; previous -= 1) {
    const place = places.get(before[previous] ?? 0);
    if (place !== undefined) return place;
  }
  return -1;
}
