/** The table of all images of a project in memory: facts, scores, and what names mean. */

import type { ImageColumns } from './image-columns.js';
import type { ScoreStore } from './score-store.js';

/** What names mean: the rows that a text finds and the order of file names. */
export interface NameIndex {
  /** One byte an image slot: 1 where file, label or prediction contains the text. */
  matching(text: string): Uint8Array;
  /** Place of each image slot in the order of file names. */
  fileRanks(): Uint32Array;
}

/** Slots are places in the arrays, by ascending id of the images. */
export interface ImageTable {
  readonly facts: ImageColumns;
  readonly scores: Pick<ScoreStore, 'values'>;
  readonly names: NameIndex;
}
