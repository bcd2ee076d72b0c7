/** Filters of tests in their text form, with labels and classes by index: `state:disagree label:#1`. */

import { type Filter } from '../../src/shared/query.js';
import { readQuery } from '../../src/shared/query-text.js';

/** More than any test has. */
const unnamed = Array.from({ length: 1000 }, (_, index) => `unnamed ${String(index)}`);

export function filterOf(text: string): Filter {
  return readQuery(text, { labels: unnamed, classes: unnamed }).filter;
}
