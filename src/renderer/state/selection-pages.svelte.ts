/** The pages of the gallery's list that the window knows: fetched by place, kept least recently used, each one reactive by itself. */

import { type ImageId, imageId } from '../../shared/audit.js';
import { type Selection, selectionPage } from '../../shared/query.js';
import type { Client } from './client.js';
import { LruMap } from './lru.js';

/** Places of a list, from `from` up to `end`, which is not of them. */
export interface Span {
  readonly from: number;
  readonly end: number;
}

/** Ids by number of their page. */
export type Pages = ReadonlyMap<number, Uint32Array>;

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
/** Pages in one answer. */
const together = 3;

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

/** The pages of these places, each once, in the order of the spans. */
function pagesOf(spans: readonly Span[], count: number): number[] {
  const pages = new Set<number>();
  for (const { from, end } of spans) {
    const last = Math.ceil(Math.min(end, count) / selectionPage);
    for (let page = Math.floor(Math.max(0, from) / selectionPage); page < last; page += 1) pages.add(page);
  }
  return [...pages];
}

/** The first of these pages with those that follow it in the list, as many as one answer holds. */
function firstRun(pages: readonly number[]): readonly number[] {
  const [first] = pages;
  if (first === undefined) return [];
  const run = [first];
  while (run.length < together && pages.includes(first + run.length)) run.push(first + run.length);
  return run;
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

  /**
   * Fetches into `pages` what a list that is not on screen yet needs there: the places that `spans` names at the end, as far as they
   * are not as in the list on screen, so that nothing that is looked at is ever empty. False when the list is gone.
   */
  async prepare(selection: Selection, pages: Map<number, Uint32Array>, spans: () => readonly Span[]): Promise<boolean> {
    for (;;) {
      const missing = pagesOf(spans(), selection.count).filter(
        (page) => !pages.has(page) && !this.#stays(page, selection),
      );
      const run = firstRun(missing);
      if (run.length === 0) return true;
      const answer = await this.#ask(selection, run);
      if (answer === null) return false;
      for (const [page, ids] of answer) pages.set(page, ids);
    }
  }

  /** Puts a list on screen; pages that are not among these, nor as they were, are not known any more. */
  replace(selection: Selection, pages: Pages): void {
    for (const slot of this.#slots.values()) {
      if (!this.#stays(slot.page, selection)) slot.fill(pages.get(slot.page) ?? null);
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

  /** Whether what is known of a page is as it is in the new list. */
  #stays(page: number, { from, count }: Selection): boolean {
    const start = page * selectionPage;
    const end = Math.min(start + selectionPage, count);
    const known = this.#slots.peek(page)?.ids;
    return known !== undefined && known !== null && start < end && end <= from && known.length >= end - start;
  }

  async #fetch(): Promise<void> {
    this.#busy = true;
    try {
      for (let run = this.#missing(); run.length > 0; run = this.#missing()) {
        const list = this.#list;
        if (list === null) return;
        const answer = await this.#ask(list, run);
        if (list !== this.#list) continue;
        if (answer === null) {
          this.#wanted = [];
          this.#listener.gone();
          return;
        }
        for (const [page, ids] of answer) this.#slot(page).fill(ids);
        this.#listener.arrived();
      }
    } catch (error) {
      this.#wanted = [];
      this.#listener.failed(error);
    } finally {
      this.#busy = false;
    }
  }

  #missing(): readonly number[] {
    return firstRun(this.#wanted.filter((page) => (this.#slots.peek(page)?.ids ?? null) === null));
  }

  async #ask({ revision }: List, run: readonly number[]): Promise<Pages | null> {
    const [first = 0] = run;
    const ids = await this.#client.call('gallery.page', {
      revision,
      from: first * selectionPage,
      count: run.length * selectionPage,
    });
    if (ids === null) return null;
    const cut = (at: number): Uint32Array => ids.subarray(at * selectionPage, (at + 1) * selectionPage);
    return new Map(run.map((page, at) => [page, cut(at)]));
  }
}
