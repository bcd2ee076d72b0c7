/** Statistics that compare two maps place by place: ranks, correlations, the highest values and their overlap. NaN is no value. */

/** Places where both have a value. */
function sharedPlaces(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from({ length: a.length }, (_, at) => at).filter(
    (at) => !Number.isNaN(a[at] ?? NaN) && !Number.isNaN(b[at] ?? NaN),
  );
}

/** Ranks from 1, lowest first; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const order = Array.from(values.keys()).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const result = new Array<number>(values.length).fill(0);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1] ?? 0] === values[order[first] ?? 0]) last += 1;
    for (let at = first; at <= last; at += 1) result[order[at] ?? 0] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return result;
}

function correlation(a: readonly number[], b: readonly number[]): number | null {
  const count = a.length;
  if (count < 2) return null;
  const [meanA, meanB] = [a, b].map((values) => values.reduce((sum, value) => sum + value, 0) / count);
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let at = 0; at < count; at += 1) {
    const [fromA, fromB] = [(a[at] ?? 0) - (meanA ?? 0), (b[at] ?? 0) - (meanB ?? 0)];
    product += fromA * fromB;
    squareA += fromA * fromA;
    squareB += fromB * fromB;
  }
  if (squareA === 0 || squareB === 0) return null;
  return Math.max(-1, Math.min(1, product / Math.sqrt(squareA * squareB)));
}

function valuesAt(values: ArrayLike<number>, places: readonly number[]): number[] {
  return places.map((at) => values[at] ?? 0);
}

/** Pearson's correlation over the places where both have a value; null where either is constant, or with fewer than two places. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const places = sharedPlaces(a, b);
  return correlation(valuesAt(a, places), valuesAt(b, places));
}

/** Spearman's rank correlation, likewise. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const places = sharedPlaces(a, b);
  return correlation(ranks(valuesAt(a, places)), ranks(valuesAt(b, places)));
}

/** The share of a map's values that counts as its highest ones: its evidence. */
export const topShare = 0.2;

/** The places of the highest {@link topShare}, at least one where there is any value, the highest first; of equal values the earlier place. */
export function topPlaces(values: ArrayLike<number>): number[] {
  const valued = sharedPlaces(values, values);
  const count = valued.length === 0 ? 0 : Math.max(1, Math.round(valued.length * topShare));
  return valued.sort((i, j) => (values[j] ?? 0) - (values[i] ?? 0) || i - j).slice(0, count);
}

/** Intersection over union of two sets of places; 0 for two empty ones. */
export function overlap(a: readonly number[], b: readonly number[]): number {
  const other = new Set(b);
  const both = a.filter((place) => other.has(place)).length;
  const union = a.length + b.length - both;
  return union === 0 ? 0 : both / union;
}
