/** Looks into models for the window: the open project's, and others set beside it. */

import type { ModelInspection } from '../../shared/model.js';
import type { Engine, ModelLocation } from '../engine/engine.js';

/** Inspections take a process and some seconds, so the same model asked for twice is inspected once. */
export class ModelInspections {
  readonly #engine: Engine;
  readonly #running = new Map<string, Promise<ModelInspection>>();
  #controller = new AbortController();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @throws AppError `MODEL_*`, `ENGINE_STOPPED`; `CANCELLED` when {@link cancel} came first. */
  of(model: ModelLocation): Promise<ModelInspection> {
    const key = JSON.stringify([model.path, model.choice ?? null]);
    const under = this.#running.get(key);
    if (under !== undefined) return under;
    const report = this.#engine.inspectModel({ model }, { signal: this.#controller.signal }).finally(() => {
      if (this.#running.get(key) === report) this.#running.delete(key);
    });
    this.#running.set(key, report);
    return report;
  }

  /** Gives up what is under way. */
  cancel(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#running.clear();
  }
}
