/** Contrast maps of one project: what speaks for each class rather than its rival, out of the evidence that explanations keep. */

import { type ClassIndex, classIndex, type ImageId } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { beyondError, contrastMap, type Evidence } from '../../shared/evidence.js';
import { contrastRow, rivalOf, type RowMap } from '../../shared/sheet-rows.js';
import type { OpenProject } from '../data/open-project.js';
import type { RunProgress } from '../engine/engine.js';
import type { ExplanationRecord } from '../project/explanations.js';
import { classOfLabel } from '../project/label-mapping.js';
import { resultsOf, type Terms } from '../project/project-info.js';
import type { Explainer } from './explain.js';

/** Contrasts wanted of one image, under the terms of the moment of the wish. */
export interface ContrastTask {
  readonly id: ImageId;
  readonly classes: readonly ClassIndex[];
  readonly terms: Terms;
}

interface ContrastOptions {
  readonly signal: AbortSignal;
  readonly ahead: boolean;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** Finds contrasts in what is explained, and explains what is not. */
export class Contrasts {
  readonly #project: OpenProject;
  readonly #explainer: Explainer;
  readonly #explained: (id: ImageId) => Promise<void>;

  /** @param explained hears of every image that was explained. */
  constructor(project: OpenProject, explainer: Explainer, explained: (id: ImageId) => Promise<void>) {
    this.#project = project;
    this.#explainer = explainer;
    this.#explained = explained;
  }

  /** The contrasts of those of the classes that are explained, with their rivals, and have evidence. */
  async found(task: ContrastTask): Promise<readonly RowMap[]> {
    const [record, pairs] = await Promise.all([
      this.#project.loadExplanation(task.id, resultsOf(task.terms)),
      this.#pairs(task),
    ]);
    if (record === null) return [];
    return pairs.flatMap(([one, against]) => {
      const [a, b] = [evidenceIn(record, one), evidenceIn(record, against)];
      return a === null || b === null ? [] : [mapOf(task.id, record, { pair: [one, against], evidence: [a, b] })];
    });
  }

  /**
   * Explains the classes and their rivals, and keeps that: TIS maps of the same masks are then found too.
   * @throws AppError `METHOD_UNSUPPORTED` where there is no rival, and as {@link Explainer.explain} does.
   */
  async compute(task: ContrastTask, { signal, ahead, onProgress }: ContrastOptions): Promise<void> {
    const { id, terms } = task;
    const pairs = await this.#pairs(task);
    if (pairs.length < task.classes.length) {
      throw new AppError('METHOD_UNSUPPORTED', 'There is no class that this one could be in contrast to.');
    }
    await this.explain({ id, classes: [...new Set(pairs.flat())], terms }, { signal, ahead, onProgress });
  }

  /** Explains the classes, and keeps that. @throws AppError as {@link Explainer.explain} does. */
  async explain({ id, classes, terms }: ContrastTask, { signal, ahead, onProgress }: ContrastOptions): Promise<void> {
    const onMaps =
      onProgress &&
      (({ scored, total }: { readonly scored: number; readonly total: number }) => {
        onProgress({ done: scored, total });
      });
    await this.#explainer.explain({ image: id, classes, terms }, { signal, ahead, onMaps });
    await this.#explained(id);
  }

  /** The classes with what each is in contrast to; those without a rival are left out. */
  async #pairs({ id, classes, terms }: ContrastTask): Promise<readonly (readonly [ClassIndex, ClassIndex])[]> {
    const [row] = await this.#project.rows([id]);
    const label = classOfLabel(terms.mapping, row?.label ?? null);
    const ranking = row?.prediction?.top.map((entry) => entry.classIndex) ?? [];
    return classes.flatMap((one) => {
      const against = rivalOf(one, label, ranking);
      return against === null ? [] : [[one, against] as const];
    });
  }
}

function evidenceIn({ maps }: ExplanationRecord, wish: ClassIndex): Evidence | null {
  return maps.find((map) => map.classIndex === wish)?.evidence ?? null;
}

function mapOf(
  imageId: ImageId,
  { gridWidth: width, gridHeight: height, parameters, scored, milliseconds }: ExplanationRecord,
  {
    pair: [one, against],
    evidence: [a, b],
  }: { readonly pair: readonly [ClassIndex, ClassIndex]; readonly evidence: readonly [Evidence, Evidence] },
): RowMap {
  const whole = contrastMap(a, b);
  const { masks, ratio, seed } = parameters;
  return {
    imageId,
    method: contrastRow,
    classIndex: classIndex(one),
    width,
    height,
    values: beyondError(whole),
    contrast: { against, whole },
    parameters: { masks, ratio, seed },
    milliseconds,
    cost: { forward: scored + 1, backward: 0 },
    cached: true,
  };
}
