/** A new audit being put together: each choice is made by the main process, the window shows what came of it. */

import type { DatasetFormat, ProjectSummary } from '../../shared/audit.js';
import type { CallInput, Draft, DraftPreviewItem } from '../../shared/ipc.js';
import type { AppError } from '../../shared/errors.js';
import { toAppError } from '../../shared/errors.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';
import type { MappingChange } from './names.js';

type Pick = CallInput<'draft.pick'>['what'];
/** The part of the assistant that is at work or has failed. */
export type DraftPart = 'data' | 'labels' | 'model' | 'mapping' | 'name' | 'start';

const partOf: Readonly<Record<Pick, DraftPart>> = {
  'dataset-folder': 'data',
  'dataset-file': 'data',
  labels: 'labels',
  'model-file': 'model',
  'model-folder': 'model',
  place: 'name',
};

export class DraftState {
  readonly #client: Client;
  readonly #renewed: () => void;
  #draft = $state.raw<Draft | null>(null);
  #busy = $state<DraftPart | null>(null);
  #error = $state.raw<{ readonly part: DraftPart; readonly error: AppError } | null>(null);
  #preview = $state.raw<Loaded<readonly DraftPreviewItem[]> | null>(null);
  #previewed = 0;

  /** @param renewed called when the preview's pictures become others. */
  constructor(client: Client, renewed: () => void) {
    this.#client = client;
    this.#renewed = renewed;
  }

  get value(): Draft | null {
    return this.#draft;
  }
  get busy(): DraftPart | null {
    return this.#busy;
  }
  get error(): { readonly part: DraftPart; readonly error: AppError } | null {
    return this.#error;
  }
  /** Null until there is something to preview. */
  get preview(): Loaded<readonly DraftPreviewItem[]> | null {
    return this.#preview;
  }

  async create(): Promise<void> {
    this.#preview = null;
    this.#error = null;
    await this.#change('data', () => this.#client.call('draft.create', undefined));
  }

  async discard(): Promise<void> {
    this.#draft = null;
    this.#preview = null;
    this.#error = null;
    await this.#client.call('draft.discard', undefined);
  }

  pick(what: Pick): Promise<void> {
    return this.#change(partOf[what], () => this.#client.call('draft.pick', { what }), what !== 'place');
  }

  setFormat(format: DatasetFormat): Promise<void> {
    return this.#change('data', () => this.#client.call('draft.setFormat', { format }), true);
  }

  setName(name: string): Promise<void> {
    if (name.trim() === '' || name === this.#draft?.name) return Promise.resolve();
    return this.#change('name', () => this.#client.call('draft.setName', { name: name.trim() }));
  }

  setMapping(rows: readonly MappingChange[]): Promise<void> {
    return this.#change('mapping', () => this.#client.call('draft.setMapping', { rows: [...rows] }));
  }

  /** Predicts ten images of the draft; asked for by itself whenever data or model changed. */
  async loadPreview(): Promise<void> {
    this.#previewed += 1;
    const asked = this.#previewed;
    this.#preview = loading;
    try {
      const items = await this.#client.call('draft.preview', undefined);
      if (asked !== this.#previewed) return;
      this.#renewed();
      this.#preview = ready(items);
    } catch (error) {
      if (asked === this.#previewed) this.#preview = failed(error);
    }
  }

  /** Creates and opens the project; null when that failed, with the error kept. */
  async start(): Promise<ProjectSummary | null> {
    this.#busy = 'start';
    this.#error = null;
    try {
      const summary = await this.#client.call('draft.start', undefined);
      this.#draft = null;
      this.#preview = null;
      return summary;
    } catch (error) {
      this.#error = { part: 'start', error: toAppError(error) };
      return null;
    } finally {
      this.#busy = null;
    }
  }

  async #change(part: DraftPart, ask: () => Promise<Draft>, previewAfter = false): Promise<void> {
    if (this.#busy !== null) return;
    this.#busy = part;
    this.#error = null;
    const before = this.#draft;
    try {
      this.#draft = await ask();
    } catch (error) {
      this.#error = { part, error: toAppError(error) };
    } finally {
      this.#busy = null;
    }
    const now = this.#draft;
    const complete = (now?.dataset ?? null) !== null && (now?.model ?? null) !== null;
    if (!complete) this.#preview = null;
    else if (previewAfter && now !== before) void this.loadPreview();
  }
}
