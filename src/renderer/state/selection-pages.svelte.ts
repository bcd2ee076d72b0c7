/** The pages of the gallery's list that the window knows: fetched by place, kept least recently used, each one reactive by itself. */

import { type ImageId, imageId } from '../../shared/audit.js';
import { type Selection, selectionPage } from '../../shared/query.js';
import type { Client } from './client.js';
import { fetchRun, firstRun, type Pages, pagesOf, type Span } from './list-pages.js';
import { LruMap } from './lru.js';

/** A list as main knows it; another object for another list, also where projects count their revisions alike. */
interface List {
  readonly revision: number;
}

/** Who hears of pages that were asked for. */
export interface PagesListener {
  readonly arrived: () => void;
  /** The list on screen is not known any more: another one is to be asked for. */
  readonly gone: () => void;
  readonly failed: (error: unknown) => void;
}

/** Pages in memory: 256 kB of ids. */
const capacity = 128;

class PageSlot {
  readonly page: number;
  #ids = $state.raw<Uint32Array | null>(null);

  constructor(page: number) {
    this.page = page;
  }

  get ids(): Uint32Array | null {
    return this.#ids;
  }

  /** What shows a page is not drawn again where the same images stand in it. */
  fill(ids: Uint32Array | null): void {
    if (ids === null || !this.#holds(ids)) this.#ids = ids;
  }

  #holds(ids: Uint32Array): boolean {
    const before = this.#ids;
    return before?.length === ids.length && ids.every((id, at) => id === before[at]);
  }
}

export class SelectionPages {
  readonly #client: Client;
  readonly #listener: PagesListener;
  readonly #slots = new LruMap<number, PageSlot>(capacity);
  #list: List | null = null;
  #count = $state(0);
  #wanted: readonly number[] = [];
  #busy = false;

  constructor(client: Client, listener: PagesListener) {
    this.#client = client;
    this.#listener = listener;
  }

  /** The list on screen; null before the first. */
  get list(): List | null {
    return this.#list;
  }
  get count(): number {
    return this.#count;
  }

  /** The image at a place; null outside the list and while its page is not known. */
  idAt(place: number): ImageId | null {
    if (place < 0 || place >= this.#count) return null;
    const id = this.#slot(Math.floor(place / selectionPage)).ids?.[place % selectionPage];
    return id === undefined ? null : imageId(id);
  }

  /** Ids from a place up to another; null where pages of them are not known. */
  idsBetween(from: number, end: number): ImageId[] | null {
    const ids: ImageId[] = [];
    for (let place = from; place < end; place += 1) {
      const id = this.idAt(place);
      if (id === null) return null;
      ids.push(id);
    }
    return ids;
  }

  /** The place of an image; -1 when it is not in the list, null where pages that are not known may hold it. */
  placeOf(id: ImageId): number | null {
    let known = 0;
    for (const { page, ids } of this.#slots.values()) {
      if (ids === null) continue;
      const place = page * selectionPage + ids.indexOf(id);
      if (ids.includes(id) && place < this.#count) return place;
      if (page * selectionPage < this.#count) known += 1;
    }
    return known === Math.ceil(this.#count / selectionPage) ? -1 : null;
  }

  /** Fetches what is not known of these places, the first ones first; a newer wish replaces an older one. */
  want(spans: readonly Span[]): void {
    this.#wanted = pagesOf(spans, this.#count);
    for (const page of this.#wanted.toReversed()) this.#slots.use(page);
    if (!this.#busy) void this.#fetch();
  }

  /** Whether what is known of a page is as it is in the new list. */
  stays(page: number, { from, count }: Selection): boolean {
    const start = page * selectionPage;
    const end = Math.min(start + selectionPage, count);
    const known = this.#slots.peek(page)?.ids;
    return known !== undefined && known !== null && start < end && end <= from && known.length >= end - start;
  }

  /** Puts a list on screen; pages that are not among these, nor as they were, are not known any more. */
  replace(selection: Selection, pages: Pages): void {
    for (const slot of this.#slots.values()) {
      if (!this.stays(slot.page, selection)) slot.fill(pages.get(slot.page) ?? null);
    }
    for (const [page, ids] of pages) this.#slot(page).fill(ids);
    if (this.#list?.revision !== selection.revision) this.#list = { revision: selection.revision };
    this.#count = selection.count;
  }

  /** Starts over for another project. */
  clear(): void {
    for (const slot of this.#slots.values()) slot.fill(null);
    this.#list = null;
    this.#count = 0;
    this.#wanted = [];
  }

  #slot(page: number): PageSlot {
    const known = this.#slots.peek(page);
    if (known !== undefined) return known;
    const slot = new PageSlot(page);
    this.#slots.set(page, slot);
    return slot;
  }

  async #fetch(): Promise<void> {
    this.#busy = true;
    for (let run = this.#missing(); run.length > 0; run = this.#missing()) {
      const list = this.#list;
      if (list === null) break;
      const answer = await fetchRun(this.#client, list, run).catch((error: unknown) => ({ error }));
      // What an earlier list was asked for is let go; what is wanted of this one is still missing.
      if (list === this.#list) this.#take(answer);
    }
    this.#busy = false;
  }

  #take(answer: Pages | null | { readonly error: unknown }): void {
    if (answer === null) {
      this.#wanted = [];
      this.#listener.gone();
    } else if ('error' in answer) {
      this.#wanted = [];
      this.#listener.failed(answer.error);
    } else {
      for (const [page, ids] of answer) this.#slot(page).fill(ids);
      this.#listener.arrived();
    }
  }

  #missing(): readonly number[] {
    return firstRun(this.#wanted.filter((page) => (this.#slots.peek(page)?.ids ?? null) === null));
  }
}
