/** Rules of operators with one output that matters. */

import type { Value } from '../builder.js';
import type { ReverseSite } from './reverse-site.js';
import type { ReverseRule } from './reverse-walk.js';

/** A rule from what arrives at the first output; an error when something arrives at another one. */
export function fromFirstOutput(write: (site: ReverseSite, upstream: Value) => readonly (Value | null)[]): ReverseRule {
  return (site, [upstream, ...further]) => {
    if (further.some((value) => value !== null)) site.fail('cannot be reversed from its further outputs');
    return upstream === undefined || upstream === null ? [] : write(site, upstream);
  };
}
