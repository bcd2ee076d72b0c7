/**
 * Takes over what was said in another copy of a project. What was said has an identity and says what it replaces, so that it does not matter
 * which copy takes over from which, in which order or how often: in the end all that did hold the same.
 */

import * as v from 'valibot';

import { verdictKinds } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { EntryAction } from './entry.js';

/** A moment that a clock may show. */
const moment = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15));
const text = v.pipe(v.string(), v.maxLength(100_000));
const content = v.nullable(v.pipe(v.string(), v.maxLength(64)));
const json = v.pipe(text, v.parseJson());
const decided = v.object({ kind: v.picklist(verdictKinds), correctedLabels: v.array(text), note: text, at: moment });

/** An entry of the other copy as it lies there: nothing of what others wrote is taken for granted. */
const foreignSchema = v.object({
  row: v.number(),
  id: v.pipe(v.string(), v.uuid()),
  step: v.pipe(v.string(), v.uuid()),
  at: moment,
  name: text,
  action: v.picklist(['give', 'clear', 'undo', 'redo'] satisfies readonly EntryAction[]),
  file: text,
  sha256: content,
  verdict: v.nullable(v.pipe(json, decided, v.transform(JSON.stringify))),
  names: v.pipe(json, v.array(v.pipe(v.string(), v.uuid())), v.transform(JSON.stringify)),
  /** Content that it turned out to be of. */
  bound: content,
});
type ForeignRow = v.InferOutput<typeof foreignSchema>;

/** What came of it. */
export interface TakenOver {
  /** Decisions that this copy did not know; undoing and clearing is not counted. */
  readonly verdicts: number;
  /** Decisions of the other copy that this one knew already. */
  readonly known: number;
  /** Whose decisions were new. */
  readonly reviewers: readonly string[];
  /** Files of which anything new is known. */
  readonly files: readonly string[];
}

/** Entries taken over at a time: between two such parts it may be given up, and goes on when it is begun again. */
const part = 500;

const foreignSql = `
  SELECT e.row, e.id, e.step, e.at, r.name, e.action, e.file, e.sha256, e.verdict, e.names, b.sha256 AS bound
  FROM entries AS e JOIN reviewers AS r ON r.id = e.reviewer LEFT JOIN bindings AS b ON b.entry = e.id
  WHERE e.row > ? ORDER BY e.row LIMIT ${String(part)}`;

const entrySql = `
  INSERT OR IGNORE INTO entries (id, step, at, reviewer, action, file, sha256, verdict, names)
  VALUES (?, ?, ?, (SELECT id FROM reviewers WHERE name = ?), ?, ?, ?, ?, ?)`;

/** Where the copies found different contents, all of them keep the same one. */
const bindingSql = `
  INSERT INTO bindings (entry, sha256) VALUES (?, ?)
  ON CONFLICT (entry) DO UPDATE SET sha256 = excluded.sha256 WHERE excluded.sha256 < sha256`;

/** Adds what is not known yet to the open file `into`. */
class Takeover {
  readonly #into: SqliteFile;
  readonly #files = new Set<string>();
  readonly #reviewers = new Set<string>();
  #verdicts = 0;
  #known = 0;

  constructor(into: SqliteFile) {
    this.#into = into;
  }

  take(rows: readonly ForeignRow[]): void {
    this.#into.transaction(() => {
      for (const row of rows) this.#takeOne(row);
    });
  }

  told(): TakenOver {
    return {
      verdicts: this.#verdicts,
      known: this.#known,
      reviewers: [...this.#reviewers].sort(),
      files: [...this.#files].sort(),
    };
  }

  #takeOne({ id, step, at, name, action, file, sha256, verdict, names, bound }: ForeignRow): void {
    const into = this.#into;
    into.prepare<never>('INSERT OR IGNORE INTO reviewers (name) VALUES (?)').run(name);
    const isNew =
      into.prepare<never>(entrySql).run(id, step, at, name, action, file, sha256, verdict, names).changes > 0;
    const isBound = bound !== null && into.prepare<never>(bindingSql).run(id, bound).changes > 0;
    if (isNew || isBound) this.#files.add(file);
    if (verdict === null) return;
    if (!isNew) this.#known += 1;
    else {
      this.#verdicts += 1;
      this.#reviewers.add(name);
    }
  }
}

/** @throws AppError `PROJECT_DAMAGED` for what no Hognose wrote. */
function checked(rows: readonly unknown[], other: string): readonly ForeignRow[] {
  const read = v.safeParse(v.array(foreignSchema), rows);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new AppError(
    'PROJECT_DAMAGED',
    `The verdicts of ${other} are damaged: ${v.getDotPath(issue) ?? 'an entry'}: ${issue.message}`,
    'Get another copy of it; what was taken over until there stays.',
  );
}

/**
 * Adds everything that was said in the open file `from`, which is left as it is, to `into`; `other` names where that lies.
 * @throws AppError `PROJECT_DAMAGED`, `DISK_FULL`; what was taken over until then stays.
 */
export function* takeOver(into: SqliteFile, from: SqliteFile, other: string): Generator<Progress, TakenOver, void> {
  const total = from.prepare<{ count: number }>('SELECT count(*) AS count FROM entries').get()?.count ?? 0;
  const foreign = from.prepare<{ row: number }>(foreignSql);
  const takeover = new Takeover(into);
  let done = 0;
  for (let rows = foreign.all(0); rows.length > 0; rows = foreign.all(rows.at(-1)?.row ?? 0)) {
    takeover.take(checked(rows, other));
    done += rows.length;
    yield { done, total };
  }
  return takeover.told();
}
