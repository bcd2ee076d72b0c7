/** The usual shape of a project's pictures. */

import type { ImageId, ImageRow } from '../../shared/audit.js';
import { LruMap } from './lru.js';

/** So many pictures tell; those after them change nothing, so that nothing moves on the screen. */
const enough = 24;

/** And so many are held at most. */
const most = 1000;

/** The median of the first pictures' width over height. */
export class UsualShape {
  readonly #aspects = new LruMap<ImageId, number>(most);
  #aspect = $state(1);

  get aspect(): number {
    return this.#aspect;
  }

  see(rows: readonly ImageRow[]): void {
    if (this.#aspects.size >= enough) return;
    for (const { id, width, height } of rows) {
      if (width !== null && height !== null) this.#aspects.set(id, width / height);
    }
    const sorted = [...this.#aspects.values()].sort((a, b) => a - b);
    this.#aspect = sorted[Math.floor((sorted.length - 1) / 2)] ?? 1;
  }

  /** Another project was opened. */
  clear(): void {
    this.#aspects.clear();
    this.#aspect = 1;
  }
}
