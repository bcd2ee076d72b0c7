/** One opened model with the sessions that preprocess, predict and explain. */

import type { FractionRect } from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { drawInitialRows } from '../explain/initial-rows.js';
import { Tis } from '../explain/tis.js';
import { type OpenedModel, openModel } from '../model/open.js';
import { type Vit, classCount, hiddenColumns } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { fuse } from '../onnx/passes/fuse.js';
import { type CreateSession, type Session, floatOutput, floats } from '../onnx/runner.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { OnStep } from '../explain/method.js';
import { chooseClasses } from './choose-classes.js';
import type { MethodRequest, ModelLocation, TisOutcome, TisRequest } from './engine.js';
import { type MadeMaps, type MethodSubject, MethodRuns } from './method-runs.js';
import { Preprocessor, type RgbImage } from './preprocess.js';
import { cpuSessions, openingSessions } from './session.js';

/** Pixels `[B, channels, H, W]` to class probabilities `[B, C]`. */
function classifierGraph(vit: Vit): Model {
  const g = new GraphBuilder('classifier');
  const pixels = g.input('pixels', 'float32', ['batch', vit.channels, vit.inputHeight, vit.inputWidth]);
  const { logits } = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false });
  g.output('probabilities', g.softmax(logits), 'float32', ['batch', classCount(vit)]);
  return fuse(g.model(), 'cpu');
}

/** Lets pending messages (a cancel, an urgent request) in between two runs of a graph. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export interface RuntimeOptions {
  /** Threads of ONNX Runtime; 0 for one a core. */
  readonly threads: number;
}

/** What runtimes of the same weights share, however the pictures reach them. */
interface Shared {
  readonly opened: OpenedModel;
  readonly createSession: CreateSession;
  readonly classifier: Session;
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
    const createSession = cpuSessions(options.threads);
    const opened = await openModel(path, openingSessions(options.threads), choice);
    const classifier = await createSession(classifierGraph(opened.vit));
    return ModelRuntime.#create(opened.summary, {
      opened,
      createSession,
      classifier,
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
  async predict(pixels: Float32Array, count: number): Promise<Float32Array> {
    const { channels, inputHeight, inputWidth } = this.#vit;
    return floatOutput(
      await this.#shared.classifier.run({ pixels: floats(pixels, count, channels, inputHeight, inputWidth) }),
      'probabilities',
    );
  }

  #initialRows(request: TisRequest): Int32Array {
    const columns = hiddenColumns(this.#vit);
    const { initIndices, parameters } = request;
    if (!initIndices) return drawInitialRows(parameters.masks, columns, parameters.seed);
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
   * TIS maps of one preprocessed image; `onChunk` is called between runs and cancels by returning false.
   * @throws AppError `CANCELLED`; `TENSOR_FILE_INVALID` for replayed rows that do not fit the model.
   */
  async explainTis(
    pixels: Float32Array,
    request: TisRequest,
    onChunk?: (done: number, total: number) => boolean,
  ): Promise<Omit<TisOutcome, 'facts'>> {
    const start = performance.now();
    const initIndices = this.#initialRows(request);
    this.#shared.tis ??= Tis.create(this.#vit, this.#shared.createSession);
    const tis = await this.#shared.tis;
    const plan = await tis.plan(pixels, initIndices, request.parameters.ratio);
    const scores = await tis.score(plan, async (done, total) => {
      await breathe();
      return onChunk?.(done, total) ?? true;
    });
    if (!scores) throw new AppError('CANCELLED', 'The explanation was cancelled.');
    const classes = chooseClasses(plan.probabilities, request.classes, request.top);
    const maps = await tis.maps(plan, scores, classes);
    return {
      gridWidth: this.#vit.gridWidth,
      gridHeight: this.#vit.gridHeight,
      probabilities: plan.probabilities,
      classes,
      ...maps,
      initIndices,
      maskIndices: plan.maskIndices,
      milliseconds: performance.now() - start,
    };
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
    this.#shared.methods ??= new MethodRuns(this.#vit, this.#shared.createSession, (pixels, count) =>
      this.predict(pixels, count),
    );
    return this.#shared.methods;
  }

  /** Frees the sessions, those of every runtime of the same weights too. */
  async close(): Promise<void> {
    await this.#shared.classifier.release();
    await this.#preprocessor.release();
    await (await this.#shared.tis)?.release();
    await this.#shared.methods?.release();
  }
}
