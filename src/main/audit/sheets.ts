/** Puts the maps of a project's images together as sheets: one image with many classes, or many images. */

import { type ClassIndex, type ImageId, type ImageRow } from '../../shared/audit.js';
import { AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import { methodFacts } from '../../shared/methods.js';
import type { SheetLook } from '../../shared/sheet.js';
import { contrastRow, methodOf, type RowId, type RowMap } from '../../shared/sheet-rows.js';
import { readableNames, withoutIds } from '../../shared/readable-names.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import { classOfLabel } from '../project/label-mapping.js';
import { modelLocation, type Terms } from '../project/project-info.js';
import type { Took } from '../sheet/captions.js';
import { type ContactImage, contactSheet } from '../sheet/contact-sheet.js';
import type { MapOrReason } from '../sheet/grid-sheet.js';
import { type MethodRun, methodSheet, type SheetClass } from '../sheet/method-sheet.js';
import type { Sheet, SheetPicture } from '../sheet/sheet.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Work } from '../jobs/pace.js';
import { type Comparison, type MapsWish, parametersOf } from './comparison.js';
import { isPublished } from './tis-parameters.js';

/** The sheet of one image. */
export interface ImageSheetWish {
  readonly id: ImageId;
  readonly methods: readonly RowId[];
  readonly classes: readonly ClassIndex[];
  readonly look: SheetLook;
}

/** The sheet of many images, one class each; the contrast is of the prediction, rather than the label or the runner-up. */
export interface ContactSheetWish {
  readonly ids: readonly ImageId[];
  readonly methods: readonly RowId[];
  readonly of: 'label' | 'prediction';
  readonly look: SheetLook;
}

/** What all cells of a sheet have in common. */
interface SheetTask {
  readonly terms: Terms;
  readonly signal: AbortSignal;
}

/** What stands in a cell without a map, and what the map of another took. */
interface Cells {
  readonly maps: readonly MapOrReason[];
  readonly took: Took | null;
  /** Whether they were there already, or there are none. */
  readonly kept: boolean;
}

/** Makes sheets of one project, each under the terms it was asked with; maps that are missing are computed and kept. */
export class Sheets {
  readonly #project: OpenProject;
  readonly #engine: Engine;
  readonly #comparison: Comparison;

  constructor(project: OpenProject, engine: Engine, comparison: Comparison) {
    this.#project = project;
    this.#engine = engine;
    this.#comparison = comparison;
  }

  /** @throws AppError `IMAGE_*`, `MODEL_*`, `ENGINE_STOPPED`, `CANCELLED`; a refused method is a reason in its cells. */
  async ofImage({ id, methods, classes, look }: ImageSheetWish, task: SheetTask): Promise<Sheet> {
    const { terms } = task;
    const picture = await this.#picture(id, task);
    const names = withoutIds(terms.model.classes);
    const runs = new Map<RowId, MethodRun>();
    for (const method of contrastFirst(methods)) {
      const { maps, took } = await this.#cells({ id, method, classes }, names, task);
      runs.set(method, { method, parameters: parametersOf(method, terms), maps, took });
    }
    const { file, sha256, label } = await this.#project.detail(id);
    return methodSheet({
      image: file,
      sha256,
      picture,
      model: terms.model,
      classes: await this.#classes({ id, label }, classes, terms),
      methods: methods.flatMap((method) => runs.get(method) ?? []),
      look,
      notes: departures(methods, terms),
    });
  }

  /**
   * The contact sheet, a step a map on the way and the sheet at the end. An image that cannot be shown is told to
   * `problem` and left out.
   * @throws AppError as {@link ofImage}; the last problem when no image is left.
   */
  async *ofImages(
    { ids, methods, of, look }: ContactSheetWish,
    task: SheetTask,
    problem: (error: ErrorData) => void,
  ): AsyncGenerator<StepProgress, Sheet> {
    const images: ContactImage[] = [];
    let failure: AppError | null = null;
    for (const row of await this.#project.rows(ids)) {
      try {
        images.push(yield* this.#contactImage(row, methods, of, task));
      } catch (error) {
        const why = toAppError(error);
        if (!why.code.startsWith('IMAGE_')) throw why;
        failure = why;
        problem(why.toData());
      }
    }
    if (images.length === 0) throw failure ?? new AppError('IMAGE_NOT_FOUND', 'No image was picked.');
    return contactSheet({
      title: this.#project.info.name,
      classes: of === 'label' ? 'Maps of the label' : 'Maps of the prediction',
      model: task.terms.model,
      methods: methods.map((method) => ({ method, parameters: parametersOf(method, task.terms) })),
      images,
      look,
      notes: departures(methods, task.terms),
    });
  }

  /** What there is to compute for a contact sheet, and its one piece at the end. */
  async work(wish: ContactSheetWish, terms: Terms): Promise<readonly Work[]> {
    const rows = await this.#project.rows(wish.ids);
    const maps = wish.methods.map(async (method) => {
      const lacking = await Promise.all(rows.map((row) => this.#lacks(row, method, wish.of, terms)));
      return {
        like: likeMaps(method, terms),
        items: lacking.filter(Boolean).length,
        guess: guesses[methodFacts(methodOf(method)).cost],
      };
    });
    return [...(await Promise.all(maps)), { like: 'sheet', items: 1, guess: 1 }];
  }

  /** Whether the map that a contact sheet shows of an image has to be computed. */
  async #lacks(row: ImageRow, method: RowId, of: ContactSheetWish['of'], terms: Terms): Promise<boolean> {
    const shown = shownClass(row, method === contrastRow ? 'prediction' : of, terms);
    if (shown === undefined) return false;
    return (await this.#comparison.cached({ id: row.id, method, classes: [shown], terms })) === null;
  }

  async *#contactImage(
    row: ImageRow,
    methods: readonly RowId[],
    of: ContactSheetWish['of'],
    task: SheetTask,
  ): AsyncGenerator<StepProgress, ContactImage> {
    const picture = await this.#picture(row.id, task);
    const predicted = row.prediction?.top[0];
    const names = readableNames({ ...task.terms, labels: this.#project.info.labels });
    const name = (index: ClassIndex): string => names.classes[index] ?? String(index);
    const shown = shownClass(row, of, task.terms);
    const made = new Map<RowId, Cells>();
    for (const method of contrastFirst(methods)) {
      const like = (await this.#lacks(row, method, of, task.terms)) ? likeMaps(method, task.terms) : null;
      const one = method === contrastRow ? predicted?.classIndex : shown;
      const wish = one === undefined ? null : { id: row.id, method, classes: [one] };
      const cells = wish === null ? notPredicted : await this.#cells(wish, names.classes, task, true);
      made.set(method, cells);
      yield { done: 1, computed: cells.kept ? 0 : 1, like };
    }
    return {
      file: row.file,
      picture,
      label: row.label === null ? null : (names.labels[row.label] ?? null),
      prediction:
        predicted === undefined ? null : { name: name(predicted.classIndex), probability: predicted.probability },
      shown: shown === undefined ? '' : name(shown),
      maps: methods.map((method) => made.get(method)?.maps[0] ?? { missing: 'No map' }),
      took: methods.map((method) => made.get(method)?.took ?? null),
    };
  }

  async #picture(id: ImageId, { terms, signal }: SheetTask): Promise<SheetPicture> {
    const { bytes, width, height } = await this.#engine.modelPicture(
      { model: modelLocation(terms), source: await this.#project.source(id) },
      { signal },
    );
    return { png: bytes, width, height };
  }

  /** @param names of the classes, for the words of contrasts. */
  async #cells(wish: MapsWish, names: readonly string[], { terms, signal }: SheetTask, ahead = false): Promise<Cells> {
    try {
      const maps = await this.#comparison.maps({ ...wish, terms }, { signal, ahead });
      const cells = maps.map((map) => mapValues(map, names));
      return { maps: cells, took: maps[0] ?? null, kept: maps.every(({ cached }) => cached) };
    } catch (error) {
      const { code, message } = toAppError(error);
      if (code !== 'METHOD_UNSUPPORTED') throw error;
      return { maps: wish.classes.map(() => ({ missing: message })), took: null, kept: true };
    }
  }

  async #classes(
    image: Pick<ImageRow, 'id' | 'label'>,
    classes: readonly ClassIndex[],
    terms: Terms,
  ): Promise<readonly SheetClass[]> {
    const probabilities = (await this.#project.probabilities(image.id)) ?? new Float32Array(0);
    const label = classOfLabel(terms.mapping, image.label);
    const names = withoutIds(terms.model.classes);
    return classes.map((index) => {
      const probability = probabilities[index] ?? 0;
      return {
        name: names[index] ?? String(index),
        probability,
        rank: 1 + probabilities.reduce((better, other) => better + (other > probability ? 1 : 0), 0),
        label: index === label,
      };
    });
  }
}

/** The class that a contact sheet shows of an image: where its label has none, what the model says. */
function shownClass(row: ImageRow, of: ContactSheetWish['of'], { mapping }: Terms): ClassIndex | undefined {
  return (of === 'label' ? classOfLabel(mapping, row.label) : null) ?? row.prediction?.top[0]?.classIndex;
}

/** The contrast is made first: TIS as published then finds its maps made too. */
function contrastFirst(methods: readonly RowId[]): readonly RowId[] {
  return [...methods.filter((id) => id === contrastRow), ...methods.filter((id) => id !== contrastRow)];
}

/** A map with the names of its classes where it is a contrast. */
function mapValues({ width, height, values, classIndex, contrast }: RowMap, names: readonly string[]): MapOrReason {
  const name = (index: ClassIndex): string => names[index] ?? String(index);
  const pair = contrast === null ? undefined : { of: name(classIndex), against: name(contrast.against) };
  return { width, height, values, contrast: pair };
}

/** How the contrast was made where that is not as published, which the maps of methods always are. */
function departures(methods: readonly RowId[], { tis }: Terms): readonly string[] {
  if (!methods.includes(contrastRow) || isPublished(tis)) return [];
  const words = [
    tis.stability === undefined
      ? null
      : `until a map was expected to correlate with that of all masks by ${String(tis.stability)}`,
    tis.precision === undefined ? null : `with ${tis.precision}, an approximation of float32`,
  ].filter((word) => word !== null);
  return words.length === 0 ? [] : [`The masks of the contrast were scored ${words.join(', and ')}.`];
}

/** Seconds a map may take while none was computed. */
const guesses = { light: 0.5, medium: 3, heavy: 30 } as const;

function likeMaps(method: RowId, terms: Terms): string {
  return `maps ${method} ${terms.model.hash} ${JSON.stringify(parametersOf(method, terms))}`;
}

const notPredicted: Cells = { maps: [{ missing: 'Not predicted yet' }], took: null, kept: true };
