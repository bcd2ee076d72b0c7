/** The images picked in the gallery, in the order of picking: what a contact sheet is made of, and what a verdict is given on at once. */

import type { ImageId } from '../../shared/audit.js';
import { mostSheetImages } from '../../shared/sheet.js';
import type { GalleryState } from './gallery.svelte.js';
import type { Notices } from './notices.svelte.js';

/** Of a range so many places are looked at: all that is picked already may lie in it, and one more than there is room for tells that. */
const mostOfRange = 2 * mostSheetImages + 1;

export class PicksState {
  readonly #gallery: GalleryState;
  readonly #notices: Notices;
  #ids = $state.raw<readonly ImageId[]>([]);
  #listed = $derived(this.#ids.filter((id) => this.#gallery.isListed(id)));

  constructor(gallery: GalleryState, notices: Notices) {
    this.#gallery = gallery;
    this.#notices = notices;
  }

  get ids(): readonly ImageId[] {
    return this.#ids;
  }
  /** Those of them that the gallery lists now: the ones a verdict is given on. */
  get listed(): readonly ImageId[] {
    return this.#listed;
  }
  get full(): boolean {
    return this.#ids.length >= mostSheetImages;
  }

  has(id: number): boolean {
    return this.#ids.some((picked) => picked === id);
  }

  /** Picks an image or lets it go. */
  toggle(id: ImageId): void {
    if (this.has(id)) {
      this.#set(this.#ids.filter((other) => other !== id));
      this.#notices.announce(`Let go, ${this.#told()}`);
    } else this.#add([id]);
  }

  /** Picks all images from the selected one to this place of the gallery. */
  extendTo(index: number): void {
    const { count, selectedIndex } = this.#gallery;
    if (index < 0 || index >= count) return;
    const start = selectedIndex >= 0 ? selectedIndex : index;
    const forward = start <= index;
    const [from, end] = forward
      ? [start, Math.min(index + 1, start + mostOfRange)]
      : [Math.max(index, start + 1 - mostOfRange), start + 1];
    const known = this.#gallery.idsBetween(from, end);
    if (known === null) void this.#fetchRange(from, end, forward);
    else this.#add(forward ? known : known.toReversed());
  }

  clear(): void {
    this.#set([]);
  }

  /** Lets these go: what was to be done with them is done. */
  release(ids: readonly ImageId[]): void {
    this.#set(this.#ids.filter((id) => !ids.includes(id)));
  }

  /** Takes these back: what was to be done with them failed. */
  restore(ids: readonly ImageId[]): void {
    this.#set([...ids, ...this.#ids.filter((id) => !ids.includes(id))].slice(0, mostSheetImages));
  }

  async #fetchRange(from: number, end: number, forward: boolean): Promise<void> {
    try {
      const ids = await this.#gallery.fetchIdsBetween(from, end);
      if (ids !== null) this.#add(forward ? ids : ids.toReversed());
      else this.#notices.say('The list has changed meanwhile', 'Nothing was picked: pick again.');
    } catch (error) {
      this.#notices.fail(error);
    }
  }

  #set(ids: readonly ImageId[]): void {
    this.#ids = ids;
    this.#gallery.follow(ids);
  }

  #add(ids: readonly ImageId[]): void {
    const fresh = ids.filter((id) => !this.has(id));
    const room = mostSheetImages - this.#ids.length;
    this.#set([...this.#ids, ...fresh.slice(0, room)]);
    if (fresh.length > room) {
      this.#notices.say(
        `A contact sheet holds at most ${String(mostSheetImages)} images`,
        room === 0 ? 'Let one go before picking another.' : `The first ${String(room)} were picked.`,
      );
    } else this.#notices.announce(this.#told());
  }

  #told(): string {
    return `${String(this.#ids.length)} picked`;
  }
}
