/** Notices predictions that no working classifier makes: all certain, all of one class, or none above what chance gives. */

import { count, percent } from './figures.js';

/** One prediction as the check needs it. */
export interface CheckedPrediction {
  /** The most probable class. */
  readonly top1: number;
  /** Its probability. */
  readonly probability: number;
  /** The class that the label means; null without one. */
  readonly labelClass: number | null;
}

/** Fewer predictions say nothing about a model. */
const fewest = 10;
/** And fewer without labels nothing about their being all alike. */
const fewestUnlabelled = 20;
/** "Practically all". */
const nearlyAll = 0.99;
const certain = 0.9999;
/** Within float32's rounding of 1: such probabilities rank nothing, whoever is right. */
const saturated = 1 - 1e-6;
/** A model that is certain of everything and agrees with so many labels knows the images. */
const knowing = 0.95;
/** Images of other classes that must all have been taken for the one class before that is odd: at least, and of the compared. */
const othersLeast = 5;
const othersShare = 0.1;

/**
 * The highest probability that a second softmax leaves: its logits lie between 0 and 1, so none exceeds e / (e + C - 1).
 * A model that has learned anything exceeds it on some image.
 */
function mostOfTwoSoftmaxes(classes: number): number {
  return Math.E / (Math.E + classes - 1);
}

/** Sums up predictions one by one, and takes them away again; {@link doubts} says what is odd about them. */
export class PredictionCheck {
  readonly #classes: readonly string[];
  /** By class. */
  readonly #predictedAs: number[];
  readonly #labelledAs: number[];
  #count = 0;
  #certain = 0;
  #saturated = 0;
  /** Above what a second softmax leaves. */
  #above = 0;
  /** The highest probability that was ever added. */
  #highest = 0;
  #compared = 0;
  #agreeing = 0;

  /** @param classes names of the model's outputs. */
  constructor(classes: readonly string[]) {
    this.#classes = classes;
    this.#predictedAs = new Array<number>(classes.length).fill(0);
    this.#labelledAs = new Array<number>(classes.length).fill(0);
  }

  add(prediction: CheckedPrediction): void {
    this.#highest = Math.max(this.#highest, prediction.probability);
    this.#sum(prediction, 1);
  }

  /** Takes away a prediction that was added; the highest probability is another one then, see {@link doubts}. */
  takeAway(prediction: CheckedPrediction): void {
    this.#sum(prediction, -1);
  }

  /**
   * A sentence for each thing that is odd, with its likely cause; none for predictions as they should be, or too few.
   * @param highest looks for the highest probability where predictions were taken away; asked only where it matters
   */
  doubts(highest: () => number = () => this.#highest): readonly string[] {
    if (this.#count === 0) return [];
    if (this.#classes.length === 1) {
      return [
        'The model has one output, which is 100\u202f% for every image, so its predictions tell nothing: choose a model with an output for each class.',
      ];
    }
    if (this.#count < fewest) return [];
    return [this.#allCertain(), this.#noneCertain(highest), this.#allAlike()].filter((sentence) => sentence !== null);
  }

  #sum({ top1, probability, labelClass }: CheckedPrediction, times: 1 | -1): void {
    this.#count += times;
    if (probability >= certain) this.#certain += times;
    if (probability >= saturated) this.#saturated += times;
    if (probability > mostOfTwoSoftmaxes(this.#classes.length)) this.#above += times;
    this.#predictedAs[top1] = (this.#predictedAs[top1] ?? 0) + times;
    if (labelClass === null) return;
    this.#compared += times;
    if (labelClass === top1) this.#agreeing += times;
    this.#labelledAs[labelClass] = (this.#labelledAs[labelClass] ?? 0) + times;
  }

  #allCertain(): string | null {
    const { length } = this.#classes;
    if (this.#certain < nearlyAll * this.#count || length < 2) return null;
    const knows = this.#compared >= fewest && this.#agreeing >= knowing * this.#compared;
    const seen = `${count(this.#certain)} of ${count(this.#count)} predictions have a probability of 99.99\u202f% or more`;
    if (!knows) {
      return `${seen}: the likely causes are a preprocessing other than in training, or logits that are scaled up.`;
    }
    if (this.#saturated < nearlyAll * this.#count) return null;
    return `${seen}, so that they rank nothing: the likely causes are that the model was trained on these images, or logits that are scaled up.`;
  }

  #noneCertain(highest: () => number): string | null {
    if (this.#above > 0) return null;
    return `None of ${count(this.#count)} predictions gives a class more than ${percent(highest())}, where ${percent(1 / this.#classes.length)} is chance: the likely causes are logits that went through softmax twice, or a head without training.`;
  }

  #allAlike(): string | null {
    const most = this.#predictedAs.reduce((best, images, index, all) => (images > (all[best] ?? 0) ? index : best), 0);
    const images = this.#predictedAs[most] ?? 0;
    if (images < nearlyAll * this.#count) return null;
    const others = this.#compared - (this.#labelledAs[most] ?? 0);
    // Without labels to compare, images may truly be all of one kind, which only a person knows.
    if (this.#compared === 0 && this.#count < fewestUnlabelled) return null;
    if (this.#compared > 0 && (others < othersLeast || others < othersShare * this.#compared)) return null;
    const although =
      this.#compared > 0
        ? `although ${count(others)} of ${count(this.#compared)} labels mean another class`
        : 'which is right only if the images are all of one kind';
    const name = this.#classes[most] ?? '';
    return `${count(images)} of ${count(this.#count)} predictions are “${name}”, ${although}: the likely cause is a preprocessing other than in training.`;
  }
}
