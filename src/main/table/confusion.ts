/** Counts of label against prediction, kept while images change; counted when they are first asked for. */

import type { ScoreId } from '../../shared/columns.js';
import type { ConfusionCounts } from '../../shared/query.js';
import type { Follower } from './followers.js';
import type { ImageColumns } from './image-columns.js';

/** By index of the label, then of the class. */
type Counts = (Map<number, number> | undefined)[];

export class Confusion implements Follower {
  readonly #columns: ImageColumns;
  #counts: Counts | undefined;
  #packed: ConfusionCounts | undefined;
  /** Label and prediction of those that have left. */
  readonly #left = new Map<number, readonly [label: number, prediction: number]>();

  constructor(columns: ImageColumns) {
    this.#columns = columns;
  }

  /** Most frequent first; images without label or prediction are not in it. */
  counts(): ConfusionCounts {
    return (this.#packed ??= packed(this.#counted()));
  }

  leave(slots: Uint32Array): void {
    if (this.#counts === undefined) return;
    this.#left.clear();
    for (const slot of slots) this.#left.set(slot, this.#at(slot));
  }

  enter(slots: Uint32Array): void {
    const counts = this.#counts;
    if (counts === undefined) return;
    for (const slot of slots) {
      const [label, prediction] = this.#at(slot);
      const before = this.#left.get(slot);
      if (before?.[0] === label && before[1] === prediction) continue;
      if (before !== undefined) count(counts, before[0], before[1], -1);
      count(counts, label, prediction, 1);
      this.#packed = undefined;
    }
  }

  forget(scores: readonly ScoreId[] | null): void {
    if (scores !== null) return;
    this.#counts = undefined;
    this.#packed = undefined;
  }

  #counted(): Counts {
    if (this.#counts !== undefined) return this.#counts;
    const counts: Counts = [];
    const { label, top1, size } = this.#columns;
    for (let slot = 0; slot < size; slot += 1) count(counts, label[slot] ?? -1, top1[slot] ?? -1, 1);
    return (this.#counts = counts);
  }

  #at(slot: number): readonly [label: number, prediction: number] {
    return [this.#columns.label[slot] ?? -1, this.#columns.top1[slot] ?? -1];
  }
}

function count(counts: Counts, label: number, prediction: number, times: 1 | -1): void {
  if (label < 0 || prediction < 0) return;
  const row = (counts[label] ??= new Map<number, number>());
  row.set(prediction, (row.get(prediction) ?? 0) + times);
}

function packed(counts: Counts): ConfusionCounts {
  const cells: (readonly [label: number, prediction: number, count: number])[] = [];
  for (const [label, row] of counts.entries()) {
    for (const [prediction, images] of row ?? []) if (images > 0) cells.push([label, prediction, images]);
  }
  cells.sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]);
  return {
    labels: Uint32Array.from(cells, ([label]) => label),
    predictions: Uint32Array.from(cells, ([, prediction]) => prediction),
    counts: Uint32Array.from(cells, ([, , images]) => images),
  };
}
