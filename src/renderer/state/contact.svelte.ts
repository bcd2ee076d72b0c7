/** The contact sheet to be written: images picked in the gallery by methods, one class each. */

import type { ImageId, Job } from '../../shared/audit.js';
import type { CallInput } from '../../shared/calls/calls.js';
import type { SheetFormat, SheetScale } from '../../shared/sheet.js';
import type { RowId } from '../../shared/sheet-rows.js';
import type { Client } from './client.js';
import type { CompareState } from './compare.svelte.js';
import type { Notices } from './notices.svelte.js';
import type { PicksState } from './picks.svelte.js';
import { toggled } from './sheet-parts.js';

export type ContactClass = CallInput<'compare.contact'>['of'];

export class ContactState {
  readonly #client: Client;
  readonly #notices: Notices;
  readonly #compare: CompareState;
  readonly #picks: PicksState;
  #open = $state(false);
  #chosen = $state.raw<readonly RowId[]>([]);
  #asking = $state(false);

  of = $state<ContactClass>('label');
  scale = $state<SheetScale>('method');
  /** Images down, as contact sheets have them. */
  transposed = $state(true);
  format = $state<SheetFormat>('pdf');

  constructor(client: Client, notices: Notices, compare: CompareState, picks: PicksState) {
    this.#client = client;
    this.#notices = notices;
    this.#compare = compare;
    this.#picks = picks;
  }

  get open(): boolean {
    return this.#open;
  }
  get asking(): boolean {
    return this.#asking;
  }
  /** The methods of the sheet, in its order: those chosen that the model allows. */
  get methods(): readonly RowId[] {
    return this.#chosen.filter((id) => !this.#compare.refusals.has(id));
  }
  get ids(): readonly ImageId[] {
    return this.#picks.ids;
  }
  get ready(): boolean {
    const known = this.#compare.offers.state === 'ready';
    return known && !this.#asking && this.ids.length > 0 && this.methods.length > 0;
  }

  /** Opens the dialog with the methods and the look of the compare view. */
  start(): void {
    if (this.ids.length === 0) return;
    const { look } = this.#compare;
    this.#chosen = this.#compare.methods;
    this.scale = look.scale;
    this.#open = true;
    if (this.#compare.offers.state !== 'ready') void this.#compare.loadOffers();
  }

  close(): void {
    this.#open = false;
  }

  toggle(id: RowId): void {
    this.#chosen = toggled(this.#chosen, id);
  }

  remove(id: ImageId): void {
    this.#picks.toggle(id);
    if (this.ids.length === 0) this.close();
  }

  /** Has the sheet written where the person says; the dialog stays when they think better of it. */
  async create(): Promise<void> {
    if (!this.ready) return;
    this.#asking = true;
    try {
      const job = await this.#client.call('compare.contact', {
        ids: [...this.ids],
        methods: [...this.methods],
        of: this.of,
        look: { ...this.#compare.look, scale: this.scale, transposed: this.transposed },
        format: this.format,
      });
      if (job !== null) this.close();
    } catch (error) {
      this.#notices.fail(error);
    } finally {
      this.#asking = false;
    }
  }

  /** Watches for the end of the job that writes. */
  follow(job: Job): void {
    if (job.kind === 'sheet' && job.state === 'done') this.#notices.say('The contact sheet is written');
  }
}
