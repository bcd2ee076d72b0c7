/** One opened model with the sessions that preprocess, predict and explain. */

import type { FractionRect } from '../../shared/audit.js';
import { defaultSettings } from '../../shared/default-settings.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { drawInitialRows } from '../explain/initial-rows.js';
import type { Precision } from '../../shared/precision.js';
import { Halves, type HalvesOptions, processorHalves } from '../explain/halves.js';
import { type Settling, settledMaps } from '../explain/settling.js';
import { Tis } from '../explain/tis.js';
import { type OpenedModel, openModel } from '../model/open.js';
import { type Vit, hiddenColumns } from '../model/vit.js';
import type { CreateSession } from '../onnx/runner.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { OnStep } from '../explain/method.js';
import { chooseClasses, classRanking } from './choose-classes.js';
import { type Device, engineDevice } from './device.js';
import type { MethodRequest, ModelLocation, TisOutcome, TisProgress, TisRequest } from './exchange.js';
import { FittingBatches } from './halving.js';
import { type MadeMaps, type MethodSubject, MethodRuns } from './method-runs.js';
import { Preprocessor } from './preprocess.js';
import type { RgbImage } from './rgb-image.js';
import { cpuSessions, openingSessions } from './session.js';

/** Who hears of an explanation on its way. */
interface TisListeners extends Pick<Settling, 'onStep' | 'wantsMaps'> {
  /** Sees maps that still settle. */
  readonly onMaps: (maps: TisProgress) => void;
}

const deaf: TisListeners = {
  onStep: () => Promise.resolve(true),
  wantsMaps: () => false,
  onMaps: () => undefined,
};

/**
 * Places of the classes whose maps have to be stable before scoring stops: the first that was asked for, which is the label's,
 * and the most probable; the two most probable where these are the same.
 */
function watchedOf(classes: Int32Array, probabilities: Float32Array, { classes: [label] }: TisRequest): number[] {
  const ranked = classRanking(probabilities).filter((index) => classes.includes(index));
  const wanted = label === undefined || !classes.includes(label) ? ranked : [label, ...ranked];
  return [...new Set(wanted)].slice(0, 2).map((index) => classes.indexOf(index));
}

/** @throws AppError `PRECISION_UNSUPPORTED` for numbers that the device has no fast operators for. */
function refusePrecision(precision: Precision, target: HalvesOptions['target']): void {
  const needed = precision === 'float16' ? 'cuda' : 'cpu';
  if (precision === 'float32' || target === needed) return;
  throw new AppError(
    'PRECISION_UNSUPPORTED',
    precision === 'float16'
      ? 'float16 needs CUDA; the model runs on the processor.'
      : 'int8 is for the processor; the model runs on CUDA.',
    'Choose float32 as the precision in the settings, or with --precision float32.',
  );
}

/** Sets of tokens that CUDA encodes at once unless its memory holds fewer. */
const cudaBatch = 128;

function halvesFor({ target }: Device): HalvesOptions {
  if (target === 'cpu') return processorHalves;
  return { target, precision: 'float32', batches: new FittingBatches(cudaBatch, 'mask or image') };
}

export interface RuntimeOptions {
  /** Threads of ONNX Runtime; 0 for one a core. */
  readonly threads: number;
  /** Gigabytes that the sessions of explanation methods may take together. */
  readonly memory?: number | undefined;
}

/** What runtimes of the same weights share, however the pictures reach them. */
interface Shared {
  readonly opened: OpenedModel;
  readonly createSession: CreateSession;
  readonly memory: number;
  readonly halves: Halves;
  readonly halvesOptions: HalvesOptions;
  /** Halves that score with other numbers than float32, made when first asked for. */
  readonly rough: Map<Precision, Promise<Halves>>;
  /** Built at the first explanation: predicting alone does not need it. */
  tis: Promise<Tis> | undefined;
  methods: MethodRuns | undefined;
}

export class ModelRuntime {
  readonly summary: ModelSummary;
  readonly #shared: Shared;
  readonly #vit: Vit;
  readonly #preprocessor: Preprocessor;

  private constructor(summary: ModelSummary, shared: Shared, preprocessor: Preprocessor) {
    this.summary = summary;
    this.#shared = shared;
    this.#vit = shared.opened.vit;
    this.#preprocessor = preprocessor;
  }

  static async #create(summary: ModelSummary, shared: Shared): Promise<ModelRuntime> {
    const { inputWidth: width, inputHeight: height, channels } = shared.opened.vit;
    // One image is little work: waking a pool of threads for it costs more than it gives.
    const createSession = cpuSessions(1);
    const preprocessor = await Preprocessor.create(summary.preprocessing, { width, height, channels }, createSession);
    return new ModelRuntime(summary, shared, preprocessor);
  }

  /** @throws AppError `MODEL_*` naming the file and what is wrong with it. */
  static async open({ path, choice }: ModelLocation, options: RuntimeOptions): Promise<ModelRuntime> {
    const device = await engineDevice();
    const createSession = device.sessions(options.threads);
    const halvesOptions = halvesFor(device);
    const opened = await openModel(path, openingSessions(options.threads), choice);
    const halves = await Halves.create(opened.vit, createSession, halvesOptions);
    return ModelRuntime.#create(opened.summary, {
      opened,
      createSession,
      memory: options.memory ?? defaultSettings.memory,
      halves,
      halvesOptions,
      rough: new Map(),
      tis: undefined,
      methods: undefined,
    });
  }

  /**
   * The same weights for another choice, at the cost of a preprocessor; null when they have to be read anew.
   * @throws AppError for a choice that cannot be.
   */
  async withChoice(choice: ModelLocation['choice']): Promise<ModelRuntime | null> {
    const summary = await this.#shared.opened.withChoice(choice);
    return summary === null ? null : ModelRuntime.#create(summary, this.#shared);
  }

  /** An upright RGB image to the normalised input `[3, H, W]`. */
  preprocess(image: RgbImage): Promise<Float32Array> {
    return this.#preprocessor.pixels(image);
  }

  /** What the model sees of an image of this size. */
  modelView(width: number, height: number): FractionRect {
    return this.#preprocessor.view(width, height);
  }

  /** What the model sees, before normalisation, at the model's input size. */
  modelPicture(image: RgbImage): Promise<RgbImage> {
    return this.#preprocessor.picture(image);
  }

  /** `count` preprocessed inputs back to back to their class probabilities, `[count, C]`. */
  predict(pixels: Float32Array, count: number): Promise<Float32Array> {
    return this.#shared.halves.predict(pixels, count);
  }

  /** What graphs run on. */
  get target(): HalvesOptions['target'] {
    return this.#shared.halvesOptions.target;
  }

  /** Rows of hidden columns that start the clusters of so many masks. */
  initialRows(masks: number, seed: number): Int32Array {
    return drawInitialRows(masks, hiddenColumns(this.#vit), seed);
  }

  #rowsOf({ initIndices, parameters }: TisRequest): Int32Array {
    const columns = hiddenColumns(this.#vit);
    if (!initIndices) return this.initialRows(parameters.masks, parameters.seed);
    if (initIndices.length === 0 || initIndices.some((row) => row < 0 || row >= columns)) {
      throw new AppError(
        'TENSOR_FILE_INVALID',
        `The initial rows must lie between 0 and ${String(columns - 1)} for this model.`,
        'Replay a file that was written for the same model.',
      );
    }
    return initIndices;
  }

  /**
   * TIS maps of one preprocessed image.
   * @throws AppError `CANCELLED` when `onStep` answers false; `TENSOR_FILE_INVALID` for replayed rows that do not fit the model.
   */
  async explainTis(
    pixels: Float32Array,
    request: TisRequest,
    { onStep, wantsMaps, onMaps }: TisListeners = deaf,
  ): Promise<Omit<TisOutcome, 'facts'>> {
    const start = performance.now();
    const { ratio, stability, estimate, precision } = request.parameters;
    const initIndices = this.#rowsOf(request);
    const tis = await this.tis(precision ?? 'float32');
    const plan = await tis.plan(pixels, initIndices, ratio);
    const classes = chooseClasses(plan.probabilities, request.classes, request.top);
    const { gridWidth, gridHeight } = this.#vit;
    const known = { gridWidth, gridHeight, probabilities: plan.probabilities, classes };
    const settled = await settledMaps(tis, plan, {
      classes,
      watched: watchedOf(classes, plan.probabilities, request),
      stability,
      estimate: estimate ?? 'published',
      onStep,
      wantsMaps,
      onMaps: (maps, scored) => {
        onMaps({ ...known, ...maps, scored, total: plan.masks });
      },
    });
    if (settled === null) throw new AppError('CANCELLED', 'The explanation was cancelled.');
    const { maps, scored } = settled;
    const milliseconds = performance.now() - start;
    return { ...known, ...maps, scored, initIndices, maskIndices: plan.maskIndices, milliseconds };
  }

  /**
   * TIS whose masks are scored with these numbers; the clusters are found with float32 always.
   * @throws AppError `PRECISION_UNSUPPORTED`.
   */
  async tis(precision: Precision): Promise<Tis> {
    const { halves, createSession, halvesOptions } = this.#shared;
    // What could not be made is tried again: memory may be free by then.
    this.#shared.tis ??= Tis.create(this.#vit, halves, createSession).catch((error: unknown) => {
      this.#shared.tis = undefined;
      throw error;
    });
    if (precision === 'float32') return this.#shared.tis;
    refusePrecision(precision, halvesOptions.target);
    const known = this.#shared.rough.get(precision);
    const rough =
      known ??
      Halves.create(this.#vit, createSession, { ...halvesOptions, precision }).catch((error: unknown) => {
        this.#shared.rough.delete(precision);
        throw error;
      });
    this.#shared.rough.set(precision, rough);
    return (await this.#shared.tis).with(await rough);
  }

  /** Every explanation method, and why this model refuses it. */
  methods(): readonly MethodOffer[] {
    return this.#methods().offers();
  }

  /** Maps of preprocessed images by any method; see {@link MethodRuns.run}. */
  explainWith(
    subjects: readonly MethodSubject[],
    request: MethodRequest,
    onStep: OnStep,
  ): Promise<readonly MadeMaps[]> {
    return this.#methods().run(subjects, request, onStep);
  }

  #methods(): MethodRuns {
    const { createSession, memory } = this.#shared;
    this.#shared.methods ??= new MethodRuns(this.#vit, createSession, {
      predict: (pixels, count) => this.predict(pixels, count),
      memory,
    });
    return this.#shared.methods;
  }

  /** Frees the sessions, those of every runtime of the same weights too. */
  async close(): Promise<void> {
    await (await this.#shared.tis)?.release();
    for (const halves of this.#shared.rough.values()) await (await halves).release();
    await this.#shared.halves.release();
    await this.#preprocessor.release();
    await this.#shared.methods?.release();
  }
}
