/** The explanation of one image: out of the project's cache, or computed, judged and kept. */

import type { ClassIndex, Explanation, SaliencyMap } from '../../shared/audit.js';
import type { Disagreement } from '../../shared/disagreement.js';
import { AppError } from '../../shared/errors.js';
import type { Evidence } from '../../shared/evidence.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine, TisProgress } from '../engine/engine.js';
import { type ExplanationRecord, parameterKey } from '../project/explanations.js';
import { classOfLabel } from '../project/label-mapping.js';
import { modelOf, resultsOf, type Terms } from '../project/project-info.js';
import type { Explained, KeptExplanation } from '../project/project.js';
import type { ComputeOptions, Explains } from './explain-queue.js';
import type { ExplainTask } from './explain-task.js';
import { SharedRuns } from './shared-runs.js';
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

/** What its label counts as, and what is kept of it. */
type Look = Pick<Explained, 'label' | 'record' | 'disagreement'>;

/** The same where there are maps. */
type Seen = Look & { readonly record: ExplanationRecord };

/** The evidence that a disagreement is measured on. */
interface Opposed {
  readonly label: Evidence;
  readonly prediction: Evidence;
  readonly labelProbability: number;
}

/** Explains images of one project; every task under the terms it was made with. */
export class Explainer implements Explains {
  readonly #project: OpenProject;
  readonly #engine: Engine;
  /** Whoever asks for the maps of an image while they are made gets these: the inspector, a comparison, a report. */
  readonly #runs = new SharedRuns<TisProgress, ExplanationRecord>();

  constructor(project: OpenProject, engine: Engine) {
    this.#project = project;
    this.#engine = engine;
  }

  /** The kept explanation, when it holds the label's map and all classes of the task, each with its evidence; else null. */
  async cached(task: ExplainTask): Promise<Explanation | null> {
    return this.seen(task, await this.#look(task));
  }

  /** The same from what is known of the image. */
  async seen(task: ExplainTask, look: Look): Promise<Explanation | null> {
    const { record } = look;
    if (record === null || !isWhole(task, look)) return null;
    const seen = { ...look, record };
    // Maps are kept by content: a duplicate, or an image that got another label, has not been told of yet.
    if (!this.#isTold(task, seen)) await this.#keepDisagreement(task, seen);
    return this.#explanation(task, seen, true);
  }

  /** Whether nothing is left to do for an image: maps with evidence are kept, and how label and prediction relate. */
  isDone({ label, maps, told }: KeptExplanation, { mapping }: Terms): boolean {
    if (maps?.evidence !== true) return false;
    const own = classOfLabel(mapping, label);
    if (own === null || maps.best === own) return true;
    return maps.classes.includes(own) && told && this.#project.info.mapping === mapping;
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
      if (!(error instanceof AppError) || notLasting.includes(error.code)) throw error;
      const earlier = await this.#look(task).catch(() => null);
      const record = earlier?.record ?? null;
      if (earlier === null || record === null || !holdsWanted(task, earlier)) throw error;
      return this.#explanation(task, { ...earlier, record }, true);
    }
  }

  /** As {@link compute}, but with evidence or not at all. @throws AppError as the engine's `explainTis` does. */
  async explain(task: ExplainTask, { signal, ahead, onMaps }: ComputeOptions): Promise<Explanation> {
    const { image, terms } = task;
    const before = await this.#look(task);
    const earlier = before.record?.maps.map((map) => map.classIndex) ?? [];
    const classes = [...new Set([...wanted(task, before), ...earlier])];
    const label = classOfLabel(terms.mapping, before.label);
    const onProgress =
      onMaps &&
      ((maps: TisProgress): void => {
        const { gridWidth, gridHeight, scored, total } = maps;
        onMaps({ imageId: image, gridWidth, gridHeight, maps: inOrder(saliencyMaps(maps), label), scored, total });
      });
    const made = await this.#runs.ask(
      { key: `${String(image)} ${terms.model.hash} ${parameterKey(terms.tis)}`, classes },
      { signal, onProgress },
      async () => isWhole(task, await this.#look(task)),
      (runSignal, tell) => this.#run(task, { source: before.source, classes, ahead }, runSignal, tell),
    );
    // The label may have become another one meanwhile.
    const now = await this.#look(task);
    const record = made ?? now.record;
    if (record === null)
      throw new AppError('INTERNAL', `The maps of image ${String(image)} were kept but are not found.`);
    const seen = { ...now, record };
    const disagreement = await this.#keepDisagreement(task, seen);
    return this.#explanation(task, { ...seen, disagreement }, false);
  }

  /** Makes the maps and keeps them; as they were kept, so that the first look shows the same values as every later one. */
  async #run(
    { image, terms }: ExplainTask,
    {
      source,
      classes,
      ahead,
    }: Pick<Explained, 'source'> & { readonly classes: readonly ClassIndex[]; readonly ahead: boolean },
    signal: AbortSignal,
    onProgress: (maps: TisProgress) => void,
  ): Promise<ExplanationRecord> {
    const request = { parameters: terms.tis, classes, top: topClasses, ahead };
    const outcome = await this.#engine.explainTis(
      { model: modelOf(terms), input: source, request },
      { signal, onProgress },
    );
    const { gridWidth, gridHeight, initIndices, scored, milliseconds, facts } = outcome;
    const maps = saliencyMaps(outcome);
    const made = { gridWidth, gridHeight, maps, parameters: terms.tis, initIndices, scored, milliseconds, facts };
    return this.#project.saveExplanation(image, made, resultsOf(terms));
  }

  #look({ image, terms }: ExplainTask): Promise<Explained> {
    return this.#project.explained(image, resultsOf(terms));
  }

  /**
   * What is kept of a disagreement follows the mapping that its model has now, which may not be the task's any more; returns what was
   * kept.
   */
  async #keepDisagreement({ image, terms }: ExplainTask, seen: Seen): Promise<Disagreement | null> {
    const { info } = this.#project;
    const mapping = info.model.hash === terms.model.hash ? info.mapping : terms.mapping;
    const disagreement = disagreementOf({ ...terms, mapping }, seen);
    await this.#project.setDisagreement(image, disagreement, resultsOf(terms));
    return disagreement;
  }

  #explanation(task: ExplainTask, seen: Seen, cached: boolean): Explanation {
    const { record } = seen;
    const maps = inOrder(record.maps, classOfLabel(task.terms.mapping, seen.label));
    const { gridWidth, gridHeight, parameters, scored, milliseconds } = record;
    const disagreement = this.#kept(task, seen) ?? disagreementOf(task.terms, seen);
    return { imageId: task.image, gridWidth, gridHeight, maps, disagreement, parameters, scored, milliseconds, cached };
  }

  /** The disagreement as it was measured when the maps were made; null where it is of another mapping than the task's. */
  #kept({ terms }: ExplainTask, { disagreement }: Seen): Disagreement | null {
    return this.#project.info.mapping === terms.mapping ? disagreement : null;
  }

  /** Whether it is kept how label and prediction relate, where they differ. */
  #isTold(task: ExplainTask, seen: Seen): boolean {
    return this.#kept(task, seen) !== null || opposed(task.terms, seen) === null;
  }
}

function wanted({ classes, terms }: ExplainTask, { label }: Look): readonly ClassIndex[] {
  const own = classOfLabel(terms.mapping, label);
  return own === null ? classes : [own, ...classes];
}

function holdsWanted(task: ExplainTask, look: Look): boolean {
  const has = new Set(look.record?.maps.map((map) => map.classIndex));
  return wanted(task, look).every((wish) => has.has(wish));
}

function isWhole(task: ExplainTask, look: Look): boolean {
  return look.record !== null && holdsWanted(task, look) && hasEvidence(look.record);
}

/** The maps of label and prediction; null where these are one class, or one has no evidence. */
function opposed({ mapping }: Pick<Terms, 'mapping'>, { label, record: { maps } }: Seen): Opposed | null {
  const index = classOfLabel(mapping, label);
  const own = maps.find((map) => map.classIndex === index);
  const [first] = [...maps].sort((a, b) => b.probability - a.probability);
  if (own === undefined || first === undefined || own === first) return null;
  if (own.evidence === null || first.evidence === null) return null;
  return { label: own.evidence, prediction: first.evidence, labelProbability: own.probability };
}

function disagreementOf(terms: Pick<Terms, 'mapping'>, seen: Seen): Disagreement | null {
  const found = opposed(terms, seen);
  if (found === null) return null;
  const { label, prediction, labelProbability } = found;
  const { gridWidth, gridHeight } = seen.record;
  return relateEvidence(label, prediction, { gridWidth, gridHeight, labelProbability });
}
