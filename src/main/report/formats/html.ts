/** The report to read in a browser: pages with every finding, its maps and its verdict, and their pictures beside them. */

import { firstPage, writeHtml } from '../html-report.js';
import type { ReportFormat } from '../report-format.js';

export const html: ReportFormat = {
  id: 'html',
  words: {
    name: 'HTML',
    says: 'A folder to open in any browser, with every finding, its maps and verdict',
    opens: 'Open the HTML report',
  },
  fileName: () => firstPage,
  pictures: 'kept',

  async write({ folder, input, cards }) {
    await writeHtml(folder, input, cards);
    return null;
  },
};
