/** How the labels that stand after the verdicts leave Hognose, as a file that is read with the dataset again. */

import type { Verdict } from '../../shared/audit.js';

/** A labelled image of an audit with its standing verdict. */
export interface LabelledImage {
  /** As the dataset lists it. */
  readonly file: string;
  readonly label: string;
  readonly split: string | null;
  readonly verdict: Verdict | null;
  /** Whether people decided differently, so that no verdict stands. */
  readonly isUnsettled: boolean;
}

export interface LabelExporter {
  /** What the file is called. */
  readonly fileName: string;
  /** The file in pieces, so that it need not be held at once; `images` are walked once. */
  pieces(images: Iterable<LabelledImage> | AsyncIterable<LabelledImage>): AsyncIterable<string>;
}
