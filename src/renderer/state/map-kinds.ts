/** The kinds of saliency map that the inspector shows: what each is called, what its values and its figure are, and their unit. */

import type { SaliencyMap } from '../../shared/audit.js';
import { beyondError, contrastMap, interval95, type MeasuredMap } from '../../shared/evidence.js';
import { natsAlone, percent, points } from '../../shared/figures.js';

export const mapKindNames = ['kept', 'signed', 'contrast'] as const;
export type MapKind = (typeof mapKindNames)[number];

/** A map as a kind shows it. */
export interface ShownMap {
  /** `[gridHeight * gridWidth]` row-major; NaN where there is none. */
  readonly values: Float32Array;
  /** What is told of it in one figure: how much, and half of its 95 % interval, NaN where that is not known. */
  readonly figure: number;
  readonly error: number;
}

export interface MapKindFacts {
  readonly name: string;
  /** What the values are. */
  readonly title: string;
  /** Whether values lie about zero: then the scale does too, in diverging colours. */
  readonly signed: boolean;
  /** A value in its unit. */
  readonly say: (value: number) => string;
  /** {@link ShownMap.figure} in its unit. */
  readonly sayFigure: (value: number) => string;
  /** The unit of the figure with its interval, and how many of it a value of 1 is. */
  readonly unit: { readonly name: string; readonly per: number };
  /** What {@link ShownMap.figure} is. */
  readonly figureTitle: string;
  /** Whether a map is of one class rather than another. */
  readonly contrasts: boolean;
  /** @param against the class that the map is in contrast to. Null where there is no such map. */
  readonly show: (map: SaliencyMap, against: SaliencyMap | null) => ShownMap | null;
}

const contrastTitle =
  'Contrast of the map (max \u2212 mean); after \u00b1 the 95 % interval of a patch, in percentage points';

const percentagePoints = { name: 'pp', per: 100 } as const;
const unsignedPoints = (value: number): string => points(value).replace('+', '');

function strongest({ values, errors }: MeasuredMap): Pick<ShownMap, 'figure' | 'error'> {
  const at = values.reduce((best, value, token) => (value > (values[best] ?? -Infinity) ? token : best), 0);
  return { figure: values[at] ?? NaN, error: interval95 * (errors[at] ?? NaN) };
}

export const mapKinds: Readonly<Record<MapKind, MapKindFacts>> = {
  kept: {
    name: 'Kept',
    title: 'Mean probability when the patch is kept: the published map',
    signed: false,
    say: percent,
    sayFigure: unsignedPoints,
    unit: percentagePoints,
    figureTitle: contrastTitle,
    contrasts: false,
    show: (map) => ({ values: map.kept, figure: map.contrast, error: interval95 * map.samplingError }),
  },
  signed: {
    name: 'Signed',
    title: 'Kept minus dropped: for or against the class',
    signed: true,
    say: points,
    sayFigure: points,
    unit: percentagePoints,
    figureTitle: 'The patch that speaks most for the class, in percentage points',
    contrasts: false,
    show: (map) => {
      const values = map.kept.map((value, token) => value - (map.dropped[token] ?? Number.NaN));
      return { values, figure: values.reduce((most, value) => (value > most ? value : most), -Infinity), error: NaN };
    },
  },
  contrast: {
    name: 'Contrast',
    title: 'What speaks for a class rather than another; patches within their sampling error are left neutral',
    signed: true,
    say: natsAlone,
    sayFigure: natsAlone,
    unit: { name: 'nats', per: 1 },
    figureTitle:
      'The patch that speaks most for the class rather than the other, with its 95 % interval, in nats (0.69 double the odds)',
    contrasts: true,
    show: (map, against) => {
      if (!map.evidence || !against?.evidence) return null;
      const contrast = contrastMap(map.evidence, against.evidence);
      return { values: beyondError(contrast), ...strongest(contrast) };
    },
  },
};

/** The kind that comes after another, round and round. */
export function nextKind(kind: MapKind): MapKind {
  return mapKindNames[(mapKindNames.indexOf(kind) + 1) % mapKindNames.length] ?? kind;
}
