/** Where certain images stand in the gallery's list, whatever page they lie on; known anew with every list. */

import type { ImageId } from '../../shared/audit.js';

export class FollowedPlaces {
  #ids: readonly ImageId[] = [];
  #places = $state.raw<ReadonlyMap<ImageId, number>>(new Map());

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
    const before = this.#places;
    this.#ids = ids;
    this.#put(ids.map((id) => [id, before.get(id) ?? known(id)]));
  }

  /** Takes the places of these images in the list on screen. */
  found(ids: readonly ImageId[], places: readonly number[]): void {
    this.#put([...this.#places, ...ids.map((id, at): [ImageId, number | null] => [id, places[at] ?? null])]);
  }

  /** Another list is on screen, and these images stand there in it. */
  replace(ids: readonly ImageId[], places: readonly number[]): void {
    this.#places = new Map();
    this.found(ids, places);
  }

  #put(entries: readonly (readonly [ImageId, number | null])[]): void {
    const followed = new Set(this.#ids);
    this.#places = new Map(
      entries.flatMap(([id, place]): [ImageId, number][] => (place === null || !followed.has(id) ? [] : [[id, place]])),
    );
  }
}
