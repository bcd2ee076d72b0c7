/** The usual shape of a project's pictures. */

import type { ImageRow } from '../../shared/audit.js';

/** So many pictures tell; those after them change nothing, so that nothing moves on the screen. */
const enough = 24;

/** The median of the first pictures' width over height. */
export class UsualShape {
  #aspects: readonly number[] = [];
  #aspect = $state(1);

  get aspect(): number {
    return this.#aspect;
  }

  see(rows: readonly ImageRow[]): void {
    if (this.#aspects.length >= enough) return;
    const more = rows.flatMap(({ width, height }) => (width === null || height === null ? [] : [width / height]));
    if (more.length === 0) return;
    this.#aspects = [...this.#aspects, ...more];
    const sorted = this.#aspects.toSorted((a, b) => a - b);
    this.#aspect = sorted[Math.floor((sorted.length - 1) / 2)] ?? 1;
  }

  /** Another project was opened. */
  clear(): void {
    this.#aspects = [];
    this.#aspect = 1;
  }
}
