/** The model of a new audit: which files, what the person wants beyond what they say, and the file that was refused. */

import { basename } from 'node:path';
import type {
  ClassNamesChoice,
  ModelChoice,
  ModelSummary,
  NamedValues,
  PreprocessingChoice,
} from '../../shared/model.js';
import { AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import type { Engine, ModelLocation } from '../engine/engine.js';

const noChoice: ModelChoice = { preprocessing: null, classNames: null, values: null };

interface Chosen {
  readonly path: string;
  readonly choice: ModelChoice;
  readonly summary: ModelSummary;
}

interface Refused {
  readonly path: string;
  readonly error: ErrorData;
}

/** Whether naming values may help: an ONNX file that could be read, but not recognised. */
function canBeNamed(path: string, error: AppError): boolean {
  return /\.onnx$/i.test(path) && ['MODEL_NOT_VIT', 'MODEL_UNSUPPORTED'].includes(error.code);
}

/** Opens the model anew at each change; a change that does not open is refused and leaves the model as it was. */
export class ChosenModel {
  readonly #engine: Engine;
  #chosen: Chosen | null = null;
  #refused: Refused | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get summary(): ModelSummary | null {
    return this.#chosen?.summary ?? null;
  }

  /** How the engine opens it; null without a model. */
  get location(): ModelLocation | null {
    const chosen = this.#chosen;
    return chosen === null ? null : locationOf(chosen.path, chosen.choice);
  }

  /** The choice as the window shows it: of a file of class names the name alone. */
  get shownChoice(): ModelChoice {
    const choice = this.#chosen?.choice ?? noChoice;
    const { classNames } = choice;
    return classNames?.kind === 'file'
      ? { ...choice, classNames: { kind: 'file', path: basename(classNames.path) } }
      : choice;
  }

  /** The ONNX file that was chosen last and could not be opened. */
  get refused(): { readonly name: string; readonly error: ErrorData } | null {
    return this.#refused === null ? null : { name: basename(this.#refused.path), error: this.#refused.error };
  }

  /** Opens another model. @throws AppError `MODEL_*`, `BAD_USAGE` for a choice that does not fit. */
  async open(path: string, choice?: ModelChoice, signal?: AbortSignal): Promise<ModelSummary> {
    return this.#open(path, choice ?? noChoice, signal);
  }

  /** {@link open}, but an ONNX file that is not recognised is kept as {@link refused} so that its values can be named. */
  async tryToOpen(path: string): Promise<void> {
    try {
      await this.open(path);
    } catch (error) {
      const failure = toAppError(error);
      if (!canBeNamed(path, failure)) throw failure;
      this.#refused = { path, error: failure.toData() };
    }
  }

  /** Another preprocessing; null takes the files'. @throws AppError `BAD_USAGE`, `MODEL_*`. */
  async setPreprocessing(preprocessing: PreprocessingChoice | null): Promise<void> {
    await this.#change({ preprocessing });
  }

  /** Other class names; null takes the files'. @throws AppError `LABELS_INVALID`, `BAD_USAGE`. */
  async setClassNames(classNames: ClassNamesChoice | null): Promise<void> {
    await this.#change({ classNames });
  }

  /** Names values of the ONNX file that was chosen last; what does not open is {@link refused} again. @throws AppError `BAD_USAGE`, `CANCELLED`, `ENGINE_STOPPED`. */
  async setValues(values: NamedValues | null): Promise<void> {
    const path = this.#refused?.path ?? this.#required().path;
    const choice = path === this.#chosen?.path ? this.#chosen.choice : noChoice;
    const named = values !== null && Object.values(values).some((name) => name !== undefined && name !== '');
    try {
      await this.#open(path, { ...choice, values: named ? values : null });
    } catch (error) {
      const failure = toAppError(error);
      if (!failure.code.startsWith('MODEL_') && failure.code !== 'BAD_USAGE') throw failure;
      this.#refused = { path, error: failure.toData() };
    }
  }

  async #change(part: Partial<ModelChoice>): Promise<void> {
    const { path, choice } = this.#required();
    await this.#open(path, { ...choice, ...part });
  }

  async #open(path: string, choice: ModelChoice, signal?: AbortSignal): Promise<ModelSummary> {
    const summary = await this.#engine.openModel({ model: locationOf(path, choice) }, { signal });
    this.#chosen = { path, choice, summary };
    this.#refused = null;
    return summary;
  }

  #required(): Chosen {
    if (this.#chosen === null) throw new AppError('BAD_USAGE', 'Choose a model.');
    return this.#chosen;
  }
}

/** Without a wish the location names none, so that it is the same model as everywhere else. */
function locationOf(path: string, choice: ModelChoice): ModelLocation {
  const plain = choice.preprocessing === null && choice.classNames === null && choice.values === null;
  return plain ? { path } : { path, choice };
}
