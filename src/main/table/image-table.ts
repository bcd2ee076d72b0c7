/** The table of all images of a project in memory: facts, scores, and what names mean. */

import type { ImageColumns } from './image-columns.js';
import type { ScoreStore } from './score-store.js';

/** What a text is found in: a 1 for each of what contains it. */
export interface TextHits {
  /** `[images]` */
  readonly files: Uint8Array;
  /** By index of the label and of the class. */
  readonly labels: Uint8Array;
  readonly classes: Uint8Array;
}

/** What names mean: where a text is found, and the order of file names. */
export interface NameIndex {
  search(text: string): TextHits;
  /** Place of each image slot in the order of file names. */
  fileRanks(): Uint32Array;
}

/** Slots are places in the arrays, by ascending id of the images. */
export interface ImageTable {
  readonly facts: ImageColumns;
  readonly scores: Pick<ScoreStore, 'values'>;
  readonly names: NameIndex;
}
