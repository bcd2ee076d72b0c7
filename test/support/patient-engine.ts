/** An engine that makes everything up and, while it is held, answers only when it is told to. */

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { ImageSource } from '../../src/main/dataset/dataset.js';
import type { Engine, ImageFacts, ModelLocation } from '../../src/main/engine/engine.js';
import { AppError } from '../../src/shared/errors.js';
import { methodFacts } from '../../src/shared/methods.js';
import type { ModelSummary } from '../../src/shared/model.js';
import type { SpeedFigures } from '../../src/shared/speed.js';
import { jackknifeGroups } from '../../src/shared/evidence.js';
import { UnusedEngine } from './unused-engine.js';

interface Call {
  readonly what: 'tis' | 'method' | 'predict' | 'speed' | 'fidelity';
  /** Masks or other numbers that it was asked with. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly model: string;
}

/** Values of four patches are the number of masks: what a map was made with shows in it. */
const patches = 4;

export class PatientEngine extends UnusedEngine {
  /** What `openModel` finds. */
  model: ModelSummary;
  /** What the maps of an image are said to have taken. */
  milliseconds = 1;
  /** Names of files that are not there. */
  readonly missing = new Set<string>();
  /** Every call that computes, in the order of asking. */
  readonly calls: Call[] = [];
  #held = false;
  #answers: (() => void)[] = [];
  #asked: (() => void)[] = [];

  constructor(model: ModelSummary) {
    super();
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

  override openModel: Engine['openModel'] = () => Promise.resolve(this.model);

  override methods: Engine['methods'] = () => Promise.resolve([]);

  override predict: Engine['predict'] = async ({ model, inputs }, { signal } = {}) => {
    await this.#turn('predict', model, {});
    if (signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
    return inputs.map((input) => ({ ok: true, facts: this.#facts(input), probabilities: this.#probabilities() }));
  };

  override explainTis: Engine['explainTis'] = async ({ model, input, request }, { signal } = {}) => {
    const { parameters, classes: asked, top } = request;
    await this.#turn('tis', model, { ...parameters });
    if ('path' in input && this.missing.has(basename(input.path)))
      throw new AppError('IMAGE_NOT_FOUND', 'It is not there.');
    if (signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
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
  };

  override explainWith: Engine['explainWith'] = async ({ model, inputs, request }, { signal } = {}) => {
    const { method, parameters } = request;
    await this.#turn('method', model, parameters);
    if (signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
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
  };

  override measureSpeed: Engine['measureSpeed'] = async ({ model, request }) => {
    await this.#turn('speed', model, { ...request });
    return {} as SpeedFigures;
  };

  override measureFidelity: Engine['measureFidelity'] = async ({ model, inputs, request }) => {
    await this.#turn('fidelity', model, { ...request });
    return { ...request, images: inputs.length, spearman: 1, lowest: 1 };
  };

  /** One grey pixel. */
  override picture: Engine['picture'] = () =>
    Promise.resolve({
      bytes: Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
        'base64',
      ),
      mime: 'image/png',
      width: 1,
      height: 1,
    });

  override modelPicture: Engine['modelPicture'] = ({ source }) => this.picture({ source, size: 'thumb' });

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
