/** The sheet of one image: methods by classes. */

import type { MethodParameters } from '../../shared/methods.js';
import type { SheetLook } from '../../shared/sheet.js';
import { type RowId, rowFacts } from '../../shared/sheet-rows.js';
import { percent } from '../../shared/figures.js';
import { firstName } from '../../shared/readable-names.js';
import { type ContrastNames, contrastWords, methodCaption, parameterWords, rivalLines, type Took } from './captions.js';
import { gridSheet, type MapOrReason } from './grid-sheet.js';
import type { Sheet, SheetCaption, SheetPicture } from './sheet.js';

/** The model, as a sheet names it. */
export interface SheetModel {
  readonly name: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

export interface SheetClass {
  readonly name: string;
  readonly probability: number;
  /** Rank in the prediction from 1. */
  readonly rank: number;
  /** Whether it is the image's label. */
  readonly label: boolean;
}

/** What a method gave an image, or the contrasts of its classes. */
export interface MethodRun {
  readonly method: RowId;
  readonly parameters: MethodParameters;
  /** What all its maps of the image took; null when unknown. */
  readonly took: Took | null;
  /** One a class, in the order of the sheet's classes. */
  readonly maps: readonly MapOrReason[];
}

export interface MethodSheetInput {
  /** File name, for display. */
  readonly image: string;
  /** SHA-256 of the file, hexadecimal; null when unknown. */
  readonly sha256: string | null;
  readonly picture: SheetPicture;
  readonly model: SheetModel;
  readonly classes: readonly SheetClass[];
  readonly methods: readonly MethodRun[];
  readonly look: SheetLook;
  /** Further lines of the footer. */
  readonly notes?: readonly string[];
}

function classCaption({ name, probability, rank, label }: SheetClass): SheetCaption {
  const place = label ? `label, rank ${String(rank)}` : `rank ${String(rank)}`;
  return { main: firstName(name), small: [`${place} · ${percent(probability)}`] };
}

/** All names of the classes, where captions give only the first. */
function nameLines(classes: readonly SheetClass[]): readonly string[] {
  if (classes.every(({ name }) => firstName(name) === name)) return [];
  return [`Classes: ${classes.map(({ name }) => name).join('; ')}.`];
}

/** Enough of a hash to tell files and models apart. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

/** The parameters of all methods in a line; none where no method has any. */
export function parameterLines(methods: readonly Pick<MethodRun, 'method' | 'parameters'>[]): readonly string[] {
  const words = [...new Set(methods.flatMap(({ method, parameters }) => parameterWords(method, parameters) ?? []))];
  return words.length === 0 ? [] : [`Parameters: ${words.join('; ')}.`];
}

function contrastsOf({ maps }: MethodRun): readonly ContrastNames[] {
  return maps.flatMap((map) => ('missing' in map ? [] : (map.contrast ?? [])));
}

/** All pairs of the contrasts, which the caption may have no room for. */
function contrastLines(methods: readonly MethodRun[]): readonly string[] {
  return methods.flatMap((run) => {
    const pairs = contrastsOf(run).map(contrastWords);
    return pairs.length === 0 ? [] : [`${rowFacts(run.method).name}: ${pairs.join('; ')}.`];
  });
}

/** Lays out the maps of one image: methods down and classes across, or the other way round when transposed. */
export function methodSheet(input: MethodSheetInput): Sheet {
  const { image, sha256, picture, model, classes, methods, look, notes = [] } = input;
  const best = classes.find(({ rank }) => rank === 1);
  const label = classes.find((entry) => entry.label);
  const said = [
    label === undefined ? null : `Label: ${firstName(label.name)}`,
    best === undefined ? null : `prediction: ${firstName(best.name)}, ${percent(best.probability)}`,
  ].filter((word) => word !== null);
  const beside = methods.find(({ method }) => method === 'tis')?.took ?? null;
  const file = sha256 === null ? image : `${image} (SHA-256 ${shortHash(sha256)})`;
  return gridSheet({
    title: image,
    subtitle: [...said, `model: ${model.name}`].join(' · ').replace(/^./u, (first) => first.toUpperCase()),
    pictures: [picture],
    subjects: classes.map((entry) => ({ caption: classCaption(entry), picture: 0 })),
    methods: methods.map((run) => ({
      id: run.method,
      caption: methodCaption(run.method, run.took, { each: false, lines: rivalLines(contrastsOf(run)), beside }),
    })),
    maps: classes.map((_, row) => methods.map(({ maps }) => maps[row] ?? { missing: 'No map' })),
    look,
    footer: [
      ...nameLines(classes),
      ...contrastLines(methods),
      ...parameterLines(methods),
      ...notes,
      `Image ${file}. Model ${model.name} (${shortHash(model.hash)}).`,
    ],
  });
}
