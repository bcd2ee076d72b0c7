/** The models that an engine process holds: each opened once, again when its files changed, and of one model only the last choice. */

import { stat } from 'node:fs/promises';
import { AppError } from '../../shared/errors.js';
import { modelFiles } from '../model/model-folder.js';
import type { ModelLocation } from './exchange.js';
import { modelKey, samePath } from './model-key.js';
import type { ModelRuntime, RuntimeOptions } from './runtime.js';

/** What would change with files on disk. */
async function stampOfFiles(files: readonly string[]): Promise<string> {
  const stamps = files.map(async (file) => {
    // A missing file is part of the stamp; opening the model says what is wrong with it.
    const found = await stat(file).catch(() => null);
    return found === null ? '-' : `${found.mtimeMs}:${found.size}`;
  });
  return (await Promise.all(stamps)).join(' ');
}

/** When a model was written: its own files, and with them those that a choice names. */
interface Stamp {
  readonly weights: string;
  readonly all: string;
}

async function stampOf({ path, choice }: ModelLocation): Promise<Stamp> {
  const weights = await stampOfFiles(await modelFiles(path));
  const names = choice?.classNames?.kind === 'file' ? [choice.classNames.path] : [];
  return { weights, all: `${weights} ${await stampOfFiles(names)}` };
}

/** A model in memory, or on its way there. */
interface HeldModel {
  readonly stamp: Stamp;
  readonly runtime: Promise<ModelRuntime>;
}

export class Models {
  readonly #options: RuntimeOptions;
  readonly #held = new Map<string, HeldModel>();

  constructor(options: RuntimeOptions) {
    this.#options = options;
  }

  /** The model of a task, opened if it is not. @throws AppError `MODEL_CHANGED` when it is not the one that is meant; `MODEL_*`. */
  async of(model: ModelLocation): Promise<ModelRuntime> {
    return asMeant(model, await this.#hold(model));
  }

  /** As {@link of}, but a model replaced on disk is opened again. */
  async fresh(model: ModelLocation): Promise<ModelRuntime> {
    const stamp = await stampOf(model);
    const known = this.#held.get(modelKey(model));
    if (known !== undefined && known.stamp.all !== stamp.all) this.#held.delete(modelKey(model));
    return asMeant(model, await this.#hold(model, stamp));
  }

  async #hold(model: ModelLocation, stamp?: Stamp): Promise<ModelRuntime> {
    const key = modelKey(model);
    const known = this.#held.get(key);
    if (known !== undefined) return known.runtime;
    const now = stamp ?? (await stampOf(model));
    const entry: HeldModel = { stamp: now, runtime: this.#load(model, this.#sameWeights(key, now)) };
    this.#held.set(key, entry);
    try {
      const runtime = await entry.runtime;
      // A person tries one choice after the other: of one model only the last stays in memory.
      for (const other of this.#held.keys()) if (other !== key && samePath(other, key)) this.#held.delete(other);
      return runtime;
    } catch (error) {
      if (this.#held.get(key) === entry) this.#held.delete(key);
      throw error;
    }
  }

  /** An open model of the same, unchanged files, whatever was chosen for it. */
  #sameWeights(key: string, { weights }: Stamp): Promise<ModelRuntime> | undefined {
    for (const [other, held] of this.#held) {
      if (samePath(other, key) && held.stamp.weights === weights) return held.runtime;
    }
    return undefined;
  }

  async #load(model: ModelLocation, known: Promise<ModelRuntime> | undefined): Promise<ModelRuntime> {
    // What could not be opened is no help; why it could not is said by opening.
    const open = await known?.catch(() => undefined);
    const again = await open?.withChoice(model.choice);
    if (again) return again;
    // Loaded on demand: the process that only makes pictures needs no ONNX Runtime.
    const { ModelRuntime } = await import('./runtime.js');
    return ModelRuntime.open(model, this.#options);
  }
}

function asMeant({ path, hash }: ModelLocation, runtime: ModelRuntime): ModelRuntime {
  if (hash === undefined || hash === runtime.summary.hash) return runtime;
  throw new AppError(
    'MODEL_CHANGED',
    `The model at ${path} was changed while it was used.`,
    'What is missing is computed with the new one; ask once more.',
  );
}
