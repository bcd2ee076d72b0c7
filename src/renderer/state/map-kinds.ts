/** The kinds of saliency map that the inspector shows: what each is called, what its values are, and their unit. */

import type { SaliencyMap } from '../../shared/audit.js';
import { percent, points } from '../../shared/figures.js';

export const mapKindNames = ['kept', 'signed'] as const;
export type MapKind = (typeof mapKindNames)[number];

export interface MapKindFacts {
  readonly name: string;
  /** What the values are. */
  readonly title: string;
  /** Whether values lie about zero: then the scale does too, in diverging colours. */
  readonly signed: boolean;
  /** A value in its unit. */
  readonly say: (value: number) => string;
  /** `[gridHeight * gridWidth]` row-major; NaN where there is none. */
  readonly values: (map: SaliencyMap) => Float32Array;
}

export const mapKinds: Readonly<Record<MapKind, MapKindFacts>> = {
  kept: {
    name: 'Kept',
    title: 'Mean probability when the patch is kept: the published map',
    signed: false,
    say: percent,
    values: (map) => map.kept,
  },
  signed: {
    name: 'Signed',
    title: 'Kept minus dropped: for or against the class',
    signed: true,
    say: points,
    values: (map) => map.kept.map((value, token) => value - (map.dropped[token] ?? Number.NaN)),
  },
};

/** The kind that comes after another, round and round. */
export function nextKind(kind: MapKind): MapKind {
  return mapKindNames[(mapKindNames.indexOf(kind) + 1) % mapKindNames.length] ?? kind;
}
