/** The pages of the gallery's list that the window knows: fetched by place, kept least recently used, each one reactive by itself. */

import { SvelteMap } from 'svelte/reactivity';

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

/** Whether the same images stand in both. */
function areEqual(one: Uint32Array, other: Uint32Array): boolean {
  return one.length === other.length && one.every((id, at) => id === other[at]);
}

export class SelectionPages {
  readonly #client: Client;
  readonly #listener: PagesListener;
  /** Ids by page; who asked for a page that was not there hears of it when it comes. */
  readonly #known = new SvelteMap<number, Uint32Array>();
  /** The known pages, the most recently used last. */
  readonly #recent = new LruMap<number, number>(capacity, (page) => {
    this.#known.delete(page);
  });
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
    const id = this.#known.get(Math.floor(place / selectionPage))?.[place % selectionPage];
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
    for (const [page, ids] of this.#known) {
      const place = page * selectionPage + ids.indexOf(id);
      if (ids.includes(id) && place < this.#count) return place;
    }
    return this.#known.size === Math.ceil(this.#count / selectionPage) ? -1 : null;
  }

  /** Fetches what is not known of these places, the first ones first; a newer wish replaces an older one. */
  want(spans: readonly Span[]): void {
    this.#wanted = pagesOf(spans, this.#count);
    for (const page of this.#wanted.toReversed()) this.#recent.use(page);
    if (!this.#busy) void this.#fetch();
  }

  /** Whether what is known of a page is as it is in the new list. */
  stays(page: number, { from, count }: Selection): boolean {
    const start = page * selectionPage;
    const end = Math.min(start + selectionPage, count);
    const known = this.#known.get(page);
    return known !== undefined && start < end && end <= from && known.length >= end - start;
  }

  /** Puts a list on screen; pages that are not among these, nor as they were, are not known any more. */
  replace(selection: Selection, pages: Pages): void {
    for (const page of [...this.#known.keys()]) {
      if (!this.stays(page, selection) && !pages.has(page)) this.#recent.delete(page);
    }
    for (const [page, ids] of pages) this.#fill(page, ids);
    if (this.#list?.revision !== selection.revision) this.#list = { revision: selection.revision };
    this.#count = selection.count;
  }

  /** Starts over for another project. */
  clear(): void {
    this.#recent.clear();
    this.#list = null;
    this.#count = 0;
    this.#wanted = [];
  }

  /** What shows a page is not drawn again where the same images stand in it. */
  #fill(page: number, ids: Uint32Array): void {
    const before = this.#known.get(page);
    if (before === undefined || !areEqual(before, ids)) this.#known.set(page, ids);
    if (this.#recent.use(page) === undefined) this.#recent.set(page, page);
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
      for (const [page, ids] of answer) this.#fill(page, ids);
      this.#listener.arrived();
    }
  }

  #missing(): readonly number[] {
    return firstRun(this.#wanted.filter((page) => !this.#known.has(page)));
  }
}
