/** What a column of the images is: how it is called, what it says, and where it is shown. The table of them is `columns.ts`. */

import type { Score } from './statistics/score.js';

/**
 * What the values are: a figure, yes or no (1 or 0), milliseconds since 1970, an index into the labels of the dataset or the classes
 * of the model, one of the column's own words, any name, a text that is searched, or an order of which no single value is shown.
 */
export type ColumnKind = 'number' | 'flag' | 'time' | 'label' | 'class' | 'word' | 'name' | 'text' | 'order';

/** How a figure is written: a probability in percent, a plain number from 0 to 1, a rank from 1 on, or nats. */
export type Unit = 'probability' | 'share' | 'rank' | 'nats';

/** One of the values of a column of words. */
export interface ColumnWord {
  readonly value: string;
  readonly name: string;
  /** What it says, where the name alone does not. */
  readonly meaning?: string;
  /** Offered only where an image has it. */
  readonly rare?: boolean;
}

/** Where a column is shown; what is absent, it is not. */
export interface Shown {
  /** As an order, and which end comes first unless the other is asked for. */
  readonly sort?: 'low' | 'high';
  /** As a filter: its values with counts, or a range over a histogram, which is `open` where it is seen without asking. */
  readonly facet?: 'values' | 'range' | 'open range';
  /** Images without a value are a choice among its values. */
  readonly none?: boolean;
  /** Among the figures of an image. */
  readonly inspector?: boolean;
  /** On the card of a finding, under this short name. */
  readonly report?: string;
  /** In CSV and JSON, and among the figures that the command line lists. */
  readonly exported?: boolean;
}

export interface Column {
  readonly id: string;
  /** Its word in the text form of a filter. */
  readonly key: string;
  readonly name: string;
  /** What it says, in a sentence. */
  readonly says: string;
  readonly kind: ColumnKind;
  readonly unit?: Unit;
  /** Between which values a histogram is drawn; what lies outside is in its first and last bin. */
  readonly range?: readonly [from: number, to: number];
  readonly words?: readonly ColumnWord[];
  /** Which end makes an image suspicious. */
  readonly suspicious?: 'low' | 'high';
  /** What it means that an image has no value. */
  readonly missing: string;
  readonly shown: Shown;
}

/** A column that is computed from the probabilities of predicted images whose label has a class of the model. */
export interface ScoreColumn extends Column {
  /** How it is computed, of the probabilities p of C classes and the class y of the label. */
  readonly formula: string;
  /** Who published it. */
  readonly source: string;
  /** Grows when the same probabilities give another value: what was kept of an earlier version is computed anew. */
  readonly version: number;
  readonly score: Score;
}
