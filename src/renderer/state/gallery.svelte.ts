/** The gallery's selection: filter and order, the ids they give, the counts beside the filters, and the image in focus. */

import { type ImageId, imageId } from '../../shared/audit.js';
import { type ColumnId, columns, isScore, type KnownColumn } from '../../shared/columns.js';
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
import type { AppError } from '../../shared/errors.js';
import { toAppError } from '../../shared/errors.js';
import type { Client } from './client.js';
import { survivor } from './survivor.js';
import { Throttle } from './throttle.js';

/** Milliseconds between two reloads that changes in the project ask for, and after a typed letter. */
const reloadPause = 1000;
const typingPause = 120;

/** Filters by scores that are not looked at every day are folded at first, and counted when they are opened. */
export function isFolded({ id, shown }: KnownColumn): boolean {
  return shown.facet === 'range' || (shown.facet === 'values' && isScore(id));
}

const filters = columns.filter(({ shown }) => shown.facet !== undefined);
/** Columns whose counts are always on screen. */
const always: readonly ColumnId[] = filters.filter((column) => !isFolded(column)).map(({ id }) => id);

export class GalleryState {
  readonly #client: Client;
  readonly #reloads = new Throttle(reloadPause, () => void this.#load());
  #filter = $state.raw<Filter>([]);
  #order = $state.raw<Order>(suspicionOrder);
  /** Folded columns that were opened. */
  #opened = $state.raw<readonly ColumnId[]>([]);
  #ids = $state.raw<Uint32Array>(new Uint32Array());
  #total = $state(0);
  #facets = $state.raw<GalleryFacets | null>(null);
  #loaded = $state(false);
  #error = $state.raw<AppError | null>(null);
  #selectedId = $state.raw<ImageId | null>(null);
  #selectedIndex = $state(-1);
  #revealed = $state(0);
  /** Counts wishes for another list, by filter, text or order, and which of them the list on screen answers. */
  #wished = $state(0);
  #answered = $state(0);
  /** Whether an image was ever selected: only then is another one in its place. */
  #selecting = false;
  #asked = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #onselect: () => void = () => undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** `listener` hears whenever another image is selected. */
  onSelect(listener: () => void): void {
    this.#onselect = listener;
  }

  get filter(): Filter {
    return this.#filter;
  }
  get order(): Order {
    return this.#order;
  }
  /** The text that is searched for. */
  get text(): string {
    return searchedText(this.#filter);
  }
  /** Whether a column that is folded at first was opened. */
  isOpen(column: ColumnId): boolean {
    return this.#opened.includes(column);
  }
  /** Ids in order; replaced as a whole, never changed in place. */
  get ids(): Uint32Array {
    return this.#ids;
  }
  get total(): number {
    return this.#total;
  }
  get facets(): GalleryFacets | null {
    return this.#facets;
  }
  /** False until the first answer for this project. */
  get loaded(): boolean {
    return this.#loaded;
  }
  get error(): AppError | null {
    return this.#error;
  }
  /** Whether the list on screen is still the one before the last change of filter, text or order. */
  get waiting(): boolean {
    return this.#wished !== this.#answered;
  }
  get selectedId(): ImageId | null {
    return this.#selectedId;
  }
  /** Place of the selected image, or -1 when the filter leaves it out. */
  get selectedIndex(): number {
    return this.#selectedIndex;
  }
  /** Rises whenever the selected image is to be scrolled into view. */
  get revealed(): number {
    return this.#revealed;
  }

  get filtered(): boolean {
    return this.#filter.length > 0;
  }

  /** Starts over for another project. */
  reset(): void {
    this.#reloads.cancel();
    clearTimeout(this.#typing);
    this.#asked += 1;
    this.#filter = [];
    this.#order = suspicionOrder;
    this.#opened = [];
    this.#ids = new Uint32Array();
    this.#total = 0;
    this.#facets = null;
    this.#loaded = false;
    this.#error = null;
    this.#answered = this.#wished;
    this.#selecting = false;
    this.#select(null, -1);
  }

  /** Reloads at once. */
  reload(): Promise<void> {
    return this.#load();
  }

  /** Reloads soon, at most once a second: something in the project changed. */
  touch(): void {
    this.#reloads.request();
  }

  setFilter(filter: Filter): void {
    this.#filter = filter;
    this.#wish();
  }

  /** Narrows by text once the typing pauses. */
  search(text: string): void {
    this.#filter = searching(this.#filter, text);
    this.#wished += 1;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#load(), typingPause);
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

  /** Opens or folds a column. */
  fold(column: ColumnId): void {
    const isOpen = this.isOpen(column);
    this.#opened = isOpen ? this.#opened.filter((other) => other !== column) : [...this.#opened, column];
    if (!isOpen) void this.#load();
  }

  setOrder(order: Order): void {
    this.#order = order;
    this.#wish();
  }

  idAt(index: number): ImageId | null {
    const id = this.#ids[index];
    return id === undefined ? null : imageId(id);
  }

  /** Selects by place and scrolls there; a place outside the list does nothing. */
  selectIndex(index: number): void {
    const id = this.idAt(index);
    if (id === null) return;
    this.#select(id, index);
    this.#revealed += 1;
  }

  /** Selects an image, also one that the filter leaves out. */
  selectId(id: ImageId): void {
    this.#select(id, this.#ids.indexOf(id));
    this.#revealed += 1;
  }

  /** Scrolls the selected image into view. */
  reveal(): void {
    this.#revealed += 1;
  }

  /** One step on or back; stays at the ends. */
  step(by: 1 | -1): void {
    if (this.#selectedIndex < 0) this.selectIndex(0);
    else this.selectIndex(this.#selectedIndex + by);
  }

  /** The images around the selected one, the next ones first: what to compute ahead. */
  ahead(next: number): ImageId[] {
    const at = this.#selectedIndex;
    if (at < 0) return [];
    const places = [...Array.from({ length: next }, (_, step) => at + 1 + step), at - 1];
    return places.flatMap((place) => this.idAt(place) ?? []);
  }

  /** Another list is wanted. */
  #wish(): void {
    this.#wished += 1;
    clearTimeout(this.#typing);
    void this.#load();
  }

  async #load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const wished = this.#wished;
    const filter = this.#filter.map((condition) => ({ ...condition }));
    try {
      const [result, facets] = await Promise.all([
        this.#client.call('gallery.query', { filter, order: { ...this.#order } }),
        this.#client.call('gallery.facets', { filter, columns: [...always, ...this.#opened] }),
      ]);
      if (asked !== this.#asked) return;
      this.#total = result.total;
      this.#facets = facets;
      this.#error = null;
      this.#take(result.ids, wished !== this.#answered);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#error = toAppError(error);
    }
    this.#answered = wished;
    this.#loaded = true;
  }

  /**
   * Puts a new list on screen. Where the selected image is not in it, another is selected that is: the first of `another`
   * list than was shown before, the next one of the same list from which the image went. An image that was looked at
   * outside the same list stays, and so does the last one of a list that is empty now.
   */
  #take(ids: Uint32Array, another: boolean): void {
    const before = this.#ids;
    const was = this.#selectedIndex;
    this.#ids = ids;
    const at = this.#selectedId === null ? -1 : ids.indexOf(this.#selectedId);
    if (at >= 0) {
      this.#selectedIndex = at;
      if (another) this.#revealed += 1;
    } else if (another) {
      if (this.#selecting) this.#replace(0);
    } else if (was >= 0) {
      if (ids.length > 0) this.#replace(survivor(before, was, ids));
      else this.#selectedIndex = -1;
    }
  }

  /** Selects what lies at this place of the new list, or nothing. */
  #replace(index: number): void {
    this.#select(this.idAt(index), this.idAt(index) === null ? -1 : index);
    this.#revealed += 1;
  }

  #select(id: ImageId | null, index: number): void {
    const another = id !== this.#selectedId;
    this.#selectedId = id;
    this.#selectedIndex = index;
    if (id !== null) this.#selecting = true;
    if (another) this.#onselect();
  }
}
