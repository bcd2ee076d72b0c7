/** What a score of a label is: a figure of one image, from its own probabilities or from those of all images. */

/** A predicted image whose label has a class of the model: what every score is computed from. */
export interface LabelledImage {
  readonly id: number;
  /** The class that its label means. */
  readonly labelClass: number;
  /** `[C]`, softmax. */
  readonly probabilities: Float32Array;
}

/** A score that an image has by itself. */
export interface OwnScore {
  readonly of: 'one image';
  readonly value: (probabilities: Float32Array, labelClass: number) => number;
}

/** A score that depends on the other images as well: these go by, pass after pass, before any value is asked for. */
export interface RelativeScore {
  readonly of: 'all images';
  readonly begin: (classes: number) => RelativeRun;
}

export interface RelativeRun {
  /** Each sees every image once, by ascending id, after the pass before it has seen all. */
  readonly passes: readonly ((image: LabelledImage) => void)[];
  /** NaN where the image has none. */
  readonly value: (image: LabelledImage) => number;
}

export type Score = OwnScore | RelativeScore;
