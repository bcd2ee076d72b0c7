/** The labels that stand after the verdicts, in every report, as the dataset's own format takes them back. */

import { join } from 'node:path';
import { datasetFormat } from '../../dataset/dataset-formats.js';
import type { ReportFormat } from '../report-format.js';
import { writePieces } from '../write-pieces.js';

export const correctedLabels: ReportFormat = {
  id: 'corrected-labels',
  words: null,
  fileName: ({ format }) => datasetFormat(format).exporter.fileName,
  pictures: 'none',

  async write({ folder, input, sources }) {
    const { exporter } = datasetFormat(input.summary.format);
    await writePieces(join(folder, exporter.fileName), exporter.pieces(sources.labelledImages()));
    return null;
  },
};
