/** What taking over the verdicts of another copy of a project is said to have brought. */

import type { MergeOutcome } from './calls/verdict.js';
import { counted } from './figures.js';

/** A name of somebody else: what would move the rest of a line is shown as a sign. */
function shownName(name: string): string {
  return name === '' ? 'nobody named' : name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** `2 verdicts by Ann, Bob taken over`. */
export function takenOverWords({ verdicts, reviewers }: MergeOutcome): string {
  if (verdicts === 0) return 'No verdict is new';
  return `${counted(verdicts, 'verdict')} by ${reviewers.map(shownName).join(', ')} taken over`;
}

/** What else there is to know: what was known, what is in conflict, and what is of files that are not here; empty for nothing. */
export function besidesWords({ known, elsewhere, unsettled }: MergeOutcome): string {
  const sentences = [
    known === 0 ? '' : `${counted(known, 'was', 'were')} known already.`,
    unsettled === 0 ? '' : `${counted(unsettled, 'image is', 'images are')} unsettled now.`,
    elsewhere === 0
      ? ''
      : `${counted(elsewhere, 'file of them is', 'files of them are')} not in the dataset here: what was said of ${elsewhere === 1 ? 'it' : 'them'} is kept and counts as soon as ${elsewhere === 1 ? 'it is' : 'they are'}.`,
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}
