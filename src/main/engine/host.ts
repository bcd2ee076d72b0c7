/** The engine as the main side uses it: one facade over the process with the models and the process with the pictures. */

import { AppError, type ErrorData } from '../../shared/errors.js';
import type { ModelInspection, ModelSummary } from '../../shared/model.js';
import type { PictureSize } from '../../shared/picture-address.js';
import type { ProviderInfo } from '../../shared/provider.js';
import type { ImageSource } from '../dataset/dataset.js';
import { EngineChannel } from './channel.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { FidelityFigures, SpeedFigures } from '../../shared/speed.js';
import type {
  Engine,
  EngineInput,
  FidelityRequest,
  IdentifyOutcome,
  MethodInput,
  MethodOutcome,
  MethodRequest,
  ModelLocation,
  Picture,
  PredictOutcome,
  SpeedRequest,
  TisOutcome,
  TisRequest,
} from './engine.js';
import type { StartProcess } from './messages.js';
import { modelKey } from './model-key.js';

/** Asks once more when the engine stopped meanwhile: for what is done before any image can be blamed. */
async function twice<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'ENGINE_STOPPED') throw error;
    return ask();
  }
}

/**
 * Implements {@link Engine} over two processes of the same worker file. Processes start with their first call. Freeing a
 * model takes the end of its process (ONNX Runtime leaks sessions), so opening another model while nothing runs starts
 * the compute process anew, and inspecting one takes a process of its own that ends with the last inspection.
 */
export class EngineHost implements Engine {
  readonly #compute: EngineChannel;
  readonly #pictures: EngineChannel;
  readonly #inspector: EngineChannel;
  #inspections = 0;
  #inspectorEnds: Promise<void> = Promise.resolve();
  #model: string | null = null;
  #recycling: Promise<void> = Promise.resolve();
  #provider: ProviderInfo | null = null;

  /** @param onNotice hears what is to be told though nobody asked, such as that CUDA is not used; the same thing once */
  constructor(start: StartProcess, onNotice: (notice: ErrorData) => void = () => undefined) {
    const told = new Set<string>();
    const hear = ({ provider, notice }: { provider: ProviderInfo; notice: ErrorData | null }): void => {
      this.#provider = provider;
      if (notice === null || told.has(notice.message)) return;
      told.add(notice.message);
      onNotice(notice);
    };
    this.#compute = new EngineChannel(() => start('compute'), hear);
    this.#pictures = new EngineChannel(() => start('pictures'), hear);
    this.#inspector = new EngineChannel(() => start('compute'), hear);
  }

  /** What graphs run on, as a process has told last; null before any has. */
  get provider(): ProviderInfo | null {
    return this.#provider;
  }

  async openModel(model: ModelLocation, signal?: AbortSignal): Promise<ModelSummary> {
    return twice(() => this.#openModel(model, signal));
  }

  async #openModel(model: ModelLocation, signal: AbortSignal | undefined): Promise<ModelSummary> {
    const key = modelKey(model);
    await this.#recycling;
    if (this.#model !== null && this.#model !== key && this.#compute.pending === 0) {
      this.#recycling = this.#compute.recycle();
      await this.#recycling;
    }
    this.#model = key;
    return this.#compute.call('openModel', { model }, { signal });
  }

  async inspectModel(model: ModelLocation, signal?: AbortSignal): Promise<ModelInspection> {
    this.#inspections += 1;
    try {
      await this.#inspectorEnds;
      return await twice(() => this.#inspector.call('inspectModel', { model }, { signal }));
    } finally {
      this.#inspections -= 1;
      // Nobody waits for the end: who cancelled goes on at once.
      if (this.#inspections === 0) this.#inspectorEnds = this.#inspector.recycle();
    }
  }

  async predict(
    model: ModelLocation,
    inputs: readonly EngineInput[],
    signal?: AbortSignal,
    awaited = false,
  ): Promise<readonly PredictOutcome[]> {
    await this.#recycling;
    return this.#compute.call('predict', { model, inputs, awaited }, { signal });
  }

  async explainTis(
    model: ModelLocation,
    input: EngineInput,
    request: TisRequest,
    { signal, onMaps }: NonNullable<Parameters<Engine['explainTis']>[3]> = {},
  ): Promise<TisOutcome> {
    await this.#recycling;
    const watched = onMaps !== undefined;
    return this.#compute.call('explainTis', { model, input, request, watched }, { signal, onMaps });
  }

  async measureSpeed(
    model: ModelLocation,
    input: EngineInput,
    request: SpeedRequest,
    signal?: AbortSignal,
  ): Promise<SpeedFigures> {
    await this.#recycling;
    return this.#compute.call('measureSpeed', { model, input, request }, { signal });
  }

  async measureFidelity(
    model: ModelLocation,
    inputs: readonly EngineInput[],
    request: FidelityRequest,
    signal?: AbortSignal,
  ): Promise<FidelityFigures> {
    await this.#recycling;
    return this.#compute.call('measureFidelity', { model, inputs, request }, { signal });
  }

  async methods(model: ModelLocation, signal?: AbortSignal): Promise<readonly MethodOffer[]> {
    await this.#recycling;
    return twice(() => this.#compute.call('methods', { model }, { signal }));
  }

  async explainWith(
    model: ModelLocation,
    inputs: readonly MethodInput[],
    request: MethodRequest,
    options: Parameters<Engine['explainWith']>[3] = {},
  ): Promise<readonly MethodOutcome[]> {
    await this.#recycling;
    return this.#compute.call('explainWith', { model, inputs, request }, options);
  }

  identify(inputs: readonly ImageSource[], signal?: AbortSignal): Promise<readonly IdentifyOutcome[]> {
    return this.#pictures.call('identify', { inputs }, { signal });
  }

  async picture(source: ImageSource, size: PictureSize, model?: ModelLocation, signal?: AbortSignal): Promise<Picture> {
    if (size !== 'model') return this.#pictures.call('picture', { source, size, model: null }, { signal });
    await this.#recycling;
    return this.#compute.call('picture', { source, size, model: model ?? null }, { signal });
  }

  async close(): Promise<void> {
    await this.#inspectorEnds;
    await Promise.all([this.#compute.close(), this.#pictures.close(), this.#inspector.close()]);
  }
}
