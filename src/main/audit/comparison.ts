/** Maps of any method, and contrasts, for images of one project: out of the cache, or computed in two lines, one for people and one for batches. */

import { type ClassIndex, classIndex, type ImageId } from '../../shared/audit.js';
import { AppError, fromErrorData } from '../../shared/errors.js';
import {
  type MethodId,
  type MethodMap,
  type MethodOffer,
  type MethodParameters,
  methodParameters,
  parameterText,
} from '../../shared/methods.js';
import { contrastRow, methodOf, type RowId, rowMap, type RowMap } from '../../shared/sheet-rows.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine, MethodOutcome, RunProgress } from '../engine/engine.js';
import type { MethodRecord } from '../project/method-maps.js';
import { modelOf, resultsOf, type Terms } from '../project/project-info.js';
import type { Contrasts } from './contrasts.js';
import { SharedRuns } from './shared-runs.js';

/** Maps wanted of one image. */
export interface MapsWish {
  readonly id: ImageId;
  readonly method: RowId;
  readonly classes: readonly ClassIndex[];
}

/** The same with the model and settings of the moment when it was wished for. */
export interface MapsTask extends MapsWish {
  readonly terms: Terms;
  /** Parameters of the method; absent: those that it has under these terms. */
  readonly values?: MethodParameters;
}

/** Maps wanted by a method, in its own right. */
type MethodTask = MapsTask & { readonly method: MethodId };

interface MapsOptions {
  /** Gives up this call alone, which {@link Comparison.cancel} then leaves alone: a sheet is not given up with a view. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Nobody waits for it: what somebody waits for goes first, also in the middle of it. */
  readonly ahead?: boolean;
}

/** The same with everything said. */
type Serving = MapsOptions & Required<Pick<MapsOptions, 'signal' | 'ahead'>>;

/** Computes, keeps and finds the maps of all methods, and the contrasts. */
export class Comparison {
  readonly #project: OpenProject;
  readonly #engine: Engine;
  readonly #contrasts: Contrasts;
  readonly #runs = new SharedRuns<RunProgress, void>();
  /** The last calls that somebody waits for, and that nobody waits for. */
  readonly #last = { awaited: Promise.resolve<unknown>(null), ahead: Promise.resolve<unknown>(null) };
  #current = new AbortController();

  constructor(project: OpenProject, engine: Engine, contrasts: Contrasts) {
    this.#project = project;
    this.#engine = engine;
    this.#contrasts = contrasts;
  }

  /** Every method with the parameters it has in this project, and why the model refuses it. */
  async methods(terms: Terms): Promise<readonly MethodOffer[]> {
    const offers = await this.#engine.methods({ model: modelOf(terms) });
    return offers.map((offer) => ({ ...offer, parameters: parametersOf(offer.id, terms) }));
  }

  /** The kept maps in the order of the classes, where all of them are there; else null. */
  async cached(task: MapsTask): Promise<readonly RowMap[] | null> {
    return inOrder(await this.#found(task), task.classes);
  }

  /**
   * Maps of the classes, in their order. Calls that somebody waits for are served one after the other, and so are the others.
   * @throws AppError `METHOD_UNSUPPORTED`, `UNKNOWN_CLASS`, `IMAGE_*`, `MODEL_*`, `ENGINE_STOPPED`, `CANCELLED`.
   */
  maps(task: MapsTask, options: MapsOptions = {}): Promise<readonly RowMap[]> {
    const { ahead = false, signal = this.#current.signal } = options;
    const line = ahead ? 'ahead' : 'awaited';
    const result = this.#last[line].then(() => this.#serve(task, { ...options, ahead, signal }));
    this.#last[line] = result.catch(() => undefined);
    return result;
  }

  /** Gives up what is running and waiting without a signal of its own. */
  cancel(): void {
    this.#current.abort();
    this.#current = new AbortController();
  }

  async #serve(task: MapsTask, options: Serving): Promise<readonly RowMap[]> {
    if (options.signal.aborted) throw new AppError('CANCELLED', 'The maps were cancelled.');
    refuseUnknown(task);
    const found = await this.#found(task);
    const missing = task.classes.filter((one) => !found.has(one));
    if (missing.length > 0) {
      await this.#compute({ ...task, classes: missing }, options);
      // Read back, so that the first look shows what every later one will.
      const made = await this.#found({ ...task, classes: missing });
      for (const [one, map] of made) found.set(one, { ...map, cached: false });
    }
    const all = inOrder(found, task.classes);
    if (all === null) {
      throw new AppError('INTERNAL', `The maps of image ${String(task.id)} were kept but are not found.`);
    }
    return all;
  }

  /** The kept maps of those of the classes that there are. */
  async #found(task: MapsTask): Promise<Map<ClassIndex, RowMap>> {
    const maps = ofMethod(task) ? (await this.#methodMaps(task)).map(rowMap) : await this.#contrasts.found(task);
    return new Map(maps.map((map) => [map.classIndex, map]));
  }

  async #methodMaps({ id, method, classes, terms, values }: MethodTask): Promise<readonly MethodMap[]> {
    const how = { method, parameters: values ?? parametersOf(method, terms) };
    const kept = await this.#project.loadMethodMaps(id, how, classes, resultsOf(terms));
    return kept.flatMap((record) => mapsOf(id, record));
  }

  async #compute(task: MapsTask, options: Serving): Promise<void> {
    if (!ofMethod(task)) await this.#contrasts.compute(task, options);
    // What the inspector shows is made of the same masks.
    else if (task.method === 'tis') await this.#contrasts.explain(publishedTask(task), options);
    else await this.#shareMaps({ ...task, method: task.method }, options);
  }

  /** Whoever asks for the same maps while they are made, in the other line, waits for these. */
  async #shareMaps(task: MethodTask, { signal, ahead, onProgress }: Serving): Promise<void> {
    const { id, method, classes, terms, values = parametersOf(method, terms) } = task;
    const key = `${String(id)} ${terms.model.hash} ${method} ${parameterText(values)}`;
    await this.#runs.ask(
      { key, classes },
      { signal, onProgress },
      async () => inOrder(await this.#found(task), classes) !== null,
      (runSignal, tell) => this.#computeMaps(task, { signal: runSignal, ahead, onProgress: tell }),
    );
  }

  async #computeMaps(task: MethodTask, { signal, ahead, onProgress }: Serving): Promise<void> {
    const { id, method, classes, terms, values = parametersOf(method, terms) } = task;
    const input = await this.#project.source(id);
    const [outcome] = await this.#engine.explainWith(
      {
        model: modelOf(terms),
        inputs: [{ input, classes, top: 0 }],
        request: { method, parameters: values, ahead },
      },
      { signal, onProgress },
    );
    if (outcome === undefined) throw new AppError('INTERNAL', 'The engine answered without an outcome.');
    if (!outcome.ok) throw fromErrorData(outcome.error);
    // A project that was closed meanwhile takes nothing any more.
    if (signal.aborted) throw new AppError('CANCELLED', 'The maps were cancelled.');
    await this.#keep(task, outcome);
  }

  async #keep(
    { id, method, terms, values = parametersOf(method, terms) }: MethodTask,
    outcome: Extract<MethodOutcome, { ok: true }>,
  ): Promise<void> {
    const { width, height, milliseconds, cost } = outcome;
    const size = width * height;
    const maps = Array.from(outcome.classes, (index, row) => ({
      classIndex: index,
      values: outcome.maps.slice(row * size, (row + 1) * size),
    }));
    // Under the parameters that were asked for, also where the model allows less.
    await this.#project.saveMethodMaps(
      id,
      { method, parameters: values, width, height, maps, milliseconds, cost },
      outcome.facts,
      resultsOf(terms),
    );
  }
}

/** The method is the published one, whatever more the project asks of its maps. */
function publishedTask(task: MapsTask): MapsTask {
  const { tis } = task.terms;
  // Within the limits of the method, as they are kept.
  const { masks = tis.masks, ratio = tis.ratio, seed = tis.seed } = parametersOf('tis', task.terms);
  return { ...task, terms: { ...task.terms, tis: { masks, ratio, seed } } };
}

/** Parameters of a row under these terms: TIS has the project's own, the others the published ones. */
export function parametersOf(id: RowId, { tis: { masks, ratio, seed } }: Terms): MethodParameters {
  const method = methodOf(id);
  return methodParameters(method, method === 'tis' || method === 'tis-pixels' ? { masks, ratio, seed } : {});
}

function ofMethod(task: MapsTask): task is MethodTask {
  return task.method !== contrastRow;
}

function refuseUnknown({ classes, terms }: MapsTask): void {
  const { length } = terms.model.classes;
  const unknown = classes.find((one) => one >= length);
  if (unknown !== undefined) throw new AppError('UNKNOWN_CLASS', `The model has no class ${String(unknown)}.`);
}

function inOrder(found: ReadonlyMap<ClassIndex, RowMap>, classes: readonly ClassIndex[]): readonly RowMap[] | null {
  const maps = classes.flatMap((one) => found.get(one) ?? []);
  return maps.length === classes.length ? maps : null;
}

function mapsOf(imageId: ImageId, { maps, ...record }: MethodRecord): readonly MethodMap[] {
  return maps.map((map) => ({
    ...record,
    imageId,
    classIndex: classIndex(map.classIndex),
    values: map.values,
    cached: true,
  }));
}
