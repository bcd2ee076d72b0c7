/** What the window says of a verdict that was given, taken back, undone or done again: which, on what, and where that is. */

import { type ImageRow, type Verdict, type VerdictKind, verdictNames } from '../../shared/audit.js';
import { count, counted } from '../../shared/figures.js';
import type { VerdictOutcome } from '../../shared/ipc.js';

/** What the words need to know of the project and the gallery. */
export interface WordsOf {
  /** A label that a verdict carries, as it is read. */
  readonly label: (stored: string) => string;
  /** The label of an image as it is read. */
  readonly labelOf: (row: ImageRow) => string;
  /** Where an image stands in the gallery, from 1, and of how many; null when it is not listed. */
  readonly place: (row: ImageRow) => { readonly at: number; readonly of: number } | null;
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
function whereWords(rows: readonly ImageRow[], words: WordsOf): string {
  const [first] = rows;
  if (first === undefined) return '';
  const place = words.place(first);
  const at = place === null ? 'not among those shown' : `${count(place.at)} of ${count(place.of)}`;
  const more = rows.length > 1 ? ` and ${count(rows.length - 1)} more` : '';
  return `${words.labelOf(first)}, ${first.file} (${at})${more}`;
}

/** What stands now on images that a step went back on. */
function nowWords(rows: readonly ImageRow[], words: WordsOf): string {
  const standing = rows.map(({ verdict }) =>
    verdict === null ? 'no verdict' : verdictWords(verdict.kind, verdict.correctedLabels, words.label),
  );
  const [first = ''] = standing;
  return standing.every((one) => one === first) ? `Now: ${first}.` : 'Each has the verdict it had before.';
}

/** A step that was undone or done again. */
export function stepWords(word: 'Undone' | 'Redone', { changes, gone }: VerdictOutcome, words: WordsOf): Told {
  const rows = changes.map(({ row }) => row);
  // Undone, a verdict that was given stands before the step and not after it.
  const done = (change: { readonly before: Verdict | null; readonly after: Verdict | null }): Verdict | null =>
    word === 'Undone' ? change.before : change.after;
  const taken = changes.map((change) => done(change) ?? change.before ?? change.after);
  const names = [
    ...new Set(taken.map((one) => (one === null ? '' : verdictWords(one.kind, one.correctedLabels, words.label)))),
  ];
  const cleared = changes.every((change) => done(change) === null);
  const what = names.length === 1 ? (names[0] ?? '') : counted(changes.length, 'verdict');
  const on = changes.length > 1 && names.length === 1 ? ` on ${counted(changes.length, 'image')}` : '';
  const left = gone === 0 ? '' : ` ${counted(gone, 'other image is', 'other images are')} not in the dataset any more.`;
  return {
    message: `${word}: ${cleared ? `taking back ${what}` : what}${on}`,
    hint: `${whereWords(rows, words)}. ${nowWords(rows, words)}${left}`,
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
