/** The counts beside the filters: fetched after the list they are about and its tiles, so that these never wait for them. */

import { type ColumnId, columns, isScore, type KnownColumn } from '../../shared/columns.js';
import type { Filter, GalleryFacets } from '../../shared/query.js';
import type { Client } from './client.js';
import { OneAtATime } from './one-at-a-time.js';

/** Filters by scores that are not looked at every day are folded at first, and counted when they are opened. */
export function isFolded({ id, shown }: KnownColumn): boolean {
  return shown.facet === 'range' || (shown.facet === 'values' && isScore(id));
}

const filters = columns.filter(({ shown }) => shown.facet !== undefined);
/** Columns whose counts are always on screen. */
const always: readonly ColumnId[] = filters.filter((column) => !isFolded(column)).map(({ id }) => id);

export class FacetCounts {
  readonly #client: Client;
  readonly #filter: () => Filter;
  readonly #tiles: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  readonly #asking = new OneAtATime(() => this.#ask());
  #counts = $state.raw<GalleryFacets | null>(null);
  /** Folded columns that were opened. */
  #opened = $state.raw<readonly ColumnId[]>([]);
  /** Counts projects: an answer about an earlier one is let go. */
  #era = 0;

  /**
   * @param filter the filter that is counted under.
   * @param tiles resolves when the tiles on screen have what they show.
   */
  constructor(client: Client, filter: () => Filter, tiles: () => Promise<void>, failed: (error: unknown) => void) {
    this.#client = client;
    this.#filter = filter;
    this.#tiles = tiles;
    this.#failed = failed;
  }

  get counts(): GalleryFacets | null {
    return this.#counts;
  }

  /** Whether a column that is folded at first was opened. */
  isOpen(column: ColumnId): boolean {
    return this.#opened.includes(column);
  }

  /** Opens or folds a column. */
  fold(column: ColumnId): void {
    const isOpen = this.isOpen(column);
    this.#opened = isOpen ? this.#opened.filter((other) => other !== column) : [...this.#opened, column];
    if (!isOpen) void this.load();
  }

  load(): Promise<void> {
    return this.#asking.run();
  }

  /** Starts over for another project. */
  reset(): void {
    this.#era += 1;
    this.#counts = null;
    this.#opened = [];
  }

  async #ask(): Promise<void> {
    await this.#tiles();
    const era = this.#era;
    const filter = this.#filter().map((condition) => ({ ...condition }));
    try {
      const counts = await this.#client.call('gallery.facets', { filter, columns: [...always, ...this.#opened] });
      if (era === this.#era) this.#counts = counts;
    } catch (error) {
      if (era === this.#era) this.#failed(error);
    }
  }
}
