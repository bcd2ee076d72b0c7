/** The gallery: which images are wanted in which order, the list of them as far as it is looked at, and the image in focus. */

import type { ImageId } from '../../shared/audit.js';
import type { ColumnId } from '../../shared/columns.js';
import type { AppError } from '../../shared/errors.js';
import {
  type ChosenRange,
  type ConditionValue,
  type Filter,
  type GalleryFacets,
  type Order,
  ranged,
  searchedText,
  searching,
  suspicionOrder,
  toggled,
  valuesOf,
  without,
} from '../../shared/query.js';
import type { Client } from './client.js';
import { FacetCounts } from './facet-counts.svelte.js';
import { ShownList } from './shown-list.svelte.js';
import { Throttle } from './throttle.js';

/** Milliseconds between two reloads that changes in the project ask for. */
const reloadPause = 1000;
/** Milliseconds without another letter after which the filters are counted: a list is asked for with each. */
const typingPause = 150;

export class GalleryState {
  readonly #list: ShownList;
  readonly #facets: FacetCounts;
  readonly #reloads = new Throttle(reloadPause, () => void this.#list.load());
  #filter = $state.raw<Filter>([]);
  #order = $state.raw<Order>(suspicionOrder);
  #typing: ReturnType<typeof setTimeout> | undefined;

  /** @param tiles resolves when the tiles on screen have what they show. */
  constructor(client: Client, tiles: () => Promise<void> = () => Promise.resolve()) {
    this.#list = new ShownList(
      client,
      () => ({ filter: this.#filter.map((condition) => ({ ...condition })), order: { ...this.#order } }),
      () => {
        if (this.#typing === undefined) void this.#facets.load();
      },
    );
    this.#facets = new FacetCounts(
      client,
      () => this.#filter,
      tiles,
      (error) => {
        this.#list.fail(error);
      },
    );
  }

  /** `listener` hears whenever another image is selected. */
  onSelect(listener: () => void): void {
    this.#list.selected.onSelect(listener);
  }

  // ── what is wanted ─────────────────────────────────────────────────────────────────────────────

  get filter(): Filter {
    return this.#filter;
  }
  get order(): Order {
    return this.#order;
  }
  get filtered(): boolean {
    return this.#filter.length > 0;
  }
  /** The text that is searched for. */
  get text(): string {
    return searchedText(this.#filter);
  }
  get facets(): GalleryFacets | null {
    return this.#facets.counts;
  }

  setFilter(filter: Filter): void {
    this.#filter = filter;
    this.#rest();
    this.#list.wish();
  }

  /** Narrows by text, letter by letter. */
  search(text: string): void {
    this.#filter = searching(this.#filter, text);
    this.#rest();
    this.#typing = setTimeout(() => {
      this.#typing = undefined;
      if (!this.waiting) void this.#facets.load();
    }, typingPause);
    this.#list.wish();
  }

  /** Adds a value of a column to those that are let through, or takes it away. */
  toggle(column: ColumnId, value: ConditionValue): void {
    this.setFilter(toggled(this.#filter, column, value));
  }

  /** Lets only this value of a column through, or all where it was the only one. */
  toggleOnly(column: ColumnId, value: ConditionValue): void {
    const rest = without(this.#filter, column);
    const was = valuesOf(this.#filter, column).includes(value);
    this.setFilter(was ? rest : toggled(rest, column, value));
  }

  /** Lets only these figures of a column through. */
  setRange(column: ColumnId, range: ChosenRange): void {
    this.setFilter(ranged(this.#filter, column, range));
  }

  setOrder(order: Order): void {
    this.#order = order;
    this.#rest();
    this.#list.wish();
  }

  /** Whether a column that is folded at first was opened. */
  isOpen(column: ColumnId): boolean {
    return this.#facets.isOpen(column);
  }

  /** Opens or folds a column. */
  fold(column: ColumnId): void {
    this.#facets.fold(column);
  }

  // ── the list ───────────────────────────────────────────────────────────────────────────────────

  /** Images in the list. */
  get count(): number {
    return this.#list.pages.count;
  }
  /** All images of the project. */
  get total(): number {
    return this.#list.total;
  }
  /** False until the first answer for this project. */
  get loaded(): boolean {
    return this.#list.loaded;
  }
  get error(): AppError | null {
    return this.#list.error;
  }
  /** Whether the list on screen is still the one before the last change of filter, text or order. */
  get waiting(): boolean {
    return this.#list.waiting;
  }

  /** Reloads at once. */
  reload(): Promise<void> {
    return this.#list.load();
  }

  /** Reloads soon, at most once a second: something in the project changed. */
  touch(): void {
    this.#reloads.request();
  }

  /** The image at a place; null outside the list and while its page is on its way: see {@link show}. */
  idAt(place: number): ImageId | null {
    return this.#list.pages.idAt(place);
  }

  /** Ids from a place up to another; null where pages of them are on their way. */
  idsBetween(from: number, end: number): readonly ImageId[] | null {
    return this.#list.pages.idsBetween(from, end);
  }

  /** The same, fetched; null where the list is another one by now. */
  fetchIdsBetween(from: number, end: number): Promise<readonly ImageId[] | null> {
    return this.#list.idsBetween(from, end);
  }

  /** Places from `from` up to `end` are looked at: their pages are fetched. */
  show(from: number, end: number): void {
    this.#list.show({ from, end });
  }

  /** From now on it is known of these images whether they are in the list: see {@link isListed}. */
  follow(ids: readonly ImageId[]): void {
    this.#list.follow(ids);
  }

  isListed(id: ImageId): boolean {
    return this.#list.isListed(id);
  }

  // ── the image in focus ─────────────────────────────────────────────────────────────────────────

  get selectedId(): ImageId | null {
    return this.#list.selected.id;
  }
  /** Place of the selected image, or -1 when the filter leaves it out. */
  get selectedIndex(): number {
    return this.#list.selected.place;
  }
  /** The place that the selection is at, or goes to once that is known. */
  get destination(): number {
    return this.#list.selected.destination;
  }
  /** Whether what was asked to be selected is on its way. */
  get seeking(): boolean {
    return this.#list.selected.seeking;
  }
  /** Rises whenever {@link destination} is to be scrolled into view. */
  get revealed(): number {
    return this.#list.selected.revealed;
  }

  /** Selects by place, once what lies there is known, and scrolls there; a place outside the list does nothing. */
  selectIndex(place: number): void {
    this.#list.selected.selectPlace(place);
  }

  /** Selects an image, also one that the filter leaves out; resolves to its place. */
  selectId(id: ImageId): Promise<number> {
    return this.#list.selected.selectId(id);
  }

  /** Scrolls the selected image into view. */
  reveal(): void {
    this.#list.selected.reveal();
  }

  /** One step on or back; stays at the ends. */
  step(by: 1 | -1): void {
    this.#list.selected.step(by);
  }

  /** The images around the selected one, the next ones first: what to compute ahead. */
  ahead(next: number): ImageId[] {
    return this.#list.selected.ahead(next);
  }

  /** Starts over for another project. */
  reset(): void {
    this.#reloads.cancel();
    this.#rest();
    this.#filter = [];
    this.#order = suspicionOrder;
    this.#facets.reset();
    this.#list.reset();
  }

  #rest(): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
  }
}
