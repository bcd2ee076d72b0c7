/** What is known of single images: fetched by id in pages, kept least recently used, each one reactive by itself. */

import { type ImageId, imageId, type ImageRow } from '../../shared/audit.js';
import type { Client } from './client.js';
import { LruMap } from './lru.js';
import type { Notices } from './notices.svelte.js';
import { UsualShape } from './usual-shape.svelte.js';

/** One image's row; a tile reads only its own, so one change redraws one tile. */
export class RowSlot {
  #row = $state.raw<ImageRow | null>(null);
  /** Ticks of the store's clock: when the row last came in, and when it last became out of date. */
  filledAt = 0;
  staleAt = 1;

  get row(): ImageRow | null {
    return this.#row;
  }

  fill(row: ImageRow, at: number): void {
    this.#row = row;
    this.filledAt = at;
  }
}

/** Rows kept in memory, and rows asked for at once. */
const capacity = 8000;
const page = 500;

export class RowStore {
  /** The shape that pictures of this project usually have. */
  readonly shape = new UsualShape();
  readonly #client: Client;
  readonly #notices: Notices;
  readonly #slots = new LruMap<number, RowSlot>(capacity);
  #wanted: readonly number[] = [];
  #busy = false;
  /** Resolves when what was asked for last is here. */
  #fetching: Promise<void> = Promise.resolve();
  #clock = 1;

  constructor(client: Client, notices: Notices) {
    this.#client = client;
    this.#notices = notices;
  }

  /** The slot of an image, empty until its row has come. */
  slot(id: number): RowSlot {
    const known = this.#slots.peek(id);
    if (known !== undefined) return known;
    const slot = new RowSlot();
    this.#slots.set(id, slot);
    return slot;
  }

  /** Fetches what is missing or out of date of these images; a newer wish replaces an older one. */
  want(ids: readonly number[]): void {
    this.#wanted = ids;
    for (const id of ids) if (this.#slots.use(id) === undefined) this.slot(id);
    if (!this.#busy) this.#fetching = this.#fetch();
  }

  /** Takes a row that came with another answer; newer than any fetch under way. */
  put(row: ImageRow): void {
    this.#clock += 1;
    this.slot(row.id).fill(row, this.#clock);
  }

  /** Marks rows as out of date; those in view are fetched again. */
  invalidate(images: readonly ImageId[] | 'all'): void {
    this.#clock += 1;
    const slots = images === 'all' ? this.#slots.values() : images.map((id) => this.#slots.peek(id));
    for (const slot of slots) if (slot !== undefined) slot.staleAt = this.#clock;
    if (!this.#busy) this.#fetching = this.#fetch();
  }

  /** Forgets everything: another project was opened. */
  clear(): void {
    this.#slots.clear();
    this.#wanted = [];
    this.shape.clear();
  }

  /** Resolves when the rows are here that tiles on screen ask for now. */
  async fetched(): Promise<void> {
    // Tiles that were put up just now ask within this task.
    await new Promise((resolve) => setTimeout(resolve));
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    this.#busy = true;
    try {
      for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
        const asked = this.#clock;
        const rows = await this.#client.call('gallery.rows', { ids: missing.map(imageId) });
        this.shape.see(rows.filter((row) => this.#slots.has(row.id)));
        for (const row of rows) {
          const slot = this.#slots.peek(row.id);
          if (slot !== undefined && slot.filledAt <= asked) slot.fill(row, asked);
        }
        if (rows.length < missing.length) return;
      }
    } catch (error) {
      this.#wanted = [];
      this.#notices.fail(error);
    } finally {
      this.#busy = false;
    }
  }

  #missing(): number[] {
    const missing: number[] = [];
    for (const id of this.#wanted) {
      const slot = this.#slots.peek(id);
      if (slot !== undefined && slot.filledAt < slot.staleAt) missing.push(id);
      if (missing.length === page) break;
    }
    return missing;
  }
}
