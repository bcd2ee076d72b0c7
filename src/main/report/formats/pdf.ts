/** The report on paper, printed from one page of the HTML report that is then removed. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorData, toAppError } from '../../../shared/errors.js';
import { writePrintable } from '../html-report.js';
import type { ReportFormat } from '../report-format.js';

const fileName = 'report.pdf';

function unavailable(why: string): ErrorData {
  return {
    code: 'PDF_UNAVAILABLE',
    message: `The PDF could not be made: ${why}`,
    hint: 'Open index.html in a browser and print it from there.',
  };
}

export const pdf: ReportFormat = {
  id: 'pdf',
  words: {
    name: 'PDF',
    says: 'The same on A4, with a summary page to sign',
    opens: 'Open the PDF',
  },
  fileName: () => fileName,
  pictures: 'while-written',

  async write({ folder, input, cards, sources }) {
    if (sources.printPdf === undefined) return unavailable('there is no browser to print with');
    const page = join(folder, await writePrintable(folder, input, cards));
    const printed = join(folder, fileName);
    try {
      await sources.printPdf(page, printed);
      return null;
    } catch (error) {
      const known = toAppError(error);
      if (known.code === 'CANCELLED') throw known;
      await rm(printed, { force: true });
      return unavailable(known.message);
    } finally {
      await rm(page, { force: true });
    }
  },
};
