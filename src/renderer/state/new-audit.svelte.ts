/** A new audit being put together: each choice is made by the main process, the window shows what came of it. */

import type { ProjectSummary } from '../../shared/audit.js';
import type { ClassOrder } from '../../shared/class-order.js';
import type { NamedValues, PreprocessingChoice } from '../../shared/model.js';
import type { CallInput } from '../../shared/calls/calls.js';
import type { NewAuditState, PreviewedImage } from '../../shared/calls/new-audit.js';
import type { AppError } from '../../shared/errors.js';
import { toAppError } from '../../shared/errors.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';
import type { MappingChange } from './names.js';

type Pick = CallInput<'newAudit.pick'>['what'];
/** The part of the assistant that is at work or has failed. */
export type NewAuditPart = 'data' | 'labels' | 'model' | 'view' | 'classes' | 'mapping' | 'name' | 'start';

const partOf: Readonly<Record<Pick, NewAuditPart>> = {
  'dataset-folder': 'data',
  'dataset-file': 'data',
  labels: 'labels',
  'model-file': 'model',
  'model-folder': 'model',
  'class-names': 'classes',
  place: 'name',
};

/** Parts whose change shows in the preview. */
const seen: readonly NewAuditPart[] = ['data', 'labels', 'model', 'view', 'classes'];

/** Pause after a key before the model is opened anew, in milliseconds. */
const typingPause = 300;

/** A choice as a message: with lists of its own. */
function sent(choice: PreprocessingChoice | null): CallInput<'newAudit.setPreprocessing'>['choice'] {
  if (choice === null) return null;
  const { mean, std, ...rest } = choice;
  return { ...rest, ...(mean ? { mean: [...mean] } : {}), ...(std ? { std: [...std] } : {}) };
}

export class NewAuditForm {
  readonly #client: Client;
  readonly #renewed: () => void;
  #newAudit = $state.raw<NewAuditState | null>(null);
  #busy = $state<NewAuditPart | null>(null);
  #error = $state.raw<{ readonly part: NewAuditPart; readonly error: AppError } | null>(null);
  #preview = $state.raw<Loaded<readonly PreviewedImage[]> | null>(null);
  #previewed = 0;
  /** New audits so far: an answer about an earlier one is none any more. */
  #audits = 0;
  #looking = $state(false);
  /** The preprocessing that is wished for while it is typed; undefined when the new audit has it. */
  #wished = $state.raw<PreprocessingChoice | null | undefined>(undefined);
  #typing: ReturnType<typeof setTimeout> | undefined;
  #viewError = $state.raw<AppError | null>(null);
  #exported = $state<string | null>(null);

  /** @param renewed called when the preview's pictures become others. */
  constructor(client: Client, renewed: () => void) {
    this.#client = client;
    this.#renewed = renewed;
  }

  get value(): NewAuditState | null {
    return this.#newAudit;
  }
  get busy(): NewAuditPart | null {
    return this.#busy;
  }
  get error(): { readonly part: NewAuditPart; readonly error: AppError } | null {
    return this.#error;
  }
  /** Null until there is something to preview. */
  get preview(): Loaded<readonly PreviewedImage[]> | null {
    return this.#preview;
  }
  /** Whether the preview is being made, or is about to be. */
  get looking(): boolean {
    return this.#looking || (this.#wished !== undefined && this.#viewError === null);
  }
  /** Why the preprocessing that is being chosen is refused; the new audit keeps the one it had. */
  get viewError(): AppError | null {
    return this.#viewError;
  }
  /** Whether the new audit does not have the preprocessing yet that is being chosen. */
  get viewPending(): boolean {
    return this.#wished !== undefined;
  }
  /** The preprocessing as it is being chosen, ahead of the model that has it. */
  get preprocessing(): PreprocessingChoice | null {
    return this.#wished === undefined ? (this.#newAudit?.modelChoice.preprocessing ?? null) : this.#wished;
  }
  /** Name of the file that the mapping was last written to. */
  get exported(): string | null {
    return this.#exported;
  }

  async create(): Promise<void> {
    this.#forget();
    await this.#change('data', () => this.#client.call('newAudit.create', undefined));
  }

  async discard(): Promise<void> {
    this.#newAudit = null;
    this.#forget();
    await this.#client.call('newAudit.discard', undefined);
  }

  pick(what: Pick): Promise<void> {
    return this.#change(partOf[what], () => this.#client.call('newAudit.pick', { what }));
  }

  setFormat(format: string): Promise<void> {
    return this.#change('data', () => this.#client.call('newAudit.setFormat', { format }));
  }

  setName(name: string): Promise<void> {
    if (name.trim() === '' || name === this.#newAudit?.name) return Promise.resolve();
    return this.#change('name', () => this.#client.call('newAudit.setName', { name: name.trim() }));
  }

  setMapping(rows: readonly MappingChange[]): Promise<void> {
    return this.#change('mapping', () => this.#client.call('newAudit.setMapping', { rows: [...rows] }));
  }

  setClassOrder(order: ClassOrder): Promise<void> {
    return this.#change('mapping', () => this.#client.call('newAudit.setClassOrder', { order }));
  }

  importMapping(): Promise<void> {
    return this.#change('mapping', () => this.#client.call('newAudit.importMapping', undefined));
  }

  async exportMapping(): Promise<void> {
    this.#exported = null;
    try {
      this.#exported = await this.#client.call('newAudit.exportMapping', undefined);
    } catch (error) {
      this.#error = { part: 'mapping', error: toAppError(error) };
    }
  }

  setClassNames(from: 'model' | 'imagenet'): Promise<void> {
    return this.#change('classes', () => this.#client.call('newAudit.setClassNames', { from }));
  }

  setModelValues(values: NamedValues | null): Promise<void> {
    return this.#change('model', () => this.#client.call('newAudit.setModelValues', { values }));
  }

  /** Takes effect when nothing more is typed for a moment; only the last wish counts. */
  setPreprocessing(choice: PreprocessingChoice | null): void {
    this.#wished = choice;
    this.#viewError = null;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#grant(), typingPause);
  }

  /** Predicts ten images of the new audit; asked for by itself whenever data or model changed. */
  async loadPreview(): Promise<void> {
    this.#previewed += 1;
    const asked = this.#previewed;
    // What is shown stays until the new one is there: it changes with every key that is typed.
    if (this.#preview?.state !== 'ready') this.#preview = loading;
    this.#looking = true;
    try {
      const items = await this.#client.call('newAudit.preview', undefined);
      if (asked !== this.#previewed) return;
      this.#renewed();
      this.#preview = ready(items);
    } catch (error) {
      if (asked === this.#previewed) this.#preview = failed(error);
    } finally {
      if (asked === this.#previewed) this.#looking = false;
    }
  }

  /** Creates and opens the project; null when that failed, with the error kept. */
  async start(): Promise<ProjectSummary | null> {
    this.#busy = 'start';
    this.#error = null;
    try {
      const summary = await this.#client.call('newAudit.start', undefined);
      this.#newAudit = null;
      this.#forget();
      return summary;
    } catch (error) {
      this.#error = { part: 'start', error: toAppError(error) };
      return null;
    } finally {
      this.#busy = null;
    }
  }

  /** Asks for the preprocessing that is wished for; once more when it changed meanwhile. */
  async #grant(): Promise<void> {
    const choice = this.#wished;
    if (choice === undefined) return;
    if (this.#busy !== null) {
      this.setPreprocessing(choice);
      return;
    }
    await this.#change('view', () => this.#client.call('newAudit.setPreprocessing', { choice: sent(choice) }));
    if (this.#wished !== choice) return;
    // A refused wish stays in the form, beside what is wrong with it.
    if (this.#error?.part !== 'view') this.#wished = undefined;
    else {
      this.#viewError = this.#error.error;
      this.#error = null;
    }
  }

  #forget(): void {
    this.#audits += 1;
    this.#busy = null;
    clearTimeout(this.#typing);
    this.#wished = undefined;
    this.#viewError = null;
    this.#preview = null;
    this.#previewed += 1;
    this.#looking = false;
    this.#error = null;
    this.#exported = null;
  }

  async #change(part: NewAuditPart, ask: () => Promise<NewAuditState>): Promise<void> {
    if (this.#busy !== null) return;
    this.#busy = part;
    this.#error = null;
    const before = this.#newAudit;
    const audit = this.#audits;
    try {
      const answer = await ask();
      if (audit !== this.#audits) return;
      this.#newAudit = answer;
    } catch (error) {
      if (audit !== this.#audits) return;
      this.#error = { part, error: toAppError(error) };
    }
    this.#busy = null;
    const now = this.#newAudit;
    if (part === 'model' && now !== before) {
      this.#wished = undefined;
      this.#viewError = null;
    }
    const complete = (now?.dataset ?? null) !== null && (now?.model ?? null) !== null;
    if (!complete) this.#preview = null;
    else if (seen.includes(part) && now !== before) void this.loadPreview();
  }
}
