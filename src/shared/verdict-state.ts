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

/** That verdicts are in conflict, with the way out; null where none are. */
export function unsettledWords({ unsettled: count }: Pick<ProjectCounts, 'unsettled'>): string | null {
  if (count === 0) return null;
  const them = counted(count, 'image is', 'images are');
  return `${them} unsettled: people decided differently. Deciding again settles it.`;
}
