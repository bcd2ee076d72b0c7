/** The gallery's selection: filter and order, the ids they give, the counts beside the filters, and the image in focus. */

import { type ImageId, imageId } from '../../shared/audit.js';
import type { GalleryFacets, GalleryFilter, GallerySort, SortKey } from '../../shared/gallery.js';
import type { AppError } from '../../shared/errors.js';
import { toAppError } from '../../shared/errors.js';
import type { Client } from './client.js';
import { survivor } from './survivor.js';
import { Throttle } from './throttle.js';

/** Milliseconds between two reloads that changes in the project ask for, and after a typed letter. */
const reloadPause = 1000;
const typingPause = 120;

export const sortNames: Readonly<Record<SortKey, string>> = {
  selfConfidence: 'Self-confidence',
  normalisedMargin: 'Margin',
  confidenceWeightedEntropy: 'Weighted entropy',
  topProbability: 'Top probability',
  file: 'File name',
  label: 'Label',
  prediction: 'Prediction',
  verdictTime: 'Time of verdict',
};

/** The facets that are lists of chosen values. */
export type ListFacet = 'labels' | 'predictions' | 'kinds' | 'verdicts' | 'splits';

export class GalleryState {
  readonly #client: Client;
  readonly #reloads = new Throttle(reloadPause, () => void this.#load());
  #filter = $state.raw<GalleryFilter>({});
  #sort = $state.raw<GallerySort>({ by: 'selfConfidence', descending: false });
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

  get filter(): GalleryFilter {
    return this.#filter;
  }
  get sort(): GallerySort {
    return this.#sort;
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
    const { state, text, ...lists } = this.#filter;
    return state !== undefined || (text ?? '') !== '' || Object.values(lists).some((list) => (list ?? []).length > 0);
  }

  /** Starts over for another project. */
  reset(): void {
    this.#reloads.cancel();
    clearTimeout(this.#typing);
    this.#asked += 1;
    this.#filter = {};
    this.#sort = { by: 'selfConfidence', descending: false };
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

  setFilter(filter: GalleryFilter): void {
    this.#filter = filter;
    this.#wish();
  }

  /** Narrows by text once the typing pauses. */
  search(text: string): void {
    this.#filter = { ...this.#filter, text };
    this.#wished += 1;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#load(), typingPause);
  }

  /** Adds a value to a facet or takes it away. */
  toggle<F extends ListFacet>(facet: F, value: NonNullable<GalleryFilter[F]>[number]): void {
    const chosen: readonly unknown[] = this.#filter[facet] ?? [];
    const next = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
    this.setFilter({ ...this.#filter, [facet]: next });
  }

  toggleState(state: NonNullable<GalleryFilter['state']>): void {
    this.setFilter({ ...this.#filter, state: this.#filter.state === state ? undefined : state });
  }

  setSort(sort: GallerySort): void {
    this.#sort = sort;
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
    const filter = this.#filter;
    try {
      const [result, facets] = await Promise.all([
        this.#client.call('gallery.query', { filter: plain(filter), sort: this.#sort }),
        this.#client.call('gallery.facets', { filter: plain(filter) }),
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

type FilterInput = {
  -readonly [K in keyof GalleryFilter]: GalleryFilter[K] extends readonly (infer T)[] | undefined
    ? T[] | undefined
    : GalleryFilter[K];
};

/** The filter as it crosses the bridge: empty parts left out. */
function plain(filter: GalleryFilter): FilterInput {
  const input: FilterInput = {};
  if (filter.labels !== undefined && filter.labels.length > 0) input.labels = [...filter.labels];
  if (filter.predictions !== undefined && filter.predictions.length > 0) input.predictions = [...filter.predictions];
  if (filter.kinds !== undefined && filter.kinds.length > 0) input.kinds = [...filter.kinds];
  if (filter.verdicts !== undefined && filter.verdicts.length > 0) input.verdicts = [...filter.verdicts];
  if (filter.splits !== undefined && filter.splits.length > 0) input.splits = [...filter.splits];
  if (filter.state !== undefined) input.state = filter.state;
  const text = filter.text?.trim() ?? '';
  if (text !== '') input.text = text;
  return input;
}
