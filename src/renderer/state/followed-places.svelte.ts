/** Where certain images stand in the gallery's list, whatever page they lie on; known anew with every list. */

import { SvelteMap } from 'svelte/reactivity';

import type { ImageId } from '../../shared/audit.js';

export class FollowedPlaces {
  #ids: readonly ImageId[] = [];
  readonly #places = new SvelteMap<ImageId, number>();

  /** The images whose places are to be known. */
  get ids(): readonly ImageId[] {
    return this.#ids;
  }

  /** Those of them whose places are not known. */
  get unknown(): readonly ImageId[] {
    return this.#ids.filter((id) => !this.#places.has(id));
  }

  /** Whether an image is known to be in the list. */
  isListed(id: ImageId): boolean {
    return (this.#places.get(id) ?? -1) >= 0;
  }

  /** From now on these images; `known` tells places that need no asking, null for the others. */
  follow(ids: readonly ImageId[], known: (id: ImageId) => number | null): void {
    this.#ids = ids;
    for (const id of this.#places.keys()) if (!ids.includes(id)) this.#places.delete(id);
    for (const id of this.unknown) {
      const place = known(id);
      if (place !== null) this.#places.set(id, place);
    }
  }

  /** Takes places of images in the list on screen; those that are not followed any more are let go. */
  found(ids: readonly ImageId[], places: readonly number[]): void {
    for (const [at, id] of ids.entries()) {
      const place = places[at];
      if (place !== undefined && this.#ids.includes(id)) this.#places.set(id, place);
    }
  }

  /** Another list is on screen, and these images stand there in it. */
  replace(ids: readonly ImageId[], places: readonly number[]): void {
    this.#places.clear();
    this.found(ids, places);
  }
}
