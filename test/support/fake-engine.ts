/** An engine that makes everything up, differently for each image: what it says of a file follows from the file's name. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { readStamp } from '../../src/main/dataset/file-stamp.js';
import type { ImageSource } from '../../src/main/dataset/dataset.js';
import type { Engine, ImageFacts, Picture, TisProgress } from '../../src/main/engine/engine.js';
import { resolveClassNames } from '../../src/main/model/class-names.js';
import { resolvePreprocessing } from '../../src/main/model/preprocessing.js';
import { AppError, toAppError } from '../../src/shared/errors.js';
import { type MethodId, methodIds, methodParameters } from '../../src/shared/methods.js';
import type { ModelSummary } from '../../src/shared/model.js';
import type { ProviderInfo } from '../../src/shared/provider.js';
import { seededRandom } from '../../src/shared/seeded-random.js';
import { costOf, fakeMap } from './fake-maps.js';
import { fakeInspection } from './fake-models.js';
import { fakeFidelity, fakeSpeed } from './fake-speed.js';
import { fakeTis, joined, scoredMasks } from './fake-tis.js';

/** One grey pixel. */
const greyPixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** The number in a file's name, which tells one image from another. */
function numberOf({ path }: ImageSource): number {
  return Number.parseInt(basename(path), 10);
}

export interface FakeEngineOptions {
  /** Models by the name of their file or folder; any other is the first. */
  readonly models: readonly ModelSummary[];
  /** Methods that the models do not allow, with the reason. */
  readonly refused?: Partial<Readonly<Record<MethodId, string>>>;
  /** What it says that it runs on. */
  readonly provider?: ProviderInfo;
  /** How many times as fast as float32 the rough precision of the provider is. */
  readonly gain?: number;
  /** Upright size of every image; 28 by 28 by default. */
  readonly width?: number;
  readonly height?: number;
  /** Stops in the middle of every map. */
  readonly stops?: boolean;
}

/** In files `LABEL/NUMBER.png`, most images of a label are predicted to be of the class of its name. */
export class FakeEngine implements Engine {
  /** Milliseconds that a step of work takes: a batch of images predicted, a part of the masks; 0 for no time at all. */
  pause = 0;
  readonly provider: ProviderInfo;
  readonly #options: FakeEngineOptions;

  constructor(options: FakeEngineOptions) {
    this.#options = options;
    this.provider = options.provider ?? { name: 'CPU', note: 'No CUDA device was found.' };
  }

  /** What a person chose is resolved as for real models, whose files say what the made-up one is. */
  openModel: Engine['openModel'] = async ({ model: { path, choice } }) => {
    const model = this.#model(path);
    const place = { folder: path };
    const input = { width: model.inputWidth, height: model.inputHeight };
    const wished = choice?.preprocessing ?? null;
    const { preprocessing } = wished === null ? model : await resolvePreprocessing(place, input, wished);
    const names = choice?.classNames ?? null;
    const { classes } = names === null ? model : await resolveClassNames(place, model.classes.length, names);
    return { ...model, preprocessing, classes };
  };

  inspectModel: Engine['inspectModel'] = ({ model }) => Promise.resolve(fakeInspection(this.#model(model.path)));

  predict: Engine['predict'] = async ({ model: { path }, inputs }, options = {}) => {
    await this.#steps(1, options.signal);
    return Promise.all(
      inputs.map(async (input) => {
        try {
          return {
            ok: true as const,
            facts: await this.#facts(input),
            probabilities: this.#probabilities(path, input),
          };
        } catch (error) {
          return { ok: false as const, error: toAppError(error).toData() };
        }
      }),
    );
  };

  identify: Engine['identify'] = ({ inputs }) =>
    Promise.all(
      inputs.map(async (input) => {
        const { sha256, bytes, stamp } = await this.#facts(input);
        return { ok: true as const, sha256, bytes, stamp: stamp ?? '' };
      }),
    );

  explainTis: Engine['explainTis'] = async ({ model: { path }, input, request }, options = {}) => {
    const { parameters, classes, top } = request;
    const probabilities = this.#probabilities(path, input);
    const wanted = wantedClasses(probabilities, classes, top);
    const { masks } = parameters;
    const after = (scored: number): TisProgress => ({
      ...fakeTis(numberOf(input), wanted, probabilities, { grid: this.#model(path).gridWidth, scored, masks }),
      total: masks,
    });
    const scored = scoredMasks(parameters);
    await this.#steps(16, options.signal, (share) => options.onProgress?.(after(Math.ceil(scored * share))));
    return {
      ...after(scored),
      facts: await this.#facts(input),
      initIndices: Int32Array.from({ length: masks }, (_, at) => at),
      maskIndices: new Int32Array(0),
      milliseconds: 1240,
    };
  };

  explainWith: Engine['explainWith'] = async ({ model: { path }, inputs, request }, options = {}) => {
    const { method, parameters } = request;
    const refusal = this.#options.refused?.[method];
    if (refusal !== undefined) throw new AppError('METHOD_UNSUPPORTED', refusal);
    const { gridWidth } = this.#model(path);
    const most = costOf(
      method,
      parameters,
      inputs.reduce((sum, { classes }) => sum + classes.length, 0),
    ).forward;
    const steps = Math.ceil(most / 16);
    await this.#steps(steps, options.signal, (share) =>
      options.onProgress?.({ done: Math.round(share * steps), total: steps }),
    );
    return Promise.all(
      inputs.map(async ({ input, classes: asked, top }) => {
        const probabilities = this.#probabilities(path, input);
        const classes = wantedClasses(probabilities, asked, top);
        const maps = classes.map((index) => fakeMap(numberOf(input), method, index, gridWidth));
        const edge = maps[0]?.edge ?? 0;
        const cost = costOf(method, parameters, classes.length);
        return {
          ok: true as const,
          facts: await this.#facts(input),
          probabilities,
          classes: Int32Array.from(classes),
          width: edge,
          height: edge,
          maps: joined(maps.map(({ values }) => values)),
          parameters,
          milliseconds: 40 + 9 * (cost.forward + 2 * cost.backward),
          cost,
        };
      }),
    );
  };

  methods: Engine['methods'] = () =>
    Promise.resolve(
      methodIds.map((id) => ({ id, parameters: methodParameters(id), refusal: this.#options.refused?.[id] ?? null })),
    );

  measureSpeed: Engine['measureSpeed'] = ({ request }) =>
    Promise.resolve(fakeSpeed(this.provider.name, request, this.#options.gain ?? 1.8));

  measureFidelity: Engine['measureFidelity'] = ({ inputs, request }) =>
    Promise.resolve(fakeFidelity(request.precision, inputs.length));

  readyPictures: Engine['readyPictures'] = () => Promise.resolve(null);

  picture: Engine['picture'] = (): Promise<Picture> =>
    Promise.resolve({ bytes: greyPixel, mime: 'image/png', width: 1, height: 1 });

  modelPicture: Engine['modelPicture'] = (): Promise<Picture> =>
    Promise.resolve({ bytes: greyPixel, mime: 'image/png', width: 1, height: 1 });

  close = (): Promise<void> => Promise.resolve();

  #model(path: string): ModelSummary {
    const { models } = this.#options;
    const found = models.find(({ name }) => name === basename(path)) ?? models[0];
    if (found === undefined) throw new AppError('MODEL_NOT_FOUND', `There is no model at ${path}.`);
    return found;
  }

  /** About one image in twelve is predicted to be something else than its label says. */
  #probabilities(path: string, input: ImageSource): Float32Array {
    const { classes } = this.#model(path);
    const next = seededRandom(numberOf(input) + 7);
    const weights = classes.map(() => next() ** 12);
    const label = classes.indexOf(basename(dirname(input.path)));
    if (label >= 0) weights[label] = (weights[label] ?? 0) + (next() < 0.088 ? next() * 0.3 : 2 + 40 * next());
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return Float32Array.from(weights, (weight) => weight / sum);
  }

  /** The model sees the square in the middle. @throws AppError `IMAGE_NOT_FOUND`. */
  async #facts({ path }: ImageSource): Promise<ImageFacts> {
    const stamp = await readStamp(path);
    const bytes = await readFile(path).catch(() => {
      throw new AppError('IMAGE_NOT_FOUND', `"${path}" is not there.`);
    });
    const { width = 28, height = 28 } = this.#options;
    const [across, down] = [Math.min(1, height / width), Math.min(1, width / height)];
    const modelView = { left: (1 - across) / 2, top: (1 - down) / 2, width: across, height: down };
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { sha256, bytes: bytes.length, width, height, modelView, stamp };
  }

  /** Tells of every step but the last, whose maps are the answer. @throws AppError `CANCELLED` when `signal` is aborted. */
  async #steps(count: number, signal: AbortSignal | undefined, tell?: (share: number) => void): Promise<void> {
    for (let step = 1; step <= count; step += 1) {
      if (this.pause > 0) await new Promise((resolve) => setTimeout(resolve, this.pause));
      if (signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
      if (this.#options.stops === true && tell !== undefined && step > count / 2)
        throw new AppError('ENGINE_STOPPED', 'The engine stopped.', 'Try again; a new engine is started by itself.');
      if (this.pause > 0 && step < count) tell?.(step / count);
    }
  }
}

/** The classes that were asked for, then the `top` most probable others. */
function wantedClasses(probabilities: Float32Array, asked: readonly number[], top: number): readonly number[] {
  const ranked = Array.from(probabilities, (_, index) => index).sort(
    (a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0),
  );
  return [...new Set([...asked, ...ranked.slice(0, top)])];
}
