/** The labels after the verdicts as a CSV table, readable again as a label table (`path,label,split`). */

import { unsettled } from '../../shared/verdict-kinds.js';
import { csvRow } from '../files/csv-row.js';
import type { LabelExporter, LabelledImage } from './label-exporter.js';

/** Columns of the table; a table with this head is known for one of ours. */
export const correctedLabelsHead: readonly string[] = [
  'path',
  'label',
  'split',
  'original_label',
  'status',
  'all_labels',
];

/**
 * The label that remains after a verdict: the correction of a wrong label; nothing where the right one is not known or
 * the image belongs to none of the classes; otherwise the label as it was, also where verdicts are in conflict.
 */
function labelAfter(image: LabelledImage): string {
  switch (image.verdict?.kind) {
    case 'wrong-label':
      return image.verdict.correctedLabels[0] ?? '';
    case 'none-of-the-classes':
    case 'bad-image':
      return '';
    case undefined:
    case 'right-label':
    case 'several-labels':
    case 'ambiguous':
    case 'unsure':
      return image.label;
  }
}

/** One row each labelled image: path, label after the verdict, split, label before, verdict, and all right labels when there are several. */
async function* pieces(images: Iterable<LabelledImage> | AsyncIterable<LabelledImage>): AsyncGenerator<string> {
  yield csvRow(correctedLabelsHead);
  for await (const image of images) {
    const status = image.verdict?.kind ?? (image.isUnsettled ? unsettled : 'not-reviewed');
    const all = image.verdict?.kind === 'several-labels' ? image.verdict.correctedLabels.join('|') : '';
    yield csvRow([image.file, labelAfter(image), image.split, image.label, status, all]);
  }
}

/** Fits every dataset: its images are read with this table as images with a table of labels. */
export const correctedLabelsCsv: LabelExporter = { fileName: 'corrected-labels.csv', pieces };
