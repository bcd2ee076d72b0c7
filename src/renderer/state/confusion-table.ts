/** Counts of label against prediction as a table whose diagonal is agreement, in memory that grows with the pairs there are. */

import { classIndex, type ClassIndex, type LabelIndex, labelIndex } from '../../shared/audit.js';
import type { ConfusionCounts } from '../../shared/query.js';

export interface ConfusedPair {
  readonly label: LabelIndex;
  readonly prediction: ClassIndex;
  readonly count: number;
  /** Share of the label's images that are predicted so. */
  readonly share: number;
}

/** Cells of the table that are not empty, row by row, columns ascending in each. */
interface FilledCells {
  /** `[rows + 1]`: cells of row `r` are entries `starts[r]` to `starts[r + 1]`. */
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly counts: Uint32Array;
}

/** Stands for no class. */
const none = -1;

/** The mapped classes in the order of the labels, then the other classes that were ever predicted. */
function columnsOf(classes: Int32Array, predictions: Uint32Array): ClassIndex[] {
  const columns = new Set<number>();
  for (const mapped of classes) if (mapped !== none) columns.add(mapped);
  const others = new Set<number>();
  for (const prediction of predictions) if (!columns.has(prediction)) others.add(prediction);
  return [...columns, ...[...others].sort((a, b) => a - b)].map(classIndex);
}

/** For each of `keys`, its entries of `order` in that order, one key after the other: one pass of a counting sort. */
function grouped(order: Uint32Array, keys: Uint32Array, size: number): { starts: Uint32Array; order: Uint32Array } {
  const starts = new Uint32Array(size + 1);
  for (const at of order) {
    const after = (keys[at] ?? 0) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let key = 0; key < size; key += 1) starts[key + 1] = (starts[key + 1] ?? 0) + (starts[key] ?? 0);
  const next = starts.slice();
  const sorted = new Uint32Array(order.length);
  for (const at of order) {
    const key = keys[at] ?? 0;
    const to = next[key] ?? 0;
    sorted[to] = at;
    next[key] = to + 1;
  }
  return { starts, order: sorted };
}

export class ConfusionTable {
  readonly #told: ConfusionCounts;
  /** Class of each label, or {@link none}. */
  readonly #classes: Int32Array;
  /** The mapped classes in the order of the labels, then the other classes that were ever predicted. */
  readonly predictions: readonly ClassIndex[];
  readonly filled: FilledCells;
  readonly rowTotals: Uint32Array;
  /** The largest count outside the diagonal. */
  readonly largestOff: number;
  /** Pairs of a label with a class and another prediction. */
  readonly confused: number;
  /** Images with a label and a prediction. */
  readonly total: number;
  /** Those whose label has a class: the others neither agree nor differ. */
  readonly compared: number;
  readonly agreeing: number;

  /** @param classOf the class that a label maps to. */
  constructor(told: ConfusionCounts, labelCount: number, classOf: (label: LabelIndex) => ClassIndex | null) {
    this.#told = told;
    this.#classes = Int32Array.from({ length: labelCount }, (_, label) => classOf(labelIndex(label)) ?? none);
    this.predictions = columnsOf(this.#classes, told.predictions);
    this.rowTotals = new Uint32Array(labelCount);
    let [largestOff, confused, total, compared, agreeing] = [0, 0, 0, 0, 0];
    for (let at = 0; at < told.labels.length; at += 1) {
      const label = told.labels[at] ?? 0;
      if (label >= labelCount) continue;
      const count = told.counts[at] ?? 0;
      this.rowTotals[label] = (this.rowTotals[label] ?? 0) + count;
      total += count;
      const mapped = this.#classes[label];
      const agrees = mapped === told.predictions[at];
      if (agrees) agreeing += count;
      else largestOff = Math.max(largestOff, count);
      if (mapped === none) continue;
      compared += count;
      if (!agrees) confused += 1;
    }
    this.largestOff = largestOff;
    this.confused = confused;
    this.total = total;
    this.compared = compared;
    this.agreeing = agreeing;
    this.filled = this.#fill(labelCount);
  }

  get rows(): number {
    return this.#classes.length;
  }

  /** Images of a cell. */
  count(row: number, column: number): number {
    const { starts, columns, counts } = this.filled;
    let low = starts[row] ?? 0;
    let high = starts[row + 1] ?? low;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((columns[middle] ?? 0) < column) low = middle + 1;
      else high = middle;
    }
    return low < (starts[row + 1] ?? 0) && columns[low] === column ? (counts[low] ?? 0) : 0;
  }

  /** Whether the class is the one the label maps to. */
  agrees(row: number, column: number): boolean {
    return this.compares(row) && this.#classes[row] === this.predictions[column];
  }

  /** Whether the label of a row has a class: else its cells neither agree nor differ. */
  compares(row: number): boolean {
    return (this.#classes[row] ?? none) !== none;
  }

  /** The first `most` of the confused pairs: by count, then by their share of the label's images. */
  pairs(most: number): readonly ConfusedPair[] {
    const pairs: ConfusedPair[] = [];
    for (const [at, label] of this.#told.labels.entries()) {
      const pair = this.#pair(at, label);
      if (pair === null) continue;
      const last = pairs[most - 1];
      if (last !== undefined) {
        // Counts only fall from here on.
        if (pair.count < last.count) break;
        if (!isBefore(pair, last)) continue;
        pairs.pop();
      }
      let place = pairs.length;
      while (place > 0 && isBefore(pair, pairs[place - 1])) place -= 1;
      pairs.splice(place, 0, pair);
    }
    return pairs;
  }

  #pair(at: number, label: number): ConfusedPair | null {
    const { predictions, counts } = this.#told;
    const [prediction = 0, count = 0] = [predictions[at], counts[at]];
    if (label >= this.rows || !this.compares(label) || this.#classes[label] === prediction || count === 0) return null;
    const share = count / Math.max(1, this.rowTotals[label] ?? 0);
    return { label: labelIndex(label), prediction: classIndex(prediction), count, share };
  }

  #fill(rows: number): FilledCells {
    const { labels, predictions, counts } = this.#told;
    const columnOf = new Uint32Array(Math.max(-1, ...this.predictions) + 1);
    for (const [column, prediction] of this.predictions.entries()) columnOf[prediction] = column;
    const columns = taken(columnOf, predictions);
    const inTable = new Uint32Array(labels.length);
    let size = 0;
    for (let at = 0; at < labels.length; at += 1) {
      if ((labels[at] ?? 0) >= rows) continue;
      inTable[size] = at;
      size += 1;
    }
    const { order } = grouped(inTable.subarray(0, size), columns, this.predictions.length);
    const byRow = grouped(order, labels, rows);
    return { starts: byRow.starts, columns: taken(columns, byRow.order), counts: taken(counts, byRow.order) };
  }
}

/** `values[at]` for each of `order`. */
function taken(values: Uint32Array, order: Uint32Array): Uint32Array {
  const result = new Uint32Array(order.length);
  for (let at = 0; at < order.length; at += 1) result[at] = values[order[at] ?? 0] ?? 0;
  return result;
}

function isBefore(one: ConfusedPair, other: ConfusedPair | undefined): boolean {
  if (other === undefined) return false;
  return one.count > other.count || (one.count === other.count && one.share > other.share);
}
