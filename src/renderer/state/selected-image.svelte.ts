/** The image in focus and its place in the list; where a page on its way holds the next one, the place that the selection heads for. */

import type { ImageId } from '../../shared/audit.js';
import type { Placed } from '../../shared/query.js';
import type { SelectionPages } from './selection-pages.svelte.js';

/** Images that may take the place of the selected one, and those of them that come after it. */
const mostNear = 1000;
const mostAfter = 700;

/** Where the selection goes once it is known what lies there: to a place, or so many steps on from an image. */
type Heading = { readonly place: number } | { readonly id: ImageId; readonly steps: number };

/** How the selection stands in a list that is about to be shown. */
export interface Landing {
  /** The image, where it is known before its page is. */
  readonly id: ImageId | null;
  /** -1 where nothing of the list is selected. */
  readonly place: number;
  readonly reveals: boolean;
}

/** What the selected image needs of the list around it. */
export interface SelectionSurroundings {
  readonly pages: SelectionPages;
  /** The place of an image in the list on screen, -1 when it is not in it. */
  readonly find: (id: ImageId) => Promise<number>;
  /** The selection moved, or heads elsewhere: other pages are near it. */
  readonly moved: () => void;
}

export class SelectedImage {
  readonly #around: SelectionSurroundings;
  #id = $state.raw<ImageId | null>(null);
  #place = $state(-1);
  #heading = $state.raw<Heading | null>(null);
  #revealed = $state(0);
  /** Whether an image was ever selected: only then is another one in its place. */
  #selecting = false;
  #onselect: () => void = () => undefined;

  constructor(around: SelectionSurroundings) {
    this.#around = around;
  }

  /** `listener` hears whenever another image is selected. */
  onSelect(listener: () => void): void {
    this.#onselect = listener;
  }

  get id(): ImageId | null {
    return this.#id;
  }
  /** Place of the image, or -1 when the filter leaves it out. */
  get place(): number {
    return this.#place;
  }
  /** The place that the selection goes to, where that is another one than it is at. */
  get destination(): number {
    return this.#heading !== null && 'place' in this.#heading ? this.#heading.place : this.#place;
  }
  /** Whether what was asked to be selected is not known yet. */
  get seeking(): boolean {
    return this.#heading !== null;
  }
  /** Rises whenever the selected image is to be scrolled into view. */
  get revealed(): number {
    return this.#revealed;
  }

  reveal(): void {
    this.#revealed += 1;
  }

  /** Selects by place, once its page is there, and scrolls there; a place outside the list does nothing. */
  selectPlace(place: number): void {
    const { pages, moved } = this.#around;
    if (place < 0 || place >= pages.count) return;
    const id = pages.idAt(place);
    if (id === null) this.#heading = { place };
    else this.#select(id, place);
    this.#revealed += 1;
    moved();
  }

  /** Selects an image, also one that the filter leaves out, once its place is known; resolves to that. */
  async selectId(id: ImageId): Promise<number> {
    const known = this.#around.pages.placeOf(id);
    if (known !== null) {
      this.#take(id, known);
      return known;
    }
    this.#heading = { id, steps: 0 };
    const place = await this.#around.find(id);
    const steps = this.#stepsFrom(id);
    if (steps === null) return place;
    this.#take(id, place);
    if (steps !== 0) this.selectPlace(this.#clamped(place + steps));
    return place;
  }

  /** One step on or back from where the selection goes; stays at the ends. */
  step(by: 1 | -1): void {
    const heading = this.#heading;
    if (heading !== null && 'id' in heading) this.#heading = { ...heading, steps: heading.steps + by };
    else this.selectPlace(this.destination < 0 ? 0 : this.destination + by);
  }

  /** A page came in: goes on to where the selection was heading. */
  arrived(): void {
    const heading = this.#heading;
    if (heading === null || !('place' in heading)) return;
    if (this.#around.pages.idAt(heading.place) !== null) this.selectPlace(heading.place);
  }

  /** The images around the selected one whose pages are known, the next ones first. */
  ahead(next: number): ImageId[] {
    const at = this.#place;
    if (at < 0) return [];
    const places = [...Array.from({ length: next }, (_, step) => at + 1 + step), at - 1];
    return places.flatMap((place) => this.#around.pages.idAt(place) ?? []);
  }

  /** Who is to be selected in the next list, the best first: in the same list also those that stand near the image. */
  near(another: boolean): ImageId[] {
    if (this.#id === null) return [];
    if (another || this.#place < 0) return [this.#id];
    const after = this.#neighbours(1, mostAfter);
    const before = this.#neighbours(-1, mostNear - 1 - after.length);
    return [this.#id, ...after, ...before];
  }

  /**
   * How the selection will stand in a new list of `count` images, in which `found` is the first of {@link near}. Where the selected
   * image is not in it, another is selected that is: the first of `another` list than was shown before, the next one of the same
   * list from which the image went. An image that was looked at outside the same list stays, and so does the last one of a list
   * that is empty now.
   */
  landing(found: Placed | null, count: number, another: boolean): Landing {
    if (found !== null) return { ...found, reveals: another || found.id !== this.#id };
    if (another) return { id: null, place: this.#selecting && count > 0 ? 0 : -1, reveals: this.#selecting };
    if (this.#place < 0 || count === 0) return { id: this.#id, place: -1, reveals: false };
    return { id: null, place: Math.min(this.#place, count - 1), reveals: true };
  }

  /** The new list is there: the selection lands in it. */
  land({ id, place, reveals }: Landing, another: boolean): void {
    const heading = another ? null : this.#heading;
    this.#select(id ?? this.#around.pages.idAt(place), place);
    if (reveals) this.#revealed += 1;
    if (heading === null) return;
    if ('id' in heading) this.#heading = heading;
    else this.selectPlace(this.#clamped(heading.place));
  }

  /** Nothing is on its way any more: the selection stays where it is. */
  halt(): void {
    this.#heading = null;
  }

  /** Starts over for another project. */
  reset(): void {
    this.#selecting = false;
    this.#select(null, -1);
  }

  /** How far from an image the selection heads; null where it heads elsewhere. */
  #stepsFrom(id: ImageId): number | null {
    const heading = this.#heading;
    return heading !== null && 'id' in heading && heading.id === id ? heading.steps : null;
  }

  #clamped(place: number): number {
    return Math.max(0, Math.min(place, this.#around.pages.count - 1));
  }

  /** Known images beside the selected one in one direction, the nearest first. */
  #neighbours(by: 1 | -1, most: number): ImageId[] {
    const ids: ImageId[] = [];
    for (let step = 1; step <= most; step += 1) {
      const id = this.#around.pages.idAt(this.#place + by * step);
      if (id === null) break;
      ids.push(id);
    }
    return ids;
  }

  #take(id: ImageId, place: number): void {
    this.#select(id, place);
    this.#revealed += 1;
    this.#around.moved();
  }

  #select(id: ImageId | null, place: number): void {
    const another = id !== this.#id;
    this.#id = id;
    this.#place = place;
    this.#heading = null;
    if (id !== null) this.#selecting = true;
    if (another) this.#onselect();
  }
}
