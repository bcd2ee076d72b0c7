/** What the engine process can do: open models, predict, explain, make pictures; inputs become tensors here. */

import { stat } from 'node:fs/promises';
import { AppError, toAppError } from '../../shared/errors.js';
import { modelFiles } from '../model/model-folder.js';
import type { ImageSource } from '../dataset/dataset.js';
import { hashSource, readSource, sourceBytes } from '../dataset/source.js';
import { decodeRgb, encodePng, full, large, thumbnail } from './decode.js';
import type {
  EngineInput,
  IdentifyOutcome,
  ImageFacts,
  MethodOutcome,
  ModelLocation,
  OnMaps,
  OnProgress,
  Picture,
  PredictOutcome,
  TisOutcome,
} from './engine.js';
import type { EngineMethod, EngineMethods, EngineRequest } from './messages.js';
import { modelKey, samePath } from './model-key.js';
import type { ModelRuntime, RuntimeOptions } from './runtime.js';
import { Slots } from '../../shared/slots.js';
import { isTensorFile, readTensorInput, tensorPicture } from './tensor-input.js';
import { decodedAtOnce, identifiedAtOnce, inHandAtOnce } from './threads.js';
import { Turns, urgency } from './turns.js';

type Result = EngineMethods[EngineMethod]['result'];
type Input<M extends EngineMethod> = EngineMethods[M]['input'];

/** An image as the model takes it. */
interface Prepared {
  readonly facts: ImageFacts;
  /** Normalised tensor `[3 * H * W]`. */
  readonly pixels: Float32Array;
}
type Preparation = { readonly ok: true; readonly prepared: Prepared } | Extract<PredictOutcome, { ok: false }>;

/** Images inferred in one run: where ONNX Runtime is fastest (4 to 8 on CPUs), and small enough to let urgent work in. */
const runSize = 8;

/** How pictures for people are made. */
const forPeople = { thumb: thumbnail, large, full } as const;

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('CANCELLED', 'The work was cancelled.');
}

/** Never rejects for what is wrong with the file; a cancelled call is answered to nobody. */
async function identifyOne(input: ImageSource, signal: AbortSignal): Promise<IdentifyOutcome> {
  try {
    refuseAborted(signal);
    const data = await readSource(input);
    return { ok: true, sha256: hashSource(data), bytes: sourceBytes(data), stamp: data.stamp };
  } catch (error) {
    return { ok: false, error: toAppError(error).toData() };
  }
}

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

/** A model replaced on disk is opened again. */
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

/** Who hears of a request on its way. */
export interface Listeners {
  readonly onProgress: OnProgress;
  readonly onMaps: OnMaps;
}

/** Maps that still settle are shown at most this often, in milliseconds. */
const showInterval = 100;
/** Making them takes at most one part in so many of the time. */
const showShare = 30;

/** The work of one engine process. Decoding overlaps inference; the thread that runs graphs is shared in {@link Turns}. */
export class EngineTasks {
  readonly #options: RuntimeOptions;
  readonly #turns = new Turns();
  /** Images in memory, read ahead of decoding: a file that hangs takes the place of no decoder. */
  readonly #inHand: Slots;
  readonly #decoding: Slots;
  /** Files read for their hash alone, apart from the pictures that somebody waits for. */
  readonly #identifying = new Slots(identifiedAtOnce);
  readonly #models = new Map<string, HeldModel>();

  constructor(options: RuntimeOptions) {
    const { threads } = options;
    this.#options = options;
    this.#inHand = new Slots(inHandAtOnce(threads));
    this.#decoding = new Slots(decodedAtOnce(threads));
  }

  /** Does what a request asks; rejects with AppError. */
  run(request: EngineRequest, signal: AbortSignal, { onProgress, onMaps }: Listeners): Promise<Result> {
    switch (request.method) {
      case 'openModel':
        return this.#openModel(request.input);
      case 'inspectModel':
        return this.#inspect(request.input, signal);
      case 'predict':
        return this.#predict(request.input, signal);
      case 'explainTis':
        return this.#explain(request.input, signal, onMaps);
      case 'measureSpeed':
        return this.#measureSpeed(request.input, signal);
      case 'measureFidelity':
        return this.#measureFidelity(request.input, signal);
      case 'methods':
        return this.#methods(request.input);
      case 'explainWith':
        return this.#explainWith(request.input, signal, onProgress);
      case 'identify':
        return this.#identify(request.input, signal);
      case 'picture':
        return this.#picture(request.input, signal);
    }
  }

  async #openModel({ model }: Input<'openModel'>): Promise<Result> {
    const stamp = await stampOf(model);
    const known = this.#models.get(modelKey(model));
    if (known !== undefined && known.stamp.all !== stamp.all) this.#models.delete(modelKey(model));
    return (await this.#runtime(model, stamp)).summary;
  }

  /** The model of a task. @throws AppError `MODEL_CHANGED` when it is not the one that is meant. */
  async #runtime(model: ModelLocation, stamp?: Stamp): Promise<ModelRuntime> {
    const runtime = await this.#held(model, stamp);
    if (model.hash === undefined || model.hash === runtime.summary.hash) return runtime;
    throw new AppError(
      'MODEL_CHANGED',
      `The model at ${model.path} was changed while it was used.`,
      'What is missing is computed with the new one; ask once more.',
    );
  }

  async #held(model: ModelLocation, stamp?: Stamp): Promise<ModelRuntime> {
    const key = modelKey(model);
    const known = this.#models.get(key);
    if (known !== undefined) return known.runtime;
    const now = stamp ?? (await stampOf(model));
    const entry: HeldModel = { stamp: now, runtime: this.#load(model, this.#sameWeights(key, now)) };
    this.#models.set(key, entry);
    try {
      const runtime = await entry.runtime;
      // A person tries one choice after the other: of one model only the last stays in memory.
      for (const other of this.#models.keys()) if (other !== key && samePath(other, key)) this.#models.delete(other);
      return runtime;
    } catch (error) {
      if (this.#models.get(key) === entry) this.#models.delete(key);
      throw error;
    }
  }

  /** An open model of the same, unchanged files, whatever was chosen for it. */
  #sameWeights(key: string, { weights }: Stamp): Promise<ModelRuntime> | undefined {
    for (const [other, held] of this.#models) {
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

  /** Opens the model for this alone: nothing of it is kept. */
  async #inspect({ model }: Input<'inspectModel'>, signal: AbortSignal): Promise<Result> {
    const { inspectModel } = await import('./inspect.js');
    return this.#turns.run(urgency.predict, signal, () => inspectModel(model, this.#options.threads, signal));
  }

  async #predict({ model, inputs, awaited }: Input<'predict'>, signal: AbortSignal): Promise<Result> {
    const runtime = await this.#runtime(model);
    const preparations = inputs.map((input) => this.#tryToPrepare(input, runtime, signal));
    const level = awaited ? urgency.explain : urgency.predict;
    const outcomes: PredictOutcome[] = [];
    for (let from = 0; from < inputs.length; from += runSize) {
      const ready = await Promise.all(preparations.slice(from, from + runSize));
      outcomes.push(...(await this.#infer(runtime, ready, level, signal)));
    }
    return outcomes;
  }

  async #infer(
    runtime: ModelRuntime,
    ready: readonly Preparation[],
    level: number,
    signal: AbortSignal,
  ): Promise<PredictOutcome[]> {
    const good = ready.flatMap((one) => (one.ok ? [one.prepared] : []));
    const size = good[0]?.pixels.length ?? 0;
    const pixels = new Float32Array(good.length * size);
    for (const [at, { pixels: one }] of good.entries()) pixels.set(one, at * size);
    const work = (): Promise<Float32Array> => runtime.predict(pixels, good.length);
    const all = good.length === 0 ? new Float32Array(0) : await this.#turns.run(level, signal, work);
    const classes = runtime.summary.classes.length;
    let at = 0;
    return ready.map((one) => {
      if (!one.ok) return one;
      const probabilities = all.slice(at * classes, (at + 1) * classes);
      at++;
      return { ok: true, facts: one.prepared.facts, probabilities };
    });
  }

  /** Never rejects: a bad image is an outcome like any other. */
  async #tryToPrepare(input: EngineInput, runtime: ModelRuntime, signal: AbortSignal): Promise<Preparation> {
    try {
      return { ok: true, prepared: await this.#prepare(input, runtime, signal) };
    } catch (error) {
      return { ok: false, error: toAppError(error).toData() };
    }
  }

  #prepare(input: EngineInput, runtime: ModelRuntime, signal: AbortSignal): Promise<Prepared> {
    return this.#inHand.run(async () => {
      refuseAborted(signal);
      if (isTensorFile(input)) return readTensorInput(input, runtime.summary);
      const data = await readSource(input);
      return this.#decoding.run(async () => {
        const image = await decodeRgb(data);
        const { width, height } = image;
        const modelView = runtime.modelView(width, height);
        const { stamp } = data;
        const facts = { sha256: hashSource(data), bytes: sourceBytes(data), width, height, modelView, stamp };
        return { facts, pixels: await runtime.preprocess(image) };
      });
    });
  }

  async #explain(
    { model, input, request, watched }: Input<'explainTis'>,
    signal: AbortSignal,
    onMaps: OnMaps,
  ): Promise<TisOutcome> {
    const runtime = await this.#runtime(model);
    const { facts, pixels } = await this.#prepare(input, runtime, signal);
    const level = request.ahead === true ? urgency.ahead : urgency.explain;
    let [asked, shown, pause] = [0, -Infinity, showInterval];
    const outcome = await this.#turns.run(level, signal, () =>
      runtime.explainTis(pixels, request, {
        onStep: async () => {
          await this.#turns.giveWay(level, signal);
          return true;
        },
        wantsMaps: () => {
          asked = performance.now();
          return watched && asked - shown >= pause;
        },
        onMaps: (maps) => {
          shown = performance.now();
          pause = Math.max(showInterval, showShare * (shown - asked));
          onMaps(maps);
        },
      }),
    );
    return { ...outcome, facts };
  }

  async #measureSpeed({ model, input, request }: Input<'measureSpeed'>, signal: AbortSignal): Promise<Result> {
    const { measureSpeed } = await import('./speed.js');
    const runtime = await this.#runtime(model);
    const { pixels } = await this.#prepare(input, runtime, signal);
    return this.#turns.run(urgency.compare, signal, () =>
      measureSpeed(runtime, pixels, request, () => this.#turns.giveWay(urgency.compare, signal)),
    );
  }

  async #measureFidelity({ model, inputs, request }: Input<'measureFidelity'>, signal: AbortSignal): Promise<Result> {
    const { measureFidelity } = await import('./speed.js');
    const runtime = await this.#runtime(model);
    const images = this.#readable(inputs, runtime, signal);
    return this.#turns.run(urgency.ahead, signal, () =>
      measureFidelity(runtime, images, request, () => this.#turns.giveWay(urgency.ahead, signal)),
    );
  }

  /** The pixels of those that can be read. */
  async *#readable(
    inputs: readonly EngineInput[],
    runtime: ModelRuntime,
    signal: AbortSignal,
  ): AsyncGenerator<Float32Array> {
    for (const input of inputs) {
      const one = await this.#tryToPrepare(input, runtime, signal);
      if (one.ok) yield one.prepared.pixels;
    }
  }

  async #methods({ model }: Input<'methods'>): Promise<Result> {
    return (await this.#runtime(model)).methods();
  }

  async #explainWith(
    { model, inputs, request }: Input<'explainWith'>,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<MethodOutcome[]> {
    const runtime = await this.#runtime(model);
    const preparations = await Promise.all(inputs.map(({ input }) => this.#tryToPrepare(input, runtime, signal)));
    const good = preparations.flatMap((one, place) => {
      const input = inputs[place];
      return one.ok && input !== undefined ? [{ ...input, pixels: one.prepared.pixels }] : [];
    });
    const level = request.ahead === true ? urgency.ahead : urgency.compare;
    const made = await this.#turns.run(level, signal, () =>
      runtime.explainWith(good, request, async (done, total) => {
        onProgress(done, total);
        await this.#turns.giveWay(level, signal);
        return true;
      }),
    );
    let next = 0;
    return preparations.map((one) => {
      const maps = one.ok ? made[next++] : undefined;
      if (!one.ok) return one;
      if (maps === undefined) throw new AppError('INTERNAL', 'An image got no maps.');
      return { ok: true, facts: one.prepared.facts, ...maps };
    });
  }

  #identify({ inputs }: Input<'identify'>, signal: AbortSignal): Promise<IdentifyOutcome[]> {
    return Promise.all(inputs.map((input) => this.#identifying.run(() => identifyOne(input, signal))));
  }

  async #picture({ source, size, model }: Input<'picture'>, signal: AbortSignal): Promise<Picture> {
    if (size !== 'model') {
      return this.#inHand.run(async () => {
        refuseAborted(signal);
        const data = await readSource(source);
        return this.#decoding.run(() => forPeople[size](data));
      });
    }
    if (model === null) throw new AppError('INTERNAL', 'A picture as the model sees it needs a model.');
    return this.#modelPicture(source, model, signal);
  }

  async #modelPicture(source: ImageSource, model: ModelLocation, signal: AbortSignal): Promise<Picture> {
    const runtime = await this.#runtime(model);
    const seen = await this.#inHand.run(async () => {
      if (isTensorFile(source)) {
        const { inputWidth: width, inputHeight: height } = runtime.summary;
        const { pixels } = await readTensorInput(source, runtime.summary);
        return { pixels: tensorPicture(pixels, runtime.summary), width, height };
      }
      const data = await readSource(source);
      const image = await this.#decoding.run(() => decodeRgb(data));
      return this.#turns.run(urgency.picture, signal, () => runtime.modelPicture(image));
    });
    const bytes = await encodePng(seen.pixels, seen.width, seen.height);
    return { bytes, mime: 'image/png', width: seen.width, height: seen.height };
  }
}
