/** What a person says of a file now, given what was said of it before: which decisions a new one replaces, and which are taken away. */

import type { Verdict } from '../../shared/audit.js';
import type { Entry } from './entry.js';
import type { Said } from './journal.js';
import { active, holdsFor, replacedOn } from './standing-verdict.js';

/** A file to judge and the content it has; null when that is not known yet. */
export interface JudgedFile {
  readonly file: string;
  readonly sha256: string | null;
}

const idOf = ({ id }: Entry): string => id;

/** A decision in place of all that stands on the file. */
export function deciding({ file, sha256 }: JudgedFile, verdict: Verdict, before: readonly Entry[]): Said {
  return { file, sha256, verdict, names: replacedOn(before, sha256).map(idOf) };
}

/** Taking away what a reviewer decided on the file; names nothing where that is nothing. */
export function clearing({ file, sha256 }: JudgedFile, reviewer: string, before: readonly Entry[]): Said {
  const own = active(before).filter((entry) => entry.reviewer === reviewer && holdsFor(entry.sha256, sha256));
  return { file, sha256, verdict: null, names: own.map(idOf) };
}
