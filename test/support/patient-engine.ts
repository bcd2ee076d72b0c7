/** An engine that makes everything up and, while it is held, answers only when it is told to. */

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { ImageSource } from '../../src/main/dataset/dataset.js';
import type {
  Engine,
  ImageFacts,
  MethodInput,
  MethodOutcome,
  MethodRequest,
  ModelLocation,
  Picture,
  PredictOutcome,
  TisOutcome,
  TisRequest,
} from '../../src/main/engine/engine.js';
import { AppError } from '../../src/shared/errors.js';
import { type MethodOffer, methodFacts } from '../../src/shared/methods.js';
import type { ModelSummary } from '../../src/shared/model.js';
import type { FidelityFigures, SpeedFigures } from '../../src/shared/speed.js';
import { jackknifeGroups } from '../../src/shared/evidence.js';

interface Call {
  readonly what: 'tis' | 'method' | 'predict' | 'speed' | 'fidelity';
  /** Masks or other numbers that it was asked with. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly model: string;
}

/** Values of four patches are the number of masks: what a map was made with shows in it. */
const patches = 4;

const unused = (): never => {
  throw new AppError('INTERNAL', 'Not part of this test.');
};

export class PatientEngine implements Engine {
  /** What `openModel` finds. */
  model: ModelSummary;
  /** What the maps of an image are said to have taken. */
  milliseconds = 1;
  /** Every call that computes, in the order of asking. */
  readonly calls: Call[] = [];
  #held = false;
  #answers: (() => void)[] = [];
  #asked: (() => void)[] = [];

  constructor(model: ModelSummary) {
    this.model = model;
  }

  /** From now on calls wait. */
  hold(): void {
    this.#held = true;
  }

  /** Resolves when so many calls have been made. */
  async asked(count: number): Promise<void> {
    while (this.calls.length < count) {
      await new Promise<void>((resolve) => {
        this.#asked.push(resolve);
      });
    }
  }

  /** Answers what waits and whatever comes. */
  answer(): void {
    this.#held = false;
    for (const go of this.#answers.splice(0)) go();
  }

  openModel = (): Promise<ModelSummary> => Promise.resolve(this.model);

  methods = (): Promise<readonly MethodOffer[]> => Promise.resolve([]);

  inspectModel = unused;
  identify = unused;

  async predict(
    location: ModelLocation,
    inputs: readonly ImageSource[],
    signal?: AbortSignal,
  ): Promise<readonly PredictOutcome[]> {
    await this.#turn('predict', location, {});
    if (signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
    return inputs.map((input) => ({ ok: true, facts: this.#facts(input), probabilities: this.#probabilities() }));
  }

  async explainTis(
    location: ModelLocation,
    input: ImageSource,
    { parameters, classes: asked, top }: TisRequest,
    options: Parameters<Engine['explainTis']>[3] = {},
  ): Promise<TisOutcome> {
    await this.#turn('tis', location, { ...parameters });
    if (options.signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
    const best = Array.from(this.#probabilities(), (_, index) => index).slice(0, top);
    const classes = Int32Array.from(new Set([...asked, ...best]));
    const values = new Float32Array(classes.length * patches).fill(parameters.masks);
    return {
      gridWidth: 2,
      gridHeight: 2,
      probabilities: this.#probabilities(),
      classes,
      kept: values,
      dropped: values,
      keptError: new Float32Array(values.length),
      halves: Float32Array.from([...values, ...values]),
      evidence: new Float32Array(values.length),
      evidenceWithout: new Float32Array(jackknifeGroups * values.length),
      scored: parameters.masks,
      facts: this.#facts(input),
      initIndices: new Int32Array(parameters.masks),
      maskIndices: new Int32Array(0),
      milliseconds: this.milliseconds,
    };
  }

  async explainWith(
    location: ModelLocation,
    inputs: readonly MethodInput[],
    { method, parameters }: MethodRequest,
    options: Parameters<Engine['explainWith']>[3] = {},
  ): Promise<readonly MethodOutcome[]> {
    await this.#turn('method', location, parameters);
    if (options.signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
    const masks = parameters.masks ?? 0;
    return inputs.map(({ input, classes }) => ({
      ok: true,
      facts: this.#facts(input),
      probabilities: this.#probabilities(),
      classes: Int32Array.from(classes),
      width: 2,
      height: 2,
      maps: new Float32Array(classes.length * patches).fill(masks),
      parameters,
      milliseconds: 1,
      cost: { forward: masks + 1, backward: methodFacts(method).signed ? 1 : 0 },
    }));
  }

  async measureSpeed(location: ModelLocation, _: ImageSource, request: object): Promise<SpeedFigures> {
    await this.#turn('speed', location, { ...request });
    return {} as SpeedFigures;
  }

  async measureFidelity(
    location: ModelLocation,
    inputs: readonly ImageSource[],
    request: Parameters<Engine['measureFidelity']>[2],
  ): Promise<FidelityFigures> {
    await this.#turn('fidelity', location, { ...request });
    return { ...request, images: inputs.length, spearman: 1, lowest: 1 };
  }

  /** One grey pixel. */
  picture = (): Promise<Picture> =>
    Promise.resolve({
      bytes: Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
        'base64',
      ),
      mime: 'image/png',
      width: 1,
      height: 1,
    });

  close = (): Promise<void> => Promise.resolve();

  /** The first class has most. */
  #probabilities(): Float32Array {
    const { length } = this.model.classes;
    return Float32Array.from(this.model.classes, (_, at) => (at === 0 ? 0.5 : 0.5 / (length - 1)));
  }

  #facts({ path }: ImageSource): ImageFacts {
    const sha256 = createHash('sha256').update(basename(path)).digest('hex');
    return {
      sha256,
      bytes: 10,
      width: 28,
      height: 28,
      modelView: { left: 0, top: 0, width: 1, height: 1 },
      stamp: null,
    };
  }

  async #turn(what: Call['what'], { path, hash }: ModelLocation, parameters: Call['parameters']): Promise<void> {
    if (hash !== this.model.hash) throw new AppError('MODEL_CHANGED', `The model at ${path} was changed.`);
    this.calls.push({ what, model: path, parameters });
    for (const wake of this.#asked.splice(0)) wake();
    if (!this.#held) return;
    await new Promise<void>((resolve) => {
      this.#answers.push(resolve);
    });
  }
}
