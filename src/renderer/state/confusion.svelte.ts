/** Label against prediction over the whole project, as the confusion view shows it. */

import type { ConfusionCounts } from '../../shared/query.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';
import { ConfusionTable } from './confusion-table.js';
import type { ProjectState } from './project.svelte.js';
import { Throttle } from './throttle.js';

export class ConfusionState {
  readonly #client: Client;
  readonly #project: ProjectState;
  readonly #reloads = new Throttle(1000, () => void this.load());
  #counts = $state.raw<Loaded<ConfusionCounts>>(loading);
  #table = $derived.by<Loaded<ConfusionTable>>(() => {
    if (this.#counts.state !== 'ready') return this.#counts;
    return ready(
      new ConfusionTable(this.#counts.value, this.#project.labels.length, (label) => this.#project.classOf(label)),
    );
  });

  constructor(client: Client, project: ProjectState) {
    this.#client = client;
    this.#project = project;
  }

  get table(): Loaded<ConfusionTable> {
    return this.#table;
  }

  async load(): Promise<void> {
    try {
      this.#counts = ready(await this.#client.call('confusion.get', undefined));
    } catch (error) {
      this.#counts = failed(error);
    }
  }

  /** Reloads soon: predictions changed. */
  touch(): void {
    this.#reloads.request();
  }

  reset(): void {
    this.#reloads.cancel();
    this.#counts = loading;
  }
}
