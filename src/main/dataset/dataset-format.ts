/** What a dataset format is: what people read of it, what it takes, how it is recognised and read, and how corrected labels leave it. */

import type { Reading } from './dataset.js';
import type { LabelExporter } from './label-exporter.js';
import type { Site } from './site.js';

/** What people read of a format: phrases for the middle of a sentence, but for the name. */
export interface DatasetFormatWords {
  /** In lists and reports: "A folder per class". */
  readonly name: string;
  /** What is chosen: "a folder with one folder per class". */
  readonly choice: string;
  /** What a folder of it holds: "a folder per class"; null for what is no advice to somebody without a dataset. */
  readonly holds: string | null;
}

/** What a person may point at beside a folder. */
export interface DatasetFormatTakes {
  /** A file of the dataset itself, as a phrase: "an IDX images file"; null where it has to be a folder. */
  readonly file: string | null;
  /** A table of labels that lies elsewhere. */
  readonly labels: boolean;
}

export interface DatasetFormat {
  /** Projects keep it: it never changes. */
  readonly id: string;
  readonly words: DatasetFormatWords;
  readonly takes: DatasetFormatTakes;
  /** Says how surely a place is of this format; opens no image. */
  inspect(site: Site): Promise<Reading>;
  /** Writes the labels that stand after the verdicts. */
  readonly exporter: LabelExporter;
}
