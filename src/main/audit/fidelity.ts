/** The step that compares maps of rough numbers with those of float32, some images at a time. */

import { AppError } from '../../shared/errors.js';
import type { Precision } from '../../shared/precision.js';
import type { FidelityFigures } from '../../shared/speed.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Engine } from '../engine/engine.js';
import { modelOf, type Terms } from '../project/project-info.js';
import type { StepProgress } from '../jobs/job-progress.js';

/** Images in one request: so often is progress told and cancelling heard. */
const portion = 4;

export class FidelityStep {
  readonly #terms: Terms;
  readonly #engine: Engine;
  readonly #precision: Precision;
  #images = 0;
  #sum = 0;
  #lowest = Infinity;

  /** @param terms model and ratio that all images are compared under */
  constructor(terms: Terms, engine: Engine, precision: Precision) {
    this.#terms = terms;
    this.#engine = engine;
    this.#precision = precision;
  }

  /** Images that cannot be read are passed over. */
  async *run(inputs: readonly ImageSource[], signal: AbortSignal): AsyncGenerator<StepProgress> {
    for (let from = 0; from < inputs.length; from += portion) {
      const some = inputs.slice(from, from + portion);
      const read = await this.#compare(some, signal);
      yield { done: some.length, skipped: some.length - read };
    }
  }

  /** @throws AppError `IMAGE_NOT_FOUND` when no image could be read. */
  report(): FidelityFigures {
    const [precision, ratio, images] = [this.#precision, this.#terms.tis.ratio, this.#images];
    if (images === 0) throw new AppError('IMAGE_NOT_FOUND', 'No image could be read to compare maps of.');
    return { precision, ratio, images, spearman: this.#sum / images, lowest: this.#lowest };
  }

  /** @returns how many of the images could be read. */
  async #compare(inputs: readonly ImageSource[], signal: AbortSignal): Promise<number> {
    const request = { precision: this.#precision, ratio: this.#terms.tis.ratio };
    try {
      const found = await this.#engine.measureFidelity({ model: modelOf(this.#terms), inputs, request }, { signal });
      this.#images += found.images;
      this.#sum += found.images * found.spearman;
      this.#lowest = Math.min(this.#lowest, found.lowest);
      return found.images;
    } catch (error) {
      if (error instanceof AppError && error.code === 'IMAGE_NOT_FOUND') return 0;
      throw error;
    }
  }
}
