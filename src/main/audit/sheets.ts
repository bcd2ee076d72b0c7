/** Puts the maps of a project's images together as sheets: one image with many classes, or many images. */

import { type ClassIndex, type ImageId, type ImageRow } from '../../shared/audit.js';
import { AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import type { MethodId } from '../../shared/methods.js';
import type { SheetLook } from '../../shared/sheet.js';
import type { Engine } from '../engine/engine.js';
import { modelLocation } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import type { Took } from '../sheet/captions.js';
import { type ContactImage, contactSheet } from '../sheet/contact-sheet.js';
import type { MapOrReason } from '../sheet/grid-sheet.js';
import { type MethodRun, methodSheet, type SheetClass } from '../sheet/method-sheet.js';
import type { Sheet, SheetPicture } from '../sheet/sheet.js';
import type { Comparison } from './comparison.js';

/** The sheet of one image. */
export interface ImageSheetWish {
  readonly id: ImageId;
  readonly methods: readonly MethodId[];
  readonly classes: readonly ClassIndex[];
  readonly look: SheetLook;
}

/** The sheet of many images, one class each. */
export interface ContactSheetWish {
  readonly ids: readonly ImageId[];
  readonly methods: readonly MethodId[];
  readonly of: 'label' | 'prediction';
  readonly look: SheetLook;
}

/** What stands in a cell without a map, and what the map of another took. */
interface Cells {
  readonly maps: readonly MapOrReason[];
  readonly took: Took | null;
}

/** Makes sheets of one project; maps that are missing are computed and kept. */
export class Sheets {
  readonly #project: Project;
  readonly #engine: Engine;
  readonly #comparison: Comparison;

  constructor(project: Project, engine: Engine, comparison: Comparison) {
    this.#project = project;
    this.#engine = engine;
    this.#comparison = comparison;
  }

  /** @throws AppError `IMAGE_*`, `MODEL_*`, `ENGINE_STOPPED`, `CANCELLED`; a refused method is a reason in its cells. */
  async ofImage({ id, methods, classes, look }: ImageSheetWish, signal: AbortSignal): Promise<Sheet> {
    const picture = await this.#picture(id, signal);
    const runs: MethodRun[] = [];
    for (const method of methods) {
      const { maps, took } = await this.#cells(id, method, classes, signal);
      runs.push({ method, parameters: this.#comparison.parametersOf(method), maps, took });
    }
    const { file, sha256 } = this.#project.detail(id);
    const { model } = this.#project.info;
    return methodSheet({
      image: file,
      sha256,
      picture,
      model,
      classes: this.#classes(id, classes),
      methods: runs,
      look,
    });
  }

  /**
   * The contact sheet, one `null` a map on the way and the sheet at the end. An image that cannot be shown is told to
   * `problem` and left out.
   * @throws AppError as {@link ofImage}; the last problem when no image is left.
   */
  async *ofImages(
    { ids, methods, of, look }: ContactSheetWish,
    signal: AbortSignal,
    problem: (error: ErrorData) => void,
  ): AsyncGenerator<null, Sheet> {
    const images: ContactImage[] = [];
    let failure: AppError | null = null;
    for (const row of this.#project.rows(ids)) {
      try {
        images.push(yield* this.#contactImage(row, methods, of, signal));
      } catch (error) {
        const why = toAppError(error);
        if (!why.code.startsWith('IMAGE_')) throw why;
        failure = why;
        problem(why.toData());
      }
    }
    if (images.length === 0) throw failure ?? new AppError('IMAGE_NOT_FOUND', 'No image was picked.');
    const { name, model } = this.#project.info;
    return contactSheet({
      title: name,
      classes: of === 'label' ? 'Maps of the label' : 'Maps of the prediction',
      model,
      methods: methods.map((method) => ({ method, parameters: this.#comparison.parametersOf(method) })),
      images,
      look,
    });
  }

  async *#contactImage(
    row: ImageRow,
    methods: readonly MethodId[],
    of: ContactSheetWish['of'],
    signal: AbortSignal,
  ): AsyncGenerator<null, ContactImage> {
    const picture = await this.#picture(row.id, signal);
    const predicted = row.prediction?.top[0];
    // An image whose label has no class is shown by what the model says.
    const shown = (of === 'label' ? row.prediction?.labelClass : null) ?? predicted?.classIndex;
    const maps: MapOrReason[] = [];
    const took: (Took | null)[] = [];
    for (const method of methods) {
      const cells = shown === undefined ? notPredicted : await this.#cells(row.id, method, [shown], signal);
      maps.push(cells.maps[0] ?? { missing: 'No map' });
      took.push(cells.took);
      yield null;
    }
    const name = (index: ClassIndex): string => this.#project.info.model.classes[index] ?? String(index);
    return {
      file: row.file,
      picture,
      label: row.label === null ? null : (this.#project.info.labels[row.label] ?? null),
      prediction:
        predicted === undefined ? null : { name: name(predicted.classIndex), probability: predicted.probability },
      shown: shown === undefined ? '' : name(shown),
      maps,
      took,
    };
  }

  async #picture(id: ImageId, signal: AbortSignal): Promise<SheetPicture> {
    const { info } = this.#project;
    const { bytes, width, height } = await this.#engine.picture(
      this.#project.source(id),
      'model',
      modelLocation(info),
      signal,
    );
    return { png: bytes, width, height };
  }

  async #cells(id: ImageId, method: MethodId, classes: readonly ClassIndex[], signal: AbortSignal): Promise<Cells> {
    try {
      const maps = await this.#comparison.maps({ id, method, classes }, { signal });
      return { maps, took: maps[0] ?? null };
    } catch (error) {
      const { code, message } = toAppError(error);
      if (code !== 'METHOD_UNSUPPORTED') throw error;
      return { maps: classes.map(() => ({ missing: message })), took: null };
    }
  }

  #classes(id: ImageId, classes: readonly ClassIndex[]): readonly SheetClass[] {
    const probabilities = this.#project.probabilities(id) ?? new Float32Array(0);
    const label = this.#project.detail(id).prediction?.labelClass;
    return classes.map((index) => {
      const probability = probabilities[index] ?? 0;
      return {
        name: this.#project.info.model.classes[index] ?? String(index),
        probability,
        rank: 1 + probabilities.reduce((better, other) => better + (other > probability ? 1 : 0), 0),
        label: index === label,
      };
    });
  }
}

const notPredicted: Cells = { maps: [{ missing: 'Not predicted yet' }], took: null };
