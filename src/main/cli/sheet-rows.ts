/** The maps of a sheet's rows on the command line: by any methods, and the contrast with the TIS that it comes with in one run. */

import type { MethodId } from '../../shared/methods.js';
import type { ModelSummary } from '../../shared/model.js';
import { withoutIds } from '../../shared/readable-names.js';
import { contrastRow, methodOf, rivalOf, rowFacts } from '../../shared/sheet-rows.js';
import { beyondError, contrastMap } from '../../shared/evidence.js';
import { tisParameters } from '../audit/tis-parameters.js';
import { saliencyMaps } from '../maps/saliency.js';
import { classRanking } from '../engine/choose-classes.js';
import type { MethodOutcome, TisOutcome, TisProgress } from '../engine/engine.js';
import type { Took } from '../sheet/captions.js';
import type { MapOrReason } from '../sheet/grid-sheet.js';
import { labelOfImage } from './classes.js';
import { sourceOf } from './explain-images.js';
import { mapOf } from './explain-methods.js';
import type { ChosenMethod, ChosenRow } from './method-options.js';
import { computeMaps, type MapsContext } from './sheet-maps.js';
import { MeasuredLine, ProgressLine } from './terminal.js';

export interface RowsContext extends MapsContext {
  readonly model: ModelSummary;
  readonly rows: readonly ChosenRow[];
}

/** An image with what the model says of it. */
export interface RowsSubject {
  /** Path as it was given. */
  readonly image: string;
  readonly probabilities: Float32Array;
  /** Whose maps the methods make. */
  readonly classes: readonly number[];
  /** What the contrast is of. */
  readonly contrasted: readonly number[];
}

/** What a row shows of an image: a map a class. */
export interface RowCells {
  readonly maps: readonly MapOrReason[];
  readonly took: Took | null;
}

/** The rows of every subject: `[rows][subjects]`. @throws AppError as `Engine.explainWith` and `Engine.explainTis` do. */
export async function computeRows(
  context: RowsContext,
  subjects: readonly RowsSubject[],
): Promise<readonly (readonly RowCells[])[]> {
  const { rows } = context;
  const contrast = rows.find(({ id }) => id === contrastRow);
  const explained = contrast === undefined ? null : await explainSubjects(context, contrast, subjects);
  // What the contrast comes out of gives the maps of TIS too.
  const left = rows.filter(isMethod).filter(({ id }) => explained === null || id !== methodOf(contrastRow));
  const made = new Map<MethodId, readonly MethodOutcome[]>();
  for (const [at, outcomes] of (await computeMaps(context, left, subjects)).entries()) {
    const method = left[at];
    if (method !== undefined) made.set(method.id, outcomes);
  }
  const names = withoutIds(context.model.classes);
  return rows.map((row) =>
    subjects.map((subject, at) => {
      const outcome = explained?.[at];
      if (!isMethod(row)) return contrastCells(subject, outcome, { names, model: context.model });
      const of = made.get(row.id)?.[at];
      return of === undefined ? tisCells(subject, outcome) : methodCells(subject, of);
    }),
  );
}

function isMethod(row: ChosenRow): row is ChosenMethod {
  return row.id !== contrastRow;
}

/** The classes of contrasts, each with its rival; those without one are left out. */
function pairsOf(
  { image, probabilities, contrasted }: RowsSubject,
  model: ModelSummary,
): readonly (readonly [number, number])[] {
  const [label, ranking] = [labelOfImage(image, model), classRanking(probabilities)];
  return contrasted.flatMap((one) => {
    const against = rivalOf(one, label, ranking);
    return against === null ? [] : [[one, against] as const];
  });
}

async function explainSubjects(
  { engine, location, signal, model }: RowsContext,
  { id, parameters }: ChosenRow,
  subjects: readonly RowsSubject[],
): Promise<readonly TisOutcome[]> {
  const line = new ProgressLine();
  const outcomes: TisOutcome[] = [];
  try {
    for (const [at, subject] of subjects.entries()) {
      const place = subjects.length === 1 ? '' : `, image ${at + 1} of ${subjects.length}`;
      const progress = new MeasuredLine(line, `${rowFacts(id).name}${place}`);
      const classes = [...new Set([...subject.classes, ...pairsOf(subject, model).flat()])];
      const request = { parameters: tisParameters(parameters, model), classes, top: 0 };
      const onProgress = ({ scored, total }: TisProgress): void => {
        progress.reach(scored, total);
      };
      outcomes.push(
        await engine.explainTis({ model: location, input: sourceOf(subject.image), request }, { signal, onProgress }),
      );
    }
  } finally {
    line.clear();
  }
  return outcomes;
}

const noMap: MapOrReason = { missing: 'No map' };

function methodCells({ classes }: RowsSubject, outcome: MethodOutcome): RowCells {
  if (!outcome.ok) return { maps: classes.map(() => ({ missing: outcome.error.message })), took: null };
  const { milliseconds, cost } = outcome;
  return { maps: classes.map((index) => mapOf(outcome, index) ?? noMap), took: { milliseconds, cost } };
}

function tookOf({ milliseconds, scored }: TisOutcome): Took {
  return { milliseconds, cost: { forward: scored + 1, backward: 0 } };
}

function tisCells({ classes }: RowsSubject, outcome: TisOutcome | undefined): RowCells {
  if (outcome === undefined) return { maps: classes.map(() => noMap), took: null };
  const { gridWidth: width, gridHeight: height } = outcome;
  const kept = new Map<number, Float32Array>(saliencyMaps(outcome).map((map) => [map.classIndex, map.kept]));
  const maps = classes.map((index) => {
    const values = kept.get(index);
    return values === undefined ? noMap : { width, height, values };
  });
  return { maps, took: tookOf(outcome) };
}

function contrastCells(
  subject: RowsSubject,
  outcome: TisOutcome | undefined,
  { names, model }: { readonly names: readonly string[]; readonly model: ModelSummary },
): RowCells {
  if (outcome === undefined) return { maps: subject.contrasted.map(() => noMap), took: null };
  const { gridWidth: width, gridHeight: height } = outcome;
  const evidence = new Map(saliencyMaps(outcome).map((map) => [Number(map.classIndex), map.evidence]));
  const rivals = new Map(pairsOf(subject, model));
  const name = (index: number): string => names[index] ?? `class ${index}`;
  const maps = subject.contrasted.map((of): MapOrReason => {
    const against = rivals.get(of);
    if (against === undefined) return { missing: 'There is no class that this one could be in contrast to.' };
    const [a, b] = [evidence.get(of), evidence.get(against)];
    if (!a || !b) return noMap;
    const values = beyondError(contrastMap(a, b));
    return { width, height, values, contrast: { of: name(of), against: name(against) } };
  });
  return { maps, took: tookOf(outcome) };
}
