/** The engine as the main side uses it: one facade over the process with the models and the process with the pictures. */

import type { ModelSummary } from '../../shared/audit.js';
import type { PictureSize } from '../../shared/ipc.js';
import type { ImageSource } from '../dataset/dataset.js';
import { EngineChannel } from './channel.js';
import type { Engine, EngineInput, ModelLocation, Picture, PredictOutcome, TisOutcome, TisRequest } from './engine.js';
import type { StartProcess } from './messages.js';

/**
 * Implements {@link Engine} over two processes of the same worker file. Processes start with their first call. Freeing a
 * model takes the end of its process (ONNX Runtime leaks sessions), so opening another model while nothing runs starts
 * the compute process anew.
 */
export class EngineHost implements Engine {
  readonly #compute: EngineChannel;
  readonly #pictures: EngineChannel;
  #modelPath: string | null = null;
  #recycling: Promise<void> = Promise.resolve();

  constructor(start: StartProcess) {
    this.#compute = new EngineChannel(() => start('compute'));
    this.#pictures = new EngineChannel(() => start('pictures'));
  }

  async openModel(model: ModelLocation, signal?: AbortSignal): Promise<ModelSummary> {
    await this.#recycling;
    if (this.#modelPath !== null && this.#modelPath !== model.path && this.#compute.pending === 0) {
      this.#recycling = this.#compute.recycle();
      await this.#recycling;
    }
    this.#modelPath = model.path;
    return this.#compute.call('openModel', { model }, signal);
  }

  async predict(
    model: ModelLocation,
    inputs: readonly EngineInput[],
    signal?: AbortSignal,
  ): Promise<readonly PredictOutcome[]> {
    await this.#recycling;
    return this.#compute.call('predict', { model, inputs }, signal);
  }

  async explainTis(
    model: ModelLocation,
    input: EngineInput,
    request: TisRequest,
    signal?: AbortSignal,
  ): Promise<TisOutcome> {
    await this.#recycling;
    return this.#compute.call('explainTis', { model, input, request }, signal);
  }

  async picture(source: ImageSource, size: PictureSize, model?: ModelLocation, signal?: AbortSignal): Promise<Picture> {
    if (size !== 'model') return this.#pictures.call('picture', { source, size, model: null }, signal);
    await this.#recycling;
    return this.#compute.call('picture', { source, size, model: model ?? null }, signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.#compute.close(), this.#pictures.close()]);
  }
}
