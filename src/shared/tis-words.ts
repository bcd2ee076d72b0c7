/** How maps were computed, in words: what departs from the paper is never left out. */

import type { TisParameters } from './audit.js';
import { count } from './figures.js';

/** What departs from the paper in every map. */
function departures({ estimate, precision }: TisParameters): string[] {
  return [
    ...(estimate === 'regression' ? ['regression'] : []),
    ...(precision === undefined || precision === 'float32' ? [] : [`${precision}: approximate`]),
  ];
}

/** `1,024 masks`, or `448 of 1,024 masks, stable` where scoring stopped early. */
function scoredWords({ masks, stability }: TisParameters, scored: number): string {
  if (scored >= masks) return `${count(scored)} masks`;
  return `${count(scored)} of ${count(masks)} masks${stability === undefined ? '' : ', stable'}`;
}

/** Of the maps of one image, in parts. */
export function explanationWords(parameters: TisParameters, scored: number): string[] {
  return [scoredWords(parameters, scored), `ratio ${String(parameters.ratio)}`, ...departures(parameters)];
}

/** The same in so few words that they fit under a picture: `int8 · 448 of 1,024 masks`. */
export function explanationNote(parameters: TisParameters, scored: number): string {
  const { masks, estimate, precision } = parameters;
  return [
    ...(precision === undefined || precision === 'float32' ? [] : [precision]),
    `${scored >= masks ? count(scored) : `${count(scored)} of ${count(masks)}`} masks`,
    ...(estimate === 'regression' ? ['regression'] : []),
  ].join(' · ');
}

/** Of the maps that a project is set to compute, in parts. */
export function projectTisWords(parameters: TisParameters): string[] {
  const { masks, ratio, seed, stability } = parameters;
  return [
    stability === undefined
      ? `${count(masks)} masks`
      : `at most ${count(masks)} masks, until stable at ${String(stability)}`,
    `ratio ${String(ratio)}`,
    ...departures(parameters),
    `seed ${count(seed)}`,
  ];
}
