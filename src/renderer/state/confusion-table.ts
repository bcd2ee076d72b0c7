/** Counts of label against prediction as a table whose diagonal is agreement. */

import { type ClassIndex, type LabelIndex, labelIndex } from '../../shared/audit.js';
import type { ConfusionCell } from '../../shared/query.js';

export interface ConfusedPair {
  readonly label: LabelIndex;
  readonly prediction: ClassIndex;
  readonly count: number;
  /** Share of the label's images that are predicted so. */
  readonly share: number;
}

export interface ConfusionTable {
  readonly labels: readonly LabelIndex[];
  /** The mapped classes in the order of the labels, then the other classes that were ever predicted. */
  readonly predictions: readonly ClassIndex[];
  /** `[labels * predictions]` row-major. */
  readonly counts: Uint32Array;
  readonly rowTotals: Uint32Array;
  /** Whether the class is the one the label maps to. */
  readonly agrees: (row: number, column: number) => boolean;
  /** Whether the label of a row has a class: else its cells neither agree nor differ. */
  readonly compares: (row: number) => boolean;
  readonly largestOff: number;
  readonly pairs: readonly ConfusedPair[];
  /** Images with a label and a prediction. */
  readonly total: number;
  /** Those whose label has a class: the others neither agree nor differ. */
  readonly compared: number;
  readonly agreeing: number;
}

/** Lays the cells out as a table; `classOf` maps a label to its class. */
export function confusionTable(
  cells: readonly ConfusionCell[],
  labelCount: number,
  classOf: (label: LabelIndex) => ClassIndex | null,
): ConfusionTable {
  const labels = Array.from({ length: labelCount }, (_, index) => labelIndex(index));
  const mapped = labels.flatMap((label) => classOf(label) ?? []);
  const other = [...new Set(cells.map((cell) => cell.prediction))].sort((a, b) => a - b);
  const predictions = [...new Set([...mapped, ...other])];
  const columnOf = new Map(predictions.map((prediction, column) => [prediction, column]));
  const counts = new Uint32Array(labels.length * predictions.length);
  const rowTotals = new Uint32Array(labels.length);
  let total = 0;
  let compared = 0;
  let agreeing = 0;
  for (const cell of cells) {
    const column = columnOf.get(cell.prediction);
    if (column === undefined || cell.label >= labelCount) continue;
    counts[cell.label * predictions.length + column] = cell.count;
    rowTotals[cell.label] = (rowTotals[cell.label] ?? 0) + cell.count;
    total += cell.count;
    if (classOf(cell.label) !== null) compared += cell.count;
    if (classOf(cell.label) === cell.prediction) agreeing += cell.count;
  }
  const pairs = cells
    .filter((cell) => cell.count > 0 && classOf(cell.label) !== null && classOf(cell.label) !== cell.prediction)
    .map((cell) => ({ ...cell, share: cell.count / Math.max(1, rowTotals[cell.label] ?? 0) }))
    .sort((a, b) => b.count - a.count || b.share - a.share);
  const agrees = (row: number, column: number): boolean => {
    const label = labels[row];
    return label !== undefined && classOf(label) === predictions[column];
  };
  const compares = (row: number): boolean => {
    const label = labels[row];
    return label !== undefined && classOf(label) !== null;
  };
  const largestOff = cells.reduce(
    (most, cell) => (classOf(cell.label) === cell.prediction ? most : Math.max(most, cell.count)),
    0,
  );
  return { labels, predictions, counts, rowTotals, agrees, compares, largestOff, pairs, total, compared, agreeing };
}
