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
  INSERT INTO entries (id, step, at, reviewer, action, file, sha256, verdict, names)
  VALUES (?, ?, ?, (SELECT id FROM reviewers WHERE name = ?), ?, ?, ?, ?, ?)`;

/** Where the copies found different contents, all of them keep the same one. */
const bindingSql = `
  INSERT INTO bindings (entry, sha256) VALUES (?, ?)
  ON CONFLICT (entry) DO UPDATE SET sha256 = excluded.sha256 WHERE excluded.sha256 < sha256`;

const knownSql = 'SELECT step, file, verdict, names FROM entries WHERE id = ?';

/** Adds what is not known yet to the open file `into`. */
class Takeover {
  readonly #into: SqliteFile;
  readonly #other: string;
  readonly #files = new Set<string>();
  readonly #reviewers = new Set<string>();
  #verdicts = 0;
  #known = 0;

  constructor(into: SqliteFile, other: string) {
    this.#into = into;
    this.#other = other;
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

  #takeOne(row: ForeignRow): void {
    const { id, step, at, name, action, file, sha256, verdict, names, bound } = row;
    const into = this.#into;
    const known = into.prepare<Pick<ForeignRow, 'step' | 'file' | 'verdict' | 'names'>>(knownSql).get(id);
    const isNew = known === undefined;
    const isSame = isNew || (['step', 'file', 'verdict', 'names'] as const).every((key) => known[key] === row[key]);
    if (!isSame || names.includes(id)) throw damaged(this.#other, `the entry ${id} is not what it was`);
    if (isNew) {
      into.prepare<never>('INSERT OR IGNORE INTO reviewers (name) VALUES (?)').run(name);
      into.prepare<never>(entrySql).run(id, step, at, name, action, file, sha256, verdict, names);
    }
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

function damaged(other: string, why: string): AppError {
  return new AppError(
    'PROJECT_DAMAGED',
    `The verdicts of ${other} are damaged: ${why}.`,
    'Get another copy of it; what was taken over until there stays.',
  );
}

/** @throws AppError `PROJECT_DAMAGED` for what no Hognose wrote. */
function checked(rows: readonly unknown[], other: string): readonly ForeignRow[] {
  const read = v.safeParse(v.array(foreignSchema), rows);
  if (read.success) return read.output;
  const [issue] = read.issues;
  const row = rows[Number(v.getDotPath(issue)?.split('.')[0])] as { readonly row?: unknown } | undefined;
  throw damaged(other, `entry ${String(row?.row)} of their journal is none that Hognose writes`);
}

/** Where it is taken over from. */
export interface Whence {
  /** The folder of the other project. */
  readonly other: string;
  /** Whether a file is in the dataset here. */
  readonly isHere: (file: string) => boolean;
}

/** What is taken over is never taken back: of another dataset it would stay for ever. */
function refuseForeign(from: SqliteFile, { other, isHere }: Whence): void {
  const files = from.prepareArrays<readonly [string]>('SELECT DISTINCT file FROM entries').all();
  if (files.length === 0 || files.some(([file]) => isHere(file))) return;
  throw new AppError(
    'BAD_USAGE',
    `None of the ${files.length.toLocaleString('en')} files that ${other} judges is in the dataset of this project.`,
    'Choose a copy of this project; where its dataset is not listed yet, list it first.',
  );
}

/**
 * Adds everything that was said in the open file `from`, which is left as it is, to `into`.
 * @throws AppError `PROJECT_DAMAGED`, `DISK_FULL`; what was taken over until then stays. `BAD_USAGE` where all of it is of files that are not here.
 */
export function* takeOver(
  into: SqliteFile,
  from: SqliteFile,
  { other, isHere }: Whence,
): Generator<Progress, TakenOver, void> {
  refuseForeign(from, { other, isHere });
  const total = from.prepare<{ count: number }>('SELECT count(*) AS count FROM entries').get()?.count ?? 0;
  const foreign = from.prepare<{ row: number }>(foreignSql);
  const takeover = new Takeover(into, other);
  let done = 0;
  for (let rows = foreign.all(0); rows.length > 0; rows = foreign.all(rows.at(-1)?.row ?? 0)) {
    takeover.take(checked(rows, other));
    done += rows.length;
    yield { done, total };
  }
  return takeover.told();
}
