/** How near the maps of some masks are to those of all masks. */

import { pearson } from '../../shared/correlation.js';

/**
 * The correlation to expect between a map of the first `scored` masks and that of `all`, from the maps of the even and of the
 * odd ones among the scored. A map is a signal of variance S plus noise of variance E / n, and the scored masks are part of
 * all; the halves correlate with r = S / (S + 2 E / n). With q = E / (n S) = (1 / r - 1) / 2 the two maps correlate with
 * sqrt((1 + q n / N) / (1 + q)). 0 while the halves do not agree at all.
 */
export function expectedCorrelation(even: Float32Array, odd: Float32Array, scored: number, all: number): number {
  const halves = pearson(even, odd) ?? 0;
  if (halves <= 0) return 0;
  const noise = (1 / halves - 1) / 2;
  return Math.sqrt((1 + (noise * scored) / all) / (1 + noise));
}
