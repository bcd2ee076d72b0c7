/** Counts of the project, of each label and of each split, and what is odd about the predictions; kept while images change. */

import type {
  ComparedCounts,
  LabelIndex,
  MappingRow,
  ProjectCounts,
  ProjectFigures,
  SplitCounts,
} from '../../shared/audit.js';
import type { ScoreId } from '../../shared/columns.js';
import { learnedSplits, type SplitFigures } from '../../shared/learned-split.js';
import { PredictionCheck } from '../../shared/prediction-check.js';
import { ComparedTallies } from './compared-tallies.js';
import type { Follower } from './followers.js';
import { type ImageColumns, verdictCode } from './image-columns.js';

const unsettledCode = verdictCode('unsettled');

/** Counts of the images with one label. */
export interface LabelCounts extends ComparedCounts {
  readonly label: LabelIndex;
}

/** Everything that is counted. */
class Counted {
  readonly labels = new ComparedTallies();
  readonly splits = new ComparedTallies();
  readonly check: PredictionCheck;
  unreadable = 0;
  explained = 0;
  reviewed = 0;
  unsettled = 0;
  readonly #columns: ImageColumns;

  constructor(columns: ImageColumns, classes: readonly string[]) {
    this.#columns = columns;
    this.check = new PredictionCheck(classes);
    for (let slot = 0; slot < columns.size; slot += 1) this.count(slot, 1);
  }

  /** Counts an image, or takes it away as it was counted. */
  count(slot: number, times: 1 | -1): void {
    const columns = this.#columns;
    const top1 = columns.top1[slot] ?? -1;
    const labelClass = columns.labelClass[slot] ?? -1;
    const probability = columns.topProbability[slot] ?? NaN;
    const compared = { top1, labelClass, probability };
    this.labels.count(columns.label[slot] ?? -1, compared, times);
    this.splits.count(columns.split[slot] ?? -1, compared, times);
    this.unreadable += times * (columns.unreadable[slot] ?? 0);
    this.explained += times * (columns.explained[slot] ?? 0);
    const verdict = columns.verdict[slot] ?? 0;
    if (verdict === unsettledCode) this.unsettled += times;
    else if (verdict !== 0) this.reviewed += times;
    if (top1 < 0) return;
    const one = {
      top1,
      probability: Number.isNaN(probability) ? 0 : probability,
      labelClass: labelClass < 0 ? null : labelClass,
    };
    if (times === 1) this.check.add(one);
    else this.check.takeAway(one);
  }
}

export class AuditCounts implements Follower {
  readonly #columns: ImageColumns;
  readonly #classes: readonly string[];
  /** Labels that have a class. */
  readonly #mapped: ReadonlySet<number>;
  #counted: Counted | undefined;

  constructor(columns: ImageColumns, classes: readonly string[], mapping: readonly MappingRow[]) {
    this.#columns = columns;
    this.#classes = classes;
    this.#mapped = new Set(mapping.flatMap((row) => (row.classIndex === null ? [] : row.label)));
  }

  /** Of all images. */
  project(): ProjectCounts {
    const { labels, unreadable, explained, reviewed, unsettled } = this.#current();
    let [labelled, withoutClass] = [0, 0];
    for (const label of labels.groups()) {
      if (label < 0) continue;
      const { images } = labels.of(label);
      labelled += images;
      if (!this.#mapped.has(label)) withoutClass += images;
    }
    return { ...labels.all(), labelled, withoutClass, unreadable, explained, reviewed, unsettled };
  }

  /** Of each label that images have, in the order of the labels. */
  labels(): readonly LabelCounts[] {
    const { labels } = this.#current();
    return labels
      .groups()
      .filter((label) => label >= 0)
      .map((label) => ({ label: label as LabelIndex, ...labels.of(label) }));
  }

  /** Of each split, and sentences about what is odd in the predictions. */
  splitsAndDoubts(): Pick<ProjectFigures, 'splits' | 'doubts'> {
    const { check } = this.#current();
    const figures = this.#splitFigures();
    return {
      splits: figures.map(({ split, images, predicted, compared, disagreements }) => ({
        split,
        images,
        predicted,
        compared,
        disagreements,
      })),
      doubts: [...check.doubts(() => this.#highest()), ...learnedSplits(figures)],
    };
  }

  leave(slots: Uint32Array): void {
    for (const slot of slots) this.#counted?.count(slot, -1);
  }

  enter(slots: Uint32Array): void {
    for (const slot of slots) this.#counted?.count(slot, 1);
  }

  /** It rests on no scores. */
  forget(scores: readonly ScoreId[] | null): void {
    if (scores === null) this.#counted = undefined;
  }

  #current(): Counted {
    return (this.#counted ??= new Counted(this.#columns, this.#classes));
  }

  /** Splits by name, images that are in none last. */
  #splitFigures(): readonly (SplitFigures & SplitCounts)[] {
    const { splits } = this.#current();
    const figures = splits.groups().map((index) => ({
      split: this.#columns.splits[index] ?? null,
      ...splits.of(index),
      ...splits.confidenceOf(index),
    }));
    const place = ({ split }: SplitCounts): string => (split === null ? '1' : `0${split}`);
    return figures.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }

  /** The highest probability of a prediction. */
  #highest(): number {
    const { topProbability, top1, size } = this.#columns;
    let highest = 0;
    for (let slot = 0; slot < size; slot += 1) {
      const probability = topProbability[slot] ?? 0;
      if ((top1[slot] ?? -1) >= 0 && probability > highest) highest = probability;
    }
    return highest;
  }
}
