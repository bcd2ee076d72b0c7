/** Which images one filter lets through, with counts beside its values; kept while images change. */

import type { ScoreId } from '../../shared/columns.js';
import type { Filter } from '../../shared/query.js';
import { Facets } from './facets.js';
import type { Follower } from './followers.js';
import type { ImageTable } from './image-table.js';
import { Standing } from './standing.js';

export class KeptFilter implements Follower {
  readonly standing: Standing;
  readonly facets: Facets;

  constructor(table: ImageTable, filter: Filter) {
    this.standing = new Standing(table, filter);
    this.facets = new Facets(table, this.standing);
  }

  isOf(filter: Filter): boolean {
    const own = this.standing.filter;
    return (
      filter.length === own.length &&
      own.every(({ column, op, value }, index) => {
        const other = filter[index];
        return column === other?.column && op === other.op && value === other.value;
      })
    );
  }

  leave(slots: Uint32Array): void {
    this.facets.leave(slots);
  }

  enter(slots: Uint32Array): void {
    this.standing.enter(slots);
    this.facets.enter(slots);
  }

  forget(scores: readonly ScoreId[] | null): void {
    // The facets ask the standing what it rests on.
    this.facets.forget(scores);
    this.standing.forget(scores);
  }
}
