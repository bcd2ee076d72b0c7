/** The explanation of one image: out of the project's cache, or computed, judged and kept. */

import type { ClassIndex, Explanation, ImageId, ImageRow, MappingRow, SaliencyMap } from '../../shared/audit.js';
import type { Disagreement } from '../../shared/disagreement.js';
import { AppError } from '../../shared/errors.js';
import type { Evidence } from '../../shared/evidence.js';
import type { Engine } from '../engine/engine.js';
import type { ExplanationRecord } from '../project/explanations.js';
import { classOfLabel } from '../project/label-mapping.js';
import { modelOf } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import type { ComputeOptions, Explains } from './explain-queue.js';
import type { ExplainTask } from './explain-task.js';
import { relateEvidence } from '../maps/disagreement.js';
import { saliencyMaps } from '../maps/saliency.js';

/** Errors after which the same may succeed: nothing else is shown in place of what was asked for. */
const notLasting: readonly string[] = ['CANCELLED', 'ENGINE_STOPPED', 'MODEL_CHANGED'];

/** Classes explained besides the label: the most probable ones. */
const topClasses = 5;

/** The label's map first, then by probability. */
function inOrder(maps: readonly SaliencyMap[], label: ClassIndex | null): SaliencyMap[] {
  const rank = (map: SaliencyMap): number => (map.classIndex === label ? 0 : 1);
  return [...maps].sort((a, b) => rank(a) - rank(b) || b.probability - a.probability);
}

function hasEvidence({ maps }: ExplanationRecord): boolean {
  return maps.every(({ evidence }) => evidence !== null);
}

/** Of which image, and as what its label counts. */
type TaskTerms = Pick<ExplainTask, 'image' | 'terms'>;

/** The evidence that a disagreement is measured on. */
interface Opposed {
  readonly label: Evidence;
  readonly prediction: Evidence;
  readonly labelProbability: number;
}

/** Explains images of one project; every task under the terms it was made with. */
export class Explainer implements Explains {
  readonly #project: Project;
  readonly #engine: Engine;

  constructor(project: Project, engine: Engine) {
    this.#project = project;
    this.#engine = engine;
  }

  /** The kept explanation, when it holds the label's map and all classes of the task, each with its evidence; else null. */
  cached(task: ExplainTask): Explanation | null {
    const record = this.#project.loadExplanation(task.image, task.terms);
    if (record === null || !this.#isWhole(task, record)) return null;
    // Maps are kept by content: a duplicate, or an image that got another label, has not been told of yet.
    if (!this.#isTold(task, record)) this.#keepDisagreement(task, record);
    return this.#explanation(task, record, true);
  }

  /** Whether nothing is left to do for a task: maps with evidence are kept, and how label and prediction relate. */
  isDone(task: ExplainTask): boolean {
    const record = this.#project.loadExplanation(task.image, task.terms);
    return record !== null && this.#isWhole(task, record) && this.#isTold(task, record);
  }

  /**
   * Computes the maps of label, top 5 and the classes of the task, keeps them, and relates label to prediction. Maps kept earlier
   * for other classes are computed again too, so that nothing is lost from the cache. Where maps without evidence are kept and
   * cannot be computed again, they are still better than none.
   */
  async compute(task: ExplainTask, options: ComputeOptions): Promise<Explanation> {
    try {
      return await this.explain(task, options);
    } catch (error) {
      const earlier = this.#project.loadExplanation(task.image, task.terms);
      const mayReturn = error instanceof AppError && !notLasting.includes(error.code);
      if (!mayReturn || earlier === null || !this.#holdsWanted(task, earlier)) throw error;
      return this.#explanation(task, earlier, true);
    }
  }

  /** As {@link compute}, but with evidence or not at all. @throws AppError as the engine's `explainTis` does. */
  async explain(task: ExplainTask, { signal, ahead, onMaps }: ComputeOptions): Promise<Explanation> {
    const project = this.#project;
    const { image, terms } = task;
    const earlier = project.loadExplanation(image, terms)?.maps.map((map) => map.classIndex) ?? [];
    const classes = [...new Set([...this.#wanted(task), ...earlier])];
    const request = { parameters: terms.tis, classes, top: topClasses, ahead };
    const label = this.#labelClass(image, terms.mapping);
    const asked = { model: modelOf(terms), input: project.source(image), request };
    const outcome = await this.#engine.explainTis(asked, {
      signal,
      onProgress:
        onMaps &&
        ((maps) => {
          const { gridWidth, gridHeight, scored, total } = maps;
          onMaps({ imageId: image, gridWidth, gridHeight, maps: inOrder(saliencyMaps(maps), label), scored, total });
        }),
    });
    const { gridWidth, gridHeight, initIndices, scored, milliseconds, facts } = outcome;
    const maps = saliencyMaps(outcome);
    const made = { gridWidth, gridHeight, maps, parameters: terms.tis, initIndices, scored, milliseconds, facts };
    // As it was kept, so that the first look shows the same half-precision values as every later one.
    const record = project.saveExplanation(image, made, terms);
    this.#keepDisagreement(task, record);
    return this.#explanation(task, record, false);
  }

  #isWhole(task: ExplainTask, record: ExplanationRecord): boolean {
    return this.#holdsWanted(task, record) && hasEvidence(record);
  }

  #holdsWanted(task: ExplainTask, record: ExplanationRecord): boolean {
    const has = new Set(record.maps.map((map) => map.classIndex));
    return this.#wanted(task).every((wish) => has.has(wish));
  }

  /** What is kept of a disagreement follows the mapping that its model has now, which may not be the task's any more. */
  #keepDisagreement({ image, terms }: ExplainTask, record: ExplanationRecord): void {
    const { info } = this.#project;
    const mapping = info.model.hash === terms.model.hash ? info.mapping : terms.mapping;
    this.#project.setDisagreement(image, this.#disagreement({ image, terms: { ...terms, mapping } }, record), terms);
  }

  #row(id: ImageId): ImageRow {
    const [row] = this.#project.rows([id]);
    if (row === undefined) throw new AppError('IMAGE_NOT_FOUND', `There is no image ${id} in this project.`);
    return row;
  }

  #labelClass(image: ImageId, mapping: readonly MappingRow[]): ClassIndex | null {
    return classOfLabel(mapping, this.#row(image).label);
  }

  #wanted({ image, classes, terms }: ExplainTask): readonly ClassIndex[] {
    const label = this.#labelClass(image, terms.mapping);
    return label === null ? classes : [label, ...classes];
  }

  #explanation(task: ExplainTask, record: ExplanationRecord, cached: boolean): Explanation {
    const maps = inOrder(record.maps, this.#labelClass(task.image, task.terms.mapping));
    const { gridWidth, gridHeight, parameters, scored, milliseconds } = record;
    const disagreement = this.#kept(task) ?? this.#disagreement(task, record);
    return { imageId: task.image, gridWidth, gridHeight, maps, disagreement, parameters, scored, milliseconds, cached };
  }

  /** The disagreement as it was measured when the maps were made; null where it is of another mapping than the task's. */
  #kept({ image, terms }: ExplainTask): Disagreement | null {
    return this.#project.info.mapping === terms.mapping ? this.#project.disagreement(image, terms) : null;
  }

  /** Whether it is kept how label and prediction relate, where they differ. */
  #isTold(task: ExplainTask, record: ExplanationRecord): boolean {
    return this.#kept(task) !== null || this.#opposed(task, record) === null;
  }

  /** The maps of label and prediction; null where these are one class, or one has no evidence. */
  #opposed({ image, terms }: TaskTerms, { maps }: ExplanationRecord): Opposed | null {
    const label = this.#labelClass(image, terms.mapping);
    const own = maps.find((map) => map.classIndex === label);
    const [first] = [...maps].sort((a, b) => b.probability - a.probability);
    if (own === undefined || first === undefined || own === first) return null;
    if (own.evidence === null || first.evidence === null) return null;
    return { label: own.evidence, prediction: first.evidence, labelProbability: own.probability };
  }

  #disagreement(task: TaskTerms, record: ExplanationRecord): Disagreement | null {
    const opposed = this.#opposed(task, record);
    if (opposed === null) return null;
    const { label, prediction, labelProbability } = opposed;
    const { gridWidth, gridHeight } = record;
    return relateEvidence(label, prediction, { gridWidth, gridHeight, labelProbability });
  }
}
