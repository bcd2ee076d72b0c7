/** Names the place of a set of tokens in the picture, where they have one. */

import type { Place } from '../../shared/disagreement.js';

/** This share of the tokens has to lie in a half, or in the middle, for the place to be called so. */
const together = 0.75;
/** Side of the box in the middle of the picture that is called its centre. */
const middle = 0.6;

type Side = -1 | 0 | 1;

const names: Readonly<Record<`${Side} ${Side}`, Place | null>> = {
  '-1 -1': 'upper-left',
  '0 -1': 'top',
  '1 -1': 'upper-right',
  '-1 0': 'left',
  '0 0': null,
  '1 0': 'right',
  '-1 1': 'lower-left',
  '0 1': 'bottom',
  '1 1': 'lower-right',
};

/** On which side of the middle three quarters of the coordinates lie; 0 when on neither. */
function sideOf(coordinates: readonly number[]): Side {
  const below = coordinates.filter((value) => value < 0.5).length;
  const above = coordinates.filter((value) => value > 0.5).length;
  const enough = together * coordinates.length;
  return below >= enough ? -1 : above >= enough ? 1 : 0;
}

/** Where three quarters of the tokens lie: a quarter of the picture, a half, or its centre; null when they are scattered. */
export function placeOf(
  tokens: readonly number[],
  { gridWidth, gridHeight }: { readonly gridWidth: number; readonly gridHeight: number },
): Place | null {
  if (tokens.length === 0) return null;
  const points = tokens.map((token) => ({
    x: ((token % gridWidth) + 0.5) / gridWidth,
    y: (Math.floor(token / gridWidth) + 0.5) / gridHeight,
  }));
  const isCentral = (at: number): boolean => Math.abs(at - 0.5) <= middle / 2;
  const central = points.filter(({ x, y }) => isCentral(x) && isCentral(y)).length;
  if (central >= together * points.length) return 'centre';
  return names[`${sideOf(points.map(({ x }) => x))} ${sideOf(points.map(({ y }) => y))}`];
}
