/** What stands on an image as one word: the kind of its verdict, or that it is unsettled; and how that is counted in a sentence. */

import type { ImageRow, ProjectCounts } from './audit.js';
import { counted } from './figures.js';
import type { Condition } from './query.js';
import { unsettled, type VerdictState } from './verdict-kinds.js';

/** Null where nothing was decided. */
export function verdictState({
  verdict,
  unsettled: inConflict,
}: Pick<ImageRow, 'verdict' | 'unsettled'>): VerdictState | null {
  return inConflict.length > 0 ? unsettled : (verdict?.kind ?? null);
}

/** The filter that shows them. */
export const unsettledOnly: Condition = { column: 'verdict', op: 'is', value: unsettled };

/** Who reads it: somebody who can decide, or reads what was written. */
type Reader = 'window' | 'report' | 'command-line';

/** That verdicts are in conflict, with the way out or what that means; null where none are. */
export function unsettledWords({ unsettled: count }: Pick<ProjectCounts, 'unsettled'>, reader: Reader): string | null {
  if (count === 0) return null;
  const them = counted(count, 'image is', 'images are');
  const [it, its] =
    count === 1
      ? ['it', 'It counts as not reviewed and keeps its label.']
      : ['them', 'They count as not reviewed and keep their labels.'];
  const rest = { window: `A verdict of yours settles ${it}.`, 'command-line': `A verdict settles ${it}.`, report: its };
  return `${them} unsettled: people decided differently. ${rest[reader]}`;
}
