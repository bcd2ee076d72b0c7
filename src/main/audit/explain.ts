/** The explanation of one image: out of the project's cache, or computed, judged and kept. */

import type { ClassIndex, Explanation, ImageId, ImageRow, SaliencyMap } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { Engine } from '../engine/engine.js';
import type { ExplanationRecord } from '../project/explanations.js';
import { modelLocation } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import type { ComputeOptions, Explains } from './explain-queue.js';
import { judgeDisagreement } from './disagreement.js';
import { saliencyMaps } from './saliency.js';

/** Classes explained besides the label: the most probable ones. */
const topClasses = 5;

/** What a class is called in a sentence: the first of its names. */
function shortName(className: string): string {
  return className.split(',')[0] ?? className;
}

/** The label's map first, then by probability. */
function inOrder(maps: readonly SaliencyMap[], label: ClassIndex | null): SaliencyMap[] {
  const rank = (map: SaliencyMap): number => (map.classIndex === label ? 0 : 1);
  return [...maps].sort((a, b) => rank(a) - rank(b) || b.probability - a.probability);
}

/** Explains images of one project with its model and TIS settings. */
export class Explainer implements Explains {
  readonly #project: Project;
  readonly #engine: Engine;

  constructor(project: Project, engine: Engine) {
    this.#project = project;
    this.#engine = engine;
  }

  /** The kept explanation, when it holds the label's map and all of `classes`; else null. */
  cached(id: ImageId, classes: readonly ClassIndex[] = []): Explanation | null {
    const record = this.#project.loadExplanation(id);
    if (record === null) return null;
    const row = this.#row(id);
    const has = new Set(record.maps.map((map) => map.classIndex));
    if (!this.#wanted(row, classes).every((wish) => has.has(wish))) return null;
    return this.#explanation(row, record, true);
  }

  /**
   * Computes the maps of label, top 5 and `classes`, keeps them, and judges the disagreement. Maps kept earlier for other
   * classes are computed again too, so that nothing is lost from the cache.
   */
  async compute(
    id: ImageId,
    classes: readonly ClassIndex[],
    { signal, ahead, onMaps }: ComputeOptions,
  ): Promise<Explanation> {
    const project = this.#project;
    const { tis } = project.info;
    const earlier = project.loadExplanation(id)?.maps.map((map) => map.classIndex) ?? [];
    const wanted = [...new Set([...this.#wanted(this.#row(id), classes), ...earlier])];
    const request = { parameters: tis, classes: wanted, top: topClasses, ahead };
    const label = this.#labelClass(this.#row(id));
    const outcome = await this.#engine.explainTis(modelLocation(project.info), project.source(id), request, {
      signal,
      onMaps:
        onMaps &&
        ((maps) => {
          const { gridWidth, gridHeight, scored, total } = maps;
          onMaps({ imageId: id, gridWidth, gridHeight, maps: inOrder(saliencyMaps(maps), label), scored, total });
        }),
    });
    const { gridWidth, gridHeight, initIndices, scored, milliseconds, facts } = outcome;
    project.saveExplanation(id, {
      gridWidth,
      gridHeight,
      maps: saliencyMaps(outcome),
      parameters: tis,
      initIndices,
      scored,
      milliseconds,
      facts,
    });
    // Read back, so that the first look shows the same half-precision values as every later one.
    const record = project.loadExplanation(id);
    if (record === null) throw new AppError('INTERNAL', `The maps of image ${id} were kept but are not found.`);
    const explanation = this.#explanation(this.#row(id), record, false);
    project.setDisagreement(id, explanation.disagreement);
    return explanation;
  }

  #row(id: ImageId): ImageRow {
    const [row] = this.#project.rows([id]);
    if (row === undefined) throw new AppError('IMAGE_NOT_FOUND', `There is no image ${id} in this project.`);
    return row;
  }

  #labelClass(row: ImageRow): ClassIndex | null {
    if (row.label === null) return null;
    return this.#project.info.mapping.find((entry) => entry.label === row.label)?.classIndex ?? null;
  }

  #wanted(row: ImageRow, classes: readonly ClassIndex[]): readonly ClassIndex[] {
    const label = this.#labelClass(row);
    return label === null ? classes : [label, ...classes];
  }

  #explanation(row: ImageRow, record: ExplanationRecord, cached: boolean): Explanation {
    const label = this.#labelClass(row);
    const maps = inOrder(record.maps, label);
    const { gridWidth, gridHeight, parameters, scored, milliseconds } = record;
    const disagreement = this.#disagreement(label, maps, gridWidth, gridHeight);
    return { imageId: row.id, gridWidth, gridHeight, maps, disagreement, parameters, scored, milliseconds, cached };
  }

  #disagreement(
    label: ClassIndex | null,
    maps: readonly SaliencyMap[],
    gridWidth: number,
    gridHeight: number,
  ): Explanation['disagreement'] {
    const labelMap = maps.find((map) => map.classIndex === label);
    const [prediction] = [...maps].sort((a, b) => b.probability - a.probability);
    if (labelMap === undefined || prediction === undefined || labelMap === prediction) return null;
    const name = (map: SaliencyMap): string => shortName(this.#project.info.model.classes[map.classIndex] ?? '');
    return judgeDisagreement(labelMap, prediction, {
      label: name(labelMap),
      prediction: name(prediction),
      gridWidth,
      gridHeight,
    });
  }
}
