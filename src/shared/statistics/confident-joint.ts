/** Confident learning (Northcutt, Jiang, Chuang 2021): how many labels are wrong, between which classes, and which images they are. */

import type { LabelledImage } from './score.js';

/** Counts by given label, then by (estimated) true class; absent cells are 0. */
export type JointCounts = readonly ReadonlyMap<number, number>[];

/** Thresholds and counts of the confident joint. */
export interface ConfidentJoint {
  /** Mean self-confidence of each class, at least 2e-6; 2, which nothing reaches, for a class that no image is labelled with. */
  readonly thresholds: Float64Array;
  /** Images labelled with each class. */
  readonly labelCounts: Int32Array;
  /** Confidently counted images, the diagonal at least 1. */
  readonly counts: JointCounts;
  /** Images that went into `counts`: some class reached its threshold. */
  readonly counted: number;
  /** `counts` scaled so that every row sums to the images with that label; whole numbers. */
  readonly calibrated: JointCounts;
}

/** How often images with a given label are estimated to belong to another class. */
export interface ClassNoise {
  readonly labelClass: number;
  readonly images: number;
  readonly wrong: number;
}

/** Two classes whose images are estimated to carry each other's label. */
export interface ClassOverlap {
  readonly first: number;
  readonly second: number;
  readonly images: number;
}

export interface NoiseEstimate {
  /** Images with a label that maps to a class. */
  readonly images: number;
  readonly counted: number;
  /** Estimated number of wrong labels. */
  readonly wrong: number;
  /** Share of the images whose label is estimated to be wrong; null without images. */
  readonly errorRate: number | null;
  /** Highest rate first; classes without images are left out. */
  readonly classes: readonly ClassNoise[];
  /** Most images first; pairs without any are left out. */
  readonly overlaps: readonly ClassOverlap[];
}

const smallestThreshold = 2e-6;
const tolerance = 1e-6;

/** Sums up the images of each class to its threshold: the mean `p[k]` over the images labelled `k`. */
export class ClassThresholds {
  readonly #sums: Float64Array;
  readonly labelCounts: Int32Array;

  constructor(classes: number) {
    this.#sums = new Float64Array(classes);
    this.labelCounts = new Int32Array(classes);
  }

  add({ labelClass, probabilities }: LabelledImage): void {
    this.#sums[labelClass] = (this.#sums[labelClass] ?? 0) + (probabilities[labelClass] ?? 0);
    this.labelCounts[labelClass] = (this.labelCounts[labelClass] ?? 0) + 1;
  }

  /** `[C]`, as {@link ConfidentJoint.thresholds}. */
  values(): Float64Array {
    return this.#sums.map((sum, index) => {
      const count = this.labelCounts[index] ?? 0;
      return count === 0 ? 2 : Math.max(sum / count, smallestThreshold);
    });
  }
}

/** The class an image is confidently counted for: the only one at its threshold, of several the most probable class; -1 for none. */
export function confidentClass(probabilities: Float32Array, thresholds: Float64Array): number {
  let best = 0;
  let only = -1;
  let reached = 0;
  for (let index = 0; index < probabilities.length; index += 1) {
    const value = probabilities[index] ?? 0;
    if (value > (probabilities[best] ?? 0)) best = index;
    if (value < (thresholds[index] ?? 2) - tolerance) continue;
    reached += 1;
    only = index;
  }
  return reached > 1 ? best : only;
}

/** Rounds a row so that its total stays: what was rounded the furthest is corrected first. */
function roundedRow(row: ReadonlyMap<number, number>, total: number): Map<number, number> {
  const cells = [...row].map(([index, value]) => ({ index, value, whole: Math.round(value) }));
  let missing = total - cells.reduce((sum, cell) => sum + cell.whole, 0);
  const direction = Math.sign(missing);
  cells.sort((a, b) => direction * (b.value - b.whole - (a.value - a.whole)) || a.index - b.index);
  for (const cell of cells) {
    if (missing === 0) break;
    cell.whole += direction;
    missing -= direction;
  }
  const rounded = new Map<number, number>();
  for (const { index, whole } of cells) if (whole > 0) rounded.set(index, whole);
  return rounded;
}

/** Counts images by given label and confident class. */
export class JointSums {
  readonly #thresholds: Float64Array;
  readonly #labelCounts: Int32Array;
  readonly #counts: readonly Map<number, number>[];
  #counted = 0;

  constructor(thresholds: ClassThresholds) {
    this.#thresholds = thresholds.values();
    this.#labelCounts = thresholds.labelCounts;
    this.#counts = Array.from(this.#thresholds, () => new Map<number, number>());
  }

  add({ labelClass, probabilities }: LabelledImage): void {
    const confident = confidentClass(probabilities, this.#thresholds);
    const row = this.#counts[labelClass];
    if (confident < 0 || row === undefined) return;
    row.set(confident, (row.get(confident) ?? 0) + 1);
    this.#counted += 1;
  }

  joint(): ConfidentJoint {
    const counts = this.#counts.map((row, index) => new Map(row).set(index, Math.max(1, row.get(index) ?? 0)));
    const calibrated = counts.map((row, index) => {
      const total = [...row.values()].reduce((sum, count) => sum + count, 0);
      const images = this.#labelCounts[index] ?? 0;
      return roundedRow(new Map([...row].map(([other, count]) => [other, (count / total) * images])), images);
    });
    const [thresholds, labelCounts] = [this.#thresholds, this.#labelCounts];
    return { thresholds, labelCounts, counts, counted: this.#counted, calibrated };
  }
}

/**
 * Counts images by given label and confident class, and calibrates the counts to the number of images of each label
 * (bins `p[k] >= t_k - 1e-6`; none: skipped; several: argmax; diagonal at least 1). `rows` is walked twice.
 */
export function confidentJoint(rows: () => Iterable<LabelledImage>, classes: number): ConfidentJoint {
  const thresholds = new ClassThresholds(classes);
  for (const row of rows()) thresholds.add(row);
  const sums = new JointSums(thresholds);
  for (const row of rows()) sums.add(row);
  return sums.joint();
}

/**
 * What the calibrated joint says about the labels as a whole. It is the model's own estimate, and no interval belongs to it:
 * how far it is off depends on how well the model's probabilities are calibrated and on its being trained on other images
 * than these, which the number of images says nothing about. Verdicts by people are the measure of that.
 */
export function estimateNoise(joint: ConfidentJoint): NoiseEstimate {
  const images = joint.labelCounts.reduce((sum, count) => sum + count, 0);
  const overlaps = new Map<string, { first: number; second: number; images: number }>();
  const classes: ClassNoise[] = [];
  let wrong = 0;
  joint.calibrated.forEach((row, label) => {
    let elsewhere = 0;
    for (const [other, count] of row) {
      if (other === label) continue;
      elsewhere += count;
      const [first, second] = label < other ? [label, other] : [other, label];
      const key = `${String(first)}/${String(second)}`;
      const pair = overlaps.get(key);
      if (pair === undefined) overlaps.set(key, { first, second, images: count });
      else pair.images += count;
    }
    wrong += elsewhere;
    const labelled = joint.labelCounts[label] ?? 0;
    if (labelled > 0) classes.push({ labelClass: label, images: labelled, wrong: elsewhere });
  });
  return {
    images,
    counted: joint.counted,
    wrong,
    errorRate: images === 0 ? null : wrong / images,
    classes: classes.sort((a, b) => b.wrong / b.images - a.wrong / a.images || a.labelClass - b.labelClass),
    overlaps: [...overlaps.values()].sort((a, b) => b.images - a.images || a.first - b.first || a.second - b.second),
  };
}

/** How many images of each label to take for each other class: the calibrated counts, but at least one image of the label stays. */
function pruneCounts(joint: ConfidentJoint, label: number): Map<number, number> {
  const counts = new Map(joint.calibrated[label] ?? []);
  const stays = counts.get(label) ?? 0;
  counts.delete(label);
  if (stays > 0) return counts;
  let largest = -1;
  for (const [other, count] of counts) if (count > (counts.get(largest) ?? 0)) largest = other;
  counts.set(largest, (counts.get(largest) ?? 0) - 1);
  return counts;
}

interface Candidate {
  readonly id: number;
  readonly margin: number;
  /** Whether the prediction is the label. */
  readonly agrees: boolean;
}

/** The candidates of one label and true class that have the largest margins. */
class Largest {
  readonly #most: number;
  #candidates: Candidate[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(candidate: Candidate): void {
    this.#candidates.push(candidate);
    if (this.#candidates.length >= 2 * this.#most + 64) this.#candidates = this.list();
  }

  /** Largest first; equal margins in the order in which they came. */
  list(): Candidate[] {
    return this.#candidates.sort((a, b) => b.margin - a.margin || a.id - b.id).slice(0, this.#most);
  }
}

/**
 * The images whose labels are likely wrong, by 'prune by noise rate': for every label k and true class j as many
 * images as the calibrated joint counts, those with the largest `p[j] - p[k]`; never one whose prediction is its label.
 * Images are given by ascending id; no more of them are kept than the joint counts.
 */
export class LabelIssues {
  readonly #lists: readonly ReadonlyMap<number, Largest>[];

  constructor(joint: ConfidentJoint) {
    this.#lists = joint.calibrated.map((_, label) => {
      // The last image of a class is not taken away.
      if ((joint.labelCounts[label] ?? 0) <= 1) return new Map();
      return new Map([...pruneCounts(joint, label)].map(([other, count]) => [other, new Largest(count)]));
    });
  }

  add({ id, labelClass, probabilities }: LabelledImage): void {
    const own = probabilities[labelClass] ?? 0;
    const agrees = probabilities.every((value, index) => value < own || (value === own && index >= labelClass));
    for (const [other, list] of this.#lists[labelClass] ?? []) {
      list.add({ id, margin: (probabilities[other] ?? 0) - own, agrees });
    }
  }

  ids(): ReadonlySet<number> {
    const taken = this.#lists.flatMap((lists) => [...lists.values()].flatMap((list) => list.list()));
    return new Set(taken.flatMap(({ id, agrees }) => (agrees ? [] : [id])));
  }
}

/** As {@link LabelIssues}, ids ascending. */
export function labelIssues(rows: () => Iterable<LabelledImage>, joint: ConfidentJoint): number[] {
  const issues = new LabelIssues(joint);
  for (const row of rows()) issues.add(row);
  return [...issues.ids()].sort((a, b) => a - b);
}
