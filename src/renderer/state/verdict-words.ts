/** What the window says of a verdict that was given, taken back, undone or done again: which, on what, and where that is. */

import { type ImageRow, type Verdict, type VerdictKind, verdictNames } from '../../shared/audit.js';
import { count, counted } from '../../shared/figures.js';
import type { VerdictOutcome } from '../../shared/calls/verdict.js';

/** What the words need to know of the project. */
export interface WordsOf {
  /** A label that a verdict carries, as it is read. */
  readonly label: (stored: string) => string;
  /** The label of an image as it is read. */
  readonly labelOf: (row: ImageRow) => string;
}

/** Where an image stands in the gallery, from 1, and of how many. */
interface Place {
  readonly at: number;
  readonly of: number;
}

/** What is told: a sentence and what follows from it. */
export interface Told {
  readonly message: string;
  readonly hint: string;
}

/** `Wrong label → Shirt`. */
export function verdictWords(kind: VerdictKind, labels: readonly string[], label: (stored: string) => string): string {
  return labels.length === 0 ? verdictNames[kind] : `${verdictNames[kind]} → ${labels.map(label).join(', ')}`;
}

/** `Coat, train/Coat/0123.png (12 of 3,000)`, and how many more. */
function whereWords(rows: readonly ImageRow[], place: Place | null, words: WordsOf): string {
  const [first] = rows;
  if (first === undefined) return '';
  const at = place === null ? 'not among those shown' : `${count(place.at)} of ${count(place.of)}`;
  const more = rows.length > 1 ? ` and ${count(rows.length - 1)} more` : '';
  return `${words.labelOf(first)}, ${first.file} (${at})${more}`;
}

/** Who gave a verdict, where it was somebody else than those whose were taken. */
function byWords({ reviewer }: Verdict, taken: readonly (Verdict | null)[]): string {
  return taken.every((one) => one !== null && one.reviewer !== reviewer) ? ` by ${reviewer}` : '';
}

/** What stands now on images that a step went back on. */
function nowWords(rows: readonly ImageRow[], taken: readonly (Verdict | null)[], words: WordsOf): string {
  const standing = rows.map(({ verdict, unsettled }) =>
    unsettled.length > 0
      ? 'unsettled'
      : verdict === null
        ? 'no verdict'
        : `${verdictWords(verdict.kind, verdict.correctedLabels, words.label)}${byWords(verdict, taken)}`,
  );
  const [first = ''] = standing;
  return standing.every((one) => one === first) ? `Now: ${first}.` : 'Each has the verdict it had before.';
}

/** Files of a step that left the dataset: named where nothing else of the step is, counted otherwise. */
function goneWords({ changes, gone }: VerdictOutcome): string {
  const [first] = gone;
  if (first === undefined) return '';
  if (changes.length > 0) {
    return `${counted(gone.length, 'other image is', 'other images are')} not in the dataset any more.`;
  }
  const them = gone.length === 1 ? `${first.file} is` : `${first.file} and ${count(gone.length - 1)} more are`;
  return `${them} not in the dataset any more.`;
}

/** A step that was undone or done again, with the place of the first image that it concerned; null when that is not listed. */
export function stepWords(
  word: 'Undone' | 'Redone',
  outcome: VerdictOutcome,
  place: Place | null,
  words: WordsOf,
): Told {
  const rows = outcome.changes.map(({ row }) => row);
  const steps = rows.length > 0 ? outcome.changes : outcome.gone;
  // Undone, a verdict that was given stands before the step and not after it.
  const done = (change: { readonly before: Verdict | null; readonly after: Verdict | null }): Verdict | null =>
    word === 'Undone' ? change.before : change.after;
  const taken = steps.map((change) => done(change) ?? change.before ?? change.after);
  const names = [
    ...new Set(taken.map((one) => (one === null ? '' : verdictWords(one.kind, one.correctedLabels, words.label)))),
  ];
  const cleared = steps.every((change) => done(change) === null);
  const what = names.length === 1 ? (names[0] ?? '') : counted(steps.length, 'verdict');
  const on = steps.length > 1 && names.length === 1 ? ` on ${counted(steps.length, 'image')}` : '';
  const where = rows.length > 0 ? `${whereWords(rows, place, words)}. ${nowWords(rows, taken, words)}` : '';
  return {
    message: `${word}: ${cleared ? `taking back ${what}` : what}${on}`,
    hint: `${where} ${goneWords(outcome)}`.trim(),
  };
}

/** A verdict given on picked images. */
export function givenWords({ changes }: VerdictOutcome, undoKey: string, words: WordsOf): Told {
  const [first] = changes;
  const verdict = first?.after ?? null;
  const what = verdict === null ? '' : verdictWords(verdict.kind, verdict.correctedLabels, words.label);
  const judged = changes.filter(({ before }) => before !== null).length;
  const replaced =
    judged === 0 ? '' : `${counted(judged, 'earlier verdict')} of yours ${judged === 1 ? 'is' : 'are'} replaced. `;
  return {
    message: `${what} on ${counted(changes.length, 'image')}`,
    hint: `${replaced}${undoKey} takes ${changes.length === 1 ? 'it' : 'all of it'} back.`,
  };
}
