/** The list on screen: it stays where the images are, and another one takes its place once what is looked at of that is here. */

import { type ImageId, imageId } from '../../shared/audit.js';
import type { AppError } from '../../shared/errors.js';
import { toAppError } from '../../shared/errors.js';
import type { CallInput } from '../../shared/calls/calls.js';
import { type Placed, type Selection, selectionPage } from '../../shared/query.js';
import type { Client } from './client.js';
import { FollowedPlaces } from './followed-places.svelte.js';
import { ComingPages, type Pages, type Span } from './list-pages.js';
import { OneAtATime } from './one-at-a-time.js';
import { type Landing, SelectedImage } from './selected-image.svelte.js';
import { SelectionPages } from './selection-pages.svelte.js';

/** Filter and order. */
type Wanted = Pick<CallInput<'gallery.select'>, 'filter' | 'order'>;

/** A list that can be put on screen at once. */
interface Arrival {
  readonly selection: Selection;
  readonly pages: Pages;
  readonly landing: Landing;
  /** Places of the images that are followed. */
  readonly followed: { readonly ids: readonly ImageId[]; readonly places: readonly number[] };
}

/** What was wanted when a list was asked for. */
interface Turn {
  readonly project: number;
  readonly wish: number;
  /** Whether it is another list than the one on screen, not the same one as it is now. */
  readonly another: boolean;
}

/** Milliseconds that are added each time before a list that keeps changing is asked for again, and at most. */
const firstPause = 50;
const longestPause = 1000;

export class ShownList {
  readonly pages: SelectionPages;
  readonly selected: SelectedImage;
  readonly #client: Client;
  readonly #query: () => Wanted;
  readonly #taken: () => void;
  readonly #followed = new FollowedPlaces();
  readonly #asking = new OneAtATime(() => this.#ask());
  #total = $state(0);
  #loaded = $state(false);
  #error = $state.raw<AppError | null>(null);
  /** Counts wishes for another list, by filter, text or order, and which of them the list on screen answers. */
  #wished = $state(0);
  #answered = $state(0);
  /** Counts projects: an answer about an earlier one is let go. */
  #project = 0;
  /** How often in a row a list was gone before its pages were here. */
  #gone = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  /** Places on screen, and a little more. */
  #view: Span = { from: 0, end: 0 };

  /**
   * @param query what is wanted now.
   * @param taken hears of every list that was put on screen.
   */
  constructor(client: Client, query: () => Wanted, taken: () => void) {
    this.#client = client;
    this.#query = query;
    this.#taken = taken;
    this.pages = new SelectionPages(client, {
      arrived: () => {
        this.selected.arrived();
      },
      gone: () => {
        this.#askAgain();
      },
      failed: (error) => {
        this.fail(error);
        this.selected.halt();
      },
    });
    this.selected = new SelectedImage({
      pages: this.pages,
      find: (id) => this.placeOf(id),
      moved: () => {
        this.#want();
      },
    });
  }

  /** All images of the project. */
  get total(): number {
    return this.#total;
  }
  /** False until the first answer for this project. */
  get loaded(): boolean {
    return this.#loaded;
  }
  get error(): AppError | null {
    return this.#error;
  }
  /** Whether the list on screen is still the one before the last wish for another. */
  get waiting(): boolean {
    return this.#wished !== this.#answered;
  }

  /** Another list is wanted. */
  wish(): void {
    this.#wished += 1;
    void this.load();
  }

  /** Asks for the list as it is now; resolves when that is on screen. */
  load(): Promise<void> {
    return this.#asking.run();
  }

  /** These places are looked at. */
  show(view: Span): void {
    this.#view = view;
    this.#want();
  }

  /** Images whose being in the list is to be known wherever they lie. */
  follow(ids: readonly ImageId[]): void {
    const { id: selected, place } = this.selected;
    this.#followed.follow(ids, (id) => (id === selected && place >= 0 ? place : this.pages.placeOf(id)));
    if (this.#followed.unknown.length > 0) void this.#findFollowed();
  }

  /** Whether an image that is followed is in the list. */
  isListed(id: ImageId): boolean {
    return this.#followed.isListed(id);
  }

  /** The place of an image in the list on screen; -1 when it is not in it. */
  async placeOf(id: ImageId): Promise<number> {
    const [place = -1] = await this.#placesNow([id]);
    return place;
  }

  /** Ids from a place of the list on screen up to another; null where that list is gone. */
  async idsBetween(from: number, end: number): Promise<readonly ImageId[] | null> {
    const { list } = this.pages;
    if (list === null) return null;
    const ids = await this.#client.call('gallery.page', { revision: list.revision, from, count: end - from });
    return ids === null || list !== this.pages.list ? null : Array.from(ids, imageId);
  }

  /** Something of the list could not be had; the rest stays. */
  fail(error: unknown): void {
    this.#error = toAppError(error);
  }

  /** Starts over for another project. */
  reset(): void {
    this.#project += 1;
    clearTimeout(this.#pause);
    this.#gone = 0;
    this.#answered = this.#wished;
    this.#total = 0;
    this.#loaded = false;
    this.#error = null;
    this.#view = { from: 0, end: 0 };
    this.#followed.follow([], () => null);
    this.pages.clear();
    this.selected.reset();
  }

  async #ask(): Promise<void> {
    const wish = this.#wished;
    const turn = { project: this.#project, wish, another: wish !== this.#answered };
    const near = this.selected.near(turn.another);
    const since = this.pages.list?.revision ?? null;
    const around = Math.min(selectionPage, this.#view.end - this.#view.from);
    try {
      const selection = await this.#client.call('gallery.select', { ...this.#query(), since, near, around });
      if (!(await this.#bring(selection, near, turn))) this.#askAgain();
    } catch (error) {
      if (this.#isOver(turn)) return;
      this.fail(error);
      this.#answer(turn);
    }
  }

  /** Whether something else is wanted by now: that was asked for as well. */
  #isOver({ project, wish }: Turn): boolean {
    return project !== this.#project || wish !== this.#wished;
  }

  /** The list changed before its pages were here: it is asked for again at once, and ever later while it keeps changing. */
  #askAgain(): void {
    clearTimeout(this.#pause);
    const pause = Math.min(longestPause, this.#gone * firstPause);
    this.#gone += 1;
    if (pause === 0) void this.load();
    else this.#pause = setTimeout(() => void this.load(), pause);
  }

  #answer({ wish }: Turn): void {
    this.#answered = wish;
    this.#loaded = true;
  }

  /** Puts a list on screen, unless something else is wanted, once all is here that it will show; false when it is gone before. */
  async #bring(selection: Selection, near: readonly ImageId[], turn: Turn): Promise<boolean> {
    const coming = new ComingPages(this.#client, selection);
    let [asked] = near;
    let { found } = selection;
    for (;;) {
      const arrival = await this.#prepare(coming, found, turn);
      if (this.#isOver(turn)) return true;
      if (arrival === null) return false;
      const next = this.selected.near(turn.another);
      if (asked === next[0]) {
        this.#put(arrival, turn);
        return true;
      }
      // Another image was selected meanwhile.
      [asked] = next;
      const places = await this.#placesIn(selection.revision, next);
      if (places === null) return false;
      found = firstPlaced(next, places);
    }
  }

  /** Fetches what a list will show when it lands on the image that was found; null when it is gone. */
  async #prepare(coming: ComingPages, found: Placed | null, { another }: Turn): Promise<Arrival | null> {
    const { selection } = coming;
    const landing = this.selected.landing(found, selection.count, another);
    const { ids } = this.#followed;
    const isKnown = (page: number): boolean => this.pages.stays(page, selection);
    const [isThere, places] = await Promise.all([
      coming.fetch({ spans: () => this.#inSight(landing, selection.count), isKnown }),
      this.#placesIn(selection.revision, ids),
    ]);
    if (!isThere || places === null) return null;
    return { selection, pages: coming.all, landing, followed: { ids, places } };
  }

  #put({ selection, pages, landing, followed }: Arrival, turn: Turn): void {
    this.#gone = 0;
    this.pages.replace(selection, pages);
    this.#total = selection.total;
    this.#error = null;
    this.#followed.replace(followed.ids, followed.places);
    this.selected.land(landing, turn.another);
    this.#answer(turn);
    this.#want();
    if (this.#followed.unknown.length > 0) void this.#findFollowed();
    this.#taken();
  }

  /** The places that are looked at once a list of `count` images is there and the selection has landed in it. */
  #inSight({ place, reveals }: Landing, count: number): Span[] {
    const size = this.#view.end - this.#view.from;
    const from = Math.max(0, Math.min(this.#view.from, count - size));
    const view = { from, end: from + size };
    if (place < 0) return [view];
    const around = { from: place - size, end: place + size + 1 };
    return reveals ? [around] : [around, view];
  }

  /** Where the selection is or goes comes first, then what is looked at, then where the next steps lead. */
  #want(): void {
    const at = this.selected.destination;
    const here = { from: at, end: at + 1 };
    const around = { from: at - selectionPage, end: at + selectionPage + 1 };
    this.pages.want(at < 0 ? [this.#view] : [here, this.#view, around]);
  }

  async #placesIn(revision: number, ids: readonly ImageId[]): Promise<readonly number[] | null> {
    if (ids.length === 0) return [];
    const places = await this.#client.call('gallery.places', { revision, ids: [...ids] });
    return places === null ? null : [...places];
  }

  /** Places in the list on screen, whichever that is when they are known; none where they cannot be had. */
  async #placesNow(ids: readonly ImageId[]): Promise<readonly number[]> {
    for (let { list } = this.pages; list !== null; { list } = this.pages) {
      try {
        const places = await this.#placesIn(list.revision, ids);
        if (list !== this.pages.list) continue;
        if (places !== null) return places;
      } catch (error) {
        if (list === this.pages.list) this.fail(error);
        return [];
      }
      await this.load();
      if (list === this.pages.list) return [];
    }
    return [];
  }

  async #findFollowed(): Promise<void> {
    const ids = this.#followed.unknown;
    this.#followed.found(ids, await this.#placesNow(ids));
  }
}

function firstPlaced(ids: readonly ImageId[], places: readonly number[]): Placed | null {
  for (const [at, id] of ids.entries()) {
    const place = places[at] ?? -1;
    if (place >= 0) return { id, place };
  }
  return null;
}
