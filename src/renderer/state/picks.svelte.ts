/** The images picked in the gallery, in the order of picking: what a contact sheet is made of, and what a verdict is given on at once. */

import { type ImageId, imageId } from '../../shared/audit.js';
import { mostSheetImages } from '../../shared/sheet.js';
import type { GalleryState } from './gallery.svelte.js';
import type { Notices } from './notices.svelte.js';

export class PicksState {
  readonly #gallery: GalleryState;
  readonly #notices: Notices;
  #ids = $state.raw<readonly ImageId[]>([]);
  #listed = $derived.by(() => {
    const { ids } = this.#gallery;
    return this.#ids.filter((id) => ids.includes(id));
  });

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
      this.#ids = this.#ids.filter((other) => other !== id);
      this.#notices.announce(`Let go, ${this.#told()}`);
    } else this.#add([id]);
  }

  /** Picks all images from the selected one to this place of the gallery. */
  extendTo(index: number): void {
    const { ids, selectedIndex } = this.#gallery;
    if (index < 0 || index >= ids.length) return;
    const from = selectedIndex >= 0 ? selectedIndex : index;
    const range = Array.from(ids.subarray(Math.min(from, index), Math.max(from, index) + 1), imageId);
    this.#add(from <= index ? range : range.reverse());
  }

  clear(): void {
    this.#ids = [];
  }

  /** Lets these go: what was to be done with them is done. */
  release(ids: readonly ImageId[]): void {
    this.#ids = this.#ids.filter((id) => !ids.includes(id));
  }

  /** Takes these back: what was to be done with them failed. */
  restore(ids: readonly ImageId[]): void {
    this.#ids = [...ids, ...this.#ids.filter((id) => !ids.includes(id))].slice(0, mostSheetImages);
  }

  #add(ids: readonly ImageId[]): void {
    const fresh = ids.filter((id) => !this.has(id));
    const room = mostSheetImages - this.#ids.length;
    this.#ids = [...this.#ids, ...fresh.slice(0, room)];
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
