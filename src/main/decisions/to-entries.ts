/**
 * Takes the journal of verdicts of earlier versions over: every step is said once more, in its order, as entries. What stands may be another
 * verdict where the clock decided before: a redo, or a verdict by a clock that was behind, now counts in the order in which they were given.
 */

import { createHash } from 'node:crypto';

import { v7 } from 'uuid';

import type { Verdict } from '../../shared/audit.js';
import type { Progress } from '../../shared/progress.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { EntryAction } from './entry.js';
import { Journal, type NewId } from './journal.js';
import { clearing, deciding } from './said.js';

interface EarlierRow {
  readonly id: number;
  readonly head: number | null;
  readonly at: number;
  readonly reviewer: number;
  readonly name: string;
  readonly action: EntryAction;
  readonly file: string;
  readonly after: string | null;
  readonly bound: string | null;
}

/** A verdict as it stood in the journal, with the content it was given for. */
interface EarlierVerdict {
  readonly verdict: Verdict;
  readonly sha256: string | null;
}

/** Rows with the content that a verdict turned out to be of. */
const rowsSql = `
  SELECT j.id, j.head, j.at, j.reviewer, r.name, j.action, j.file, j.after, b.sha256 AS bound
  FROM earlier_journal AS j JOIN reviewers AS r ON r.id = j.reviewer
    LEFT JOIN earlier_bindings AS b ON b.file = j.file AND b.reviewer = j.reviewer AND b.at = j.at
  WHERE j.id > ? ORDER BY j.id LIMIT 500`;

/**
 * Ids that follow from what was said: copies of one project, taken over each by itself, hold the same entries. Of entries that are alike in
 * everything the first is told from the next by its number.
 */
function repeatableIds(): NewId {
  let count = 0;
  return ({ at, ...said }) => {
    count += 1;
    const random = createHash('sha256')
      .update(JSON.stringify([count, at, said]))
      .digest();
    return v7({ msecs: at, random });
  };
}

function* earlierRows(file: SqliteFile): Generator<EarlierRow, void, void> {
  const query = file.prepare<EarlierRow>(rowsSql);
  for (let rows = query.all(0); rows.length > 0; rows = query.all(rows.at(-1)?.id ?? 0)) yield* rows;
}

/** The rows of each step, the first of them first. */
function* earlierSteps(file: SqliteFile): Generator<readonly EarlierRow[], void, void> {
  let step: EarlierRow[] = [];
  for (const row of earlierRows(file)) {
    if (row.head === null && step.length > 0) {
      yield step;
      step = [];
    }
    step.push(row);
  }
  if (step.length > 0) yield step;
}

function say(journal: Journal, rows: readonly EarlierRow[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const { reviewer, name, action, at } = first;
  switch (action) {
    case 'give':
      journal.append(
        reviewer,
        action,
        at,
        rows.flatMap(({ file, after, bound }) => {
          if (after === null) return [];
          const { verdict, sha256 } = JSON.parse(after) as EarlierVerdict;
          return deciding({ file, sha256: sha256 ?? bound }, verdict, journal.entriesOf(file));
        }),
      );
      break;
    case 'clear':
      // It took away the reviewer's verdict whatever the file held.
      journal.append(
        reviewer,
        action,
        at,
        rows.map(({ file }) => clearing({ file, sha256: null }, name, journal.entriesOf(file))),
      );
      break;
    case 'undo':
      journal.undo(reviewer, at);
      break;
    case 'redo':
      journal.redo(reviewer, at, ({ file, sha256, verdict }) => {
        const before = journal.entriesOf(file);
        return verdict === null
          ? clearing({ file, sha256 }, name, before)
          : deciding({ file, sha256 }, verdict, before);
      });
  }
}

/** Goes through the whole journal, step by step. */
export function* toEntries(file: SqliteFile): Generator<Progress, void> {
  const total = file.prepare<{ count: number }>('SELECT count(*) AS count FROM earlier_journal').get()?.count ?? 0;
  const journal = new Journal(file, repeatableIds());
  let done = 0;
  for (const step of earlierSteps(file)) {
    say(journal, step);
    done += step.length;
    yield { done, total };
  }
}
