/** `hognose explain --method`: maps of one image by any methods, told as a table. */

import { basename } from 'node:path';
import { methodFacts, type MethodParameters } from '../../shared/methods.js';
import type { ModelSummary } from '../../shared/model.js';
import type { SheetLook } from '../../shared/sheet.js';
import { AppError, fromErrorData } from '../../shared/errors.js';
import { compareMaps } from '../../shared/map-pair.js';
import { withoutIds } from '../../shared/readable-names.js';
import type { MethodOutcome } from '../engine/engine.js';
import { passes, seconds } from '../sheet/captions.js';
import type { MapValues } from '../sheet/grid-sheet.js';
import { methodSheet, type MethodRun } from '../sheet/method-sheet.js';
import type { Sheet, SheetPicture } from '../sheet/sheet.js';
import { labelOfImage } from './classes.js';
import { classRanking } from '../engine/choose-classes.js';
import type { ChosenMethod } from './method-options.js';

type Maps = Extract<MethodOutcome, { ok: true }>;

/** The maps of one method. */
export interface MethodMaps {
  readonly method: ChosenMethod['id'];
  readonly parameters: MethodParameters;
  readonly outcome: Maps;
}

/** One image with what the model says of it, and the classes that are shown. */
export interface PredictedImage {
  /** Path as it was given. */
  readonly image: string;
  readonly model: ModelSummary;
  readonly sha256: string;
  /** `[C]`. */
  readonly probabilities: Float32Array;
  /** Indices in the order of the maps that are shown. */
  readonly classes: readonly number[];
}

/** One image explained by several methods. */
export interface ComparedImage extends PredictedImage {
  readonly methods: readonly MethodMaps[];
}

/**
 * Outcomes of one image, one a method, with the methods they are of.
 * @throws AppError of the first outcome that failed
 */
export function methodMaps(
  methods: readonly ChosenMethod[],
  outcomes: readonly MethodOutcome[],
): readonly MethodMaps[] {
  return methods.map(({ id }, at) => {
    const outcome = outcomes[at];
    if (outcome === undefined) throw new AppError('INTERNAL', `${methodFacts(id).name} gave no answer.`);
    if (!outcome.ok) throw fromErrorData(outcome.error);
    return { method: id, parameters: outcome.parameters, outcome };
  });
}

/** The map of one class, a view; null when the outcome has none. */
export function mapOf({ classes, width, height, maps }: Maps, classIndex: number): MapValues | null {
  const row = classes.indexOf(classIndex);
  if (row < 0) return null;
  return { width, height, values: maps.subarray(row * width * height, (row + 1) * width * height) };
}

/** Rank correlation of two maps on the coarser of their grids, as the window has it; null where one is missing or constant. */
function agreement(one: MapValues | null, other: MapValues | null): number | null {
  return one === null || other === null ? null : compareMaps(one, other).spearman;
}

/** Lines of a table: method, seconds, passes, and the rank correlation with the first method for the first class. */
export function methodTable({ image, model, classes, methods }: ComparedImage): readonly string[] {
  const [first = 0] = classes;
  const reference = methods[0] === undefined ? null : mapOf(methods[0].outcome, first);
  const rows = methods.map(({ method, outcome }) => {
    const value = agreement(reference, mapOf(outcome, first));
    return [
      methodFacts(method).name,
      seconds(outcome.milliseconds),
      passes(outcome.cost),
      value === null ? '' : value.toFixed(2),
    ];
  });
  const named = methods[0] === undefined ? '' : methodFacts(methods[0].method).name;
  const table = [['method', 'time', 'passes', `Spearman with ${named}`], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const read = withoutIds(model.classes);
  const names = classes.map((index) => `${index} ${read[index] ?? ''}`.trim());
  return [
    `${image}: maps of ${names.join('; ')}`,
    ...table.map(([name = '', time = '', cost = '', value = '']) =>
      `${name.padEnd(widths[0] ?? 0)}  ${time.padStart(widths[1] ?? 0)}  ${cost.padEnd(widths[2] ?? 0)}  ${value}`.trimEnd(),
    ),
  ];
}

/** The sheet of a compared image. */
export function comparedSheet(compared: ComparedImage, picture: SheetPicture, look: SheetLook): Sheet {
  const { classes, methods } = compared;
  const runs = methods.map(({ method, parameters, outcome }) => ({
    method,
    parameters,
    took: { milliseconds: outcome.milliseconds, cost: outcome.cost },
    maps: classes.map((index) => mapOf(outcome, index) ?? { missing: 'No map' }),
  }));
  return imageSheet(compared, runs, { picture, look });
}

/** The sheet of one image by what its rows show. */
export function imageSheet(
  { image, model, sha256, probabilities, classes }: PredictedImage,
  methods: readonly MethodRun[],
  { picture, look }: { readonly picture: SheetPicture; readonly look: SheetLook },
): Sheet {
  const order = classRanking(probabilities);
  const label = labelOfImage(image, model);
  const read = withoutIds(model.classes);
  return methodSheet({
    image: basename(image),
    sha256,
    picture,
    model,
    classes: classes.map((index) => ({
      name: read[index] ?? `class ${index}`,
      probability: probabilities[index] ?? 0,
      rank: order.indexOf(index) + 1,
      label: index === label,
    })),
    methods,
    look,
  });
}
