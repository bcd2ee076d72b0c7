/** The selection on screen, of which only counts and pages travel, and the counts beside filters. */

import type { ImageId } from '../../shared/audit.js';
import type { ColumnId, ScoreId } from '../../shared/columns.js';
import {
  type Filter,
  type GalleryFacets,
  type Placed,
  type Selection,
  selectionPage,
  type SelectionWish,
} from '../../shared/query.js';
import type { Follower } from './followers.js';
import type { ImageTable } from './image-table.js';
import { KeptFilter } from './kept-filter.js';
import { KeptSelection } from './kept-selection.js';
import type { Orders } from './orders.js';

interface Shown {
  readonly filter: KeptFilter;
  readonly selection: KeptSelection;
}

/** It hears of changes after `orders` did. */
export class ShownSelection implements Follower {
  readonly #table: ImageTable;
  readonly #orders: Orders;
  #shown: Shown | undefined;
  /** The filter before, or one that only counts were asked of. */
  #other: KeptFilter | undefined;

  constructor(table: ImageTable, orders: Orders) {
    this.#table = table;
    this.#orders = orders;
  }

  /** The selection that is asked for is the one on screen from now on. */
  select({ filter, order, since, near, around = 0 }: SelectionWish): Selection {
    const { selection } = this.#show(this.#filter(filter), order);
    const from = selection.from(since);
    const found = this.#found(selection, near);
    return {
      revision: selection.revision,
      count: selection.count,
      total: this.#table.facts.size,
      from,
      found,
      first: this.#ids(selection.part({ from: 0, end: selectionPage })),
      around: found === null ? null : this.#around(selection, found.place, around, from),
    };
  }

  /** Puts the selection on screen in order, so that neither a page nor a verdict has to wait for it. */
  sort(): void {
    this.#shown?.selection.sort();
  }

  /** Ids from a place on; null where the revision is not the one on screen. */
  page(revision: number, from: number, count: number): Uint32Array | null {
    const selection = this.#at(revision);
    return selection === null ? null : this.#ids(selection.part({ from, end: from + count }));
  }

  /** The place of each image, -1 for one that is not in the selection; null where the revision is not the one on screen. */
  places(revision: number, ids: readonly ImageId[]): Int32Array | null {
    const selection = this.#at(revision);
    const { facts } = this.#table;
    return selection?.placesOf(ids.map((id) => facts.slotOf(id) ?? -1)) ?? null;
  }

  /** Counts beside the values of these columns under a filter. */
  facets(filter: Filter, columns: readonly ColumnId[]): GalleryFacets {
    const kept = this.#filter(filter);
    if (kept !== this.#shown?.filter) this.#other = kept;
    return kept.facets.of(columns);
  }

  leave(slots: Uint32Array): void {
    this.#shown?.filter.leave(slots);
    this.#other?.leave(slots);
    this.#shown?.selection.leave(slots);
  }

  enter(slots: Uint32Array): void {
    this.#shown?.filter.enter(slots);
    this.#other?.enter(slots);
    this.#shown?.selection.enter(slots);
  }

  forget(scores: readonly ScoreId[] | null): void {
    this.#shown?.filter.forget(scores);
    this.#other?.forget(scores);
    this.#shown?.selection.forget(scores);
  }

  #filter(filter: Filter): KeptFilter {
    if (this.#shown?.filter.isOf(filter) === true) return this.#shown.filter;
    return this.#other?.isOf(filter) === true ? this.#other : new KeptFilter(this.#table, filter);
  }

  #show(filter: KeptFilter, order: SelectionWish['order']): Shown {
    const shown = this.#shown;
    if (shown?.filter === filter) {
      const before = shown.selection.order;
      if (before.by === order.by && before.descending === order.descending) return shown;
    } else if (shown !== undefined) this.#other = shown.filter;
    const selection = new KeptSelection(this.#table, this.#orders, filter.standing, order);
    return (this.#shown = { filter, selection });
  }

  #at(revision: number): KeptSelection | null {
    const selection = this.#shown?.selection;
    return selection?.revision === revision ? selection : null;
  }

  #ids(slots: Uint32Array): Uint32Array {
    const { id } = this.#table.facts;
    return slots.map((slot) => id[slot] ?? 0);
  }

  /** The pages of so many places on either side of one, unless the asker has them. */
  #around(selection: KeptSelection, place: number, around: number, differsFrom: number): Selection['around'] {
    const pageOf = (at: number): number => Math.floor(at / selectionPage);
    const from = pageOf(Math.max(0, place - around)) * selectionPage;
    const end = Math.min(selection.count, (pageOf(place + around) + 1) * selectionPage);
    if (end <= selectionPage || end <= differsFrom) return null;
    return { from, ids: this.#ids(selection.part({ from, end })) };
  }

  #found(selection: KeptSelection, near: readonly ImageId[]): Placed | null {
    for (const id of near) {
      const slot = this.#table.facts.slotOf(id);
      const place = slot === undefined ? -1 : selection.placeOf(slot);
      if (place >= 0) return { id, place };
    }
    return null;
  }
}
