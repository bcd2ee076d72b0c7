/** Counts over the columns of all images: of the project, of each split and of each label, and what is odd about the predictions. */

import type { ComparedCounts, LabelIndex, MappingRow, ProjectCounts, SplitCounts } from '../../shared/audit.js';
import { learnedSplits, type SplitFigures } from '../../shared/learned-split.js';
import { PredictionCheck } from '../../shared/prediction-check.js';
import type { ImageColumns } from './image-columns.js';

/** Counts of the images with one label. */
export interface LabelCounts extends ComparedCounts {
  readonly label: LabelIndex;
}

/** What the predictions of the images that are counted are like. */
interface Tally {
  images: number;
  predicted: number;
  compared: number;
  disagreements: number;
}

interface SplitTally extends Tally {
  /** Sums of the top probability and of its square. */
  sum: number;
  squares: number;
}

const emptyTally = (): Tally => ({ images: 0, predicted: 0, compared: 0, disagreements: 0 });

function count(tally: Tally, columns: ImageColumns, slot: number): void {
  tally.images += 1;
  if ((columns.top1[slot] ?? -1) < 0) return;
  tally.predicted += 1;
  if ((columns.labelClass[slot] ?? -1) < 0) return;
  tally.compared += 1;
  if (columns.disagrees(slot)) tally.disagreements += 1;
}

/** The project's counts under its mapping. */
export function projectCounts(columns: ImageColumns, mapping: readonly MappingRow[]): ProjectCounts {
  const mapped = new Set(mapping.flatMap((row) => (row.classIndex === null ? [] : row.label)));
  const tally = emptyTally();
  const more = { labelled: 0, withoutClass: 0, unreadable: 0, explained: 0, reviewed: 0 };
  for (let slot = 0; slot < columns.size; slot += 1) {
    count(tally, columns, slot);
    const label = (columns.label[slot] ?? -1) as LabelIndex;
    if (label >= 0) {
      more.labelled += 1;
      if (!mapped.has(label)) more.withoutClass += 1;
    }
    more.unreadable += columns.unreadable[slot] ?? 0;
    more.explained += columns.explained[slot] ?? 0;
    if (columns.verdict[slot] !== 0) more.reviewed += 1;
  }
  return { ...tally, ...more };
}

/** Counts of each label that images have, in the order of the labels. */
export function labelCounts(columns: ImageColumns): readonly LabelCounts[] {
  const tallies = new Map<number, Tally>();
  for (let slot = 0; slot < columns.size; slot += 1) {
    const label = columns.label[slot] ?? -1;
    if (label >= 0) count(entryOf(tallies, label, emptyTally), columns, slot);
  }
  return [...tallies].sort(([a], [b]) => a - b).map(([label, tally]) => ({ label: label as LabelIndex, ...tally }));
}

function entryOf<Key, Entry>(entries: Map<Key, Entry>, key: Key, make: () => Entry): Entry {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const made = make();
  entries.set(key, made);
  return made;
}

/** Splits by name, images that are in none last. */
function splitFigures(columns: ImageColumns): readonly (SplitFigures & SplitCounts)[] {
  const tallies = new Map<number, SplitTally>();
  for (let slot = 0; slot < columns.size; slot += 1) {
    const tally = entryOf(tallies, columns.split[slot] ?? -1, () => ({ ...emptyTally(), sum: 0, squares: 0 }));
    count(tally, columns, slot);
    const probability = columns.topProbability[slot] ?? NaN;
    if (Number.isNaN(probability)) continue;
    tally.sum += probability;
    tally.squares += probability ** 2;
  }
  const figures = [...tallies].map(([index, { sum, squares, ...tally }]) => {
    const mean = tally.predicted === 0 ? 0 : sum / tally.predicted;
    const variance = tally.predicted === 0 ? 0 : Math.max(0, squares / tally.predicted - mean ** 2);
    return { split: columns.splits[index] ?? null, ...tally, confidence: mean, confidenceVariance: variance };
  });
  const place = ({ split }: SplitCounts): string => (split === null ? '1' : `0${split}`);
  return figures.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** The counts of each split, and sentences about what is odd in the predictions. */
export function splitsAndDoubts(
  columns: ImageColumns,
  classes: readonly string[],
): { readonly splits: readonly SplitCounts[]; readonly doubts: readonly string[] } {
  const check = new PredictionCheck(classes);
  for (let slot = 0; slot < columns.size; slot += 1) {
    const top1 = columns.top1[slot] ?? -1;
    if (top1 < 0) continue;
    const labelClass = columns.labelClass[slot] ?? -1;
    const probability = columns.topProbability[slot] ?? 0;
    check.add({ top1, probability, labelClass: labelClass < 0 ? null : labelClass });
  }
  const figures = splitFigures(columns);
  return {
    splits: figures.map(({ split, images, predicted, compared, disagreements }) => ({
      split,
      images,
      predicted,
      compared,
      disagreements,
    })),
    doubts: [...check.doubts(), ...learnedSplits(figures)],
  };
}
