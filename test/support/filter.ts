/** Filters of tests in their text form, with labels and classes by index: `state:disagree label:#1`. */

import { type Filter } from '../../src/shared/query.js';
import { readQuery } from '../../src/shared/query-text.js';

export function filterOf(text: string): Filter {
  return readQuery(text, { labels: [], classes: [] }).filter;
}
