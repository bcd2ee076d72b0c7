/** Verdicts as the version before entries kept them, frozen: writes the journals that are taken over. */

import { AppError } from '../../../src/shared/errors.js';
import { type JournalEntry, type Verdict, verdictKinds } from '../../../src/shared/audit.js';
import type { SqliteFile } from '../../../src/main/database/sqlite.js';

/** A standing verdict with the content it was given for. */
interface KeptVerdict {
  readonly verdict: Verdict;
  /** Hexadecimal; null when the content was not known yet. */
  readonly sha256: string | null;
}

/** What became of the reviewer's verdict on one file. */
interface FileStep {
  readonly file: string;
  readonly before: KeptVerdict | null;
  readonly after: KeptVerdict | null;
}

/** What one step changed, done and undone as a whole; never empty, each file once. */
type Step = readonly FileStep[];

type Action = JournalEntry['action'];

interface Row {
  readonly id: number;
  readonly at: number;
  readonly action: Action;
  readonly file: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly step: number | null;
  readonly below: number | null;
  readonly rest: number | null;
}

/** Ids of the heads of the steps that the next undo and redo would concern; a redo top is the undo row it takes back. */
interface Tops {
  readonly undo: number | null;
  readonly redo: number | null;
}

const columns = 'id, at, action, file, before, after, step, below, rest';
const newestSql = `SELECT ${columns} FROM journal WHERE reviewer = ? AND head IS NULL ORDER BY id DESC LIMIT 1`;
const restOfStepSql = `SELECT ${columns} FROM journal WHERE head = ? ORDER BY id`;
const parse = (text: string | null): KeptVerdict | null => (text === null ? null : (JSON.parse(text) as KeptVerdict));
const print = (kept: KeptVerdict | null): string | null => (kept === null ? null : JSON.stringify(kept));

/** Appends to and reads the `journal` table; the caller holds the transaction. */
class Journal {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  /** Whether there is something to undo and to redo for a reviewer. */
  can(reviewer: number): { readonly undo: boolean; readonly redo: boolean } {
    const tops = this.#tops(reviewer);
    return { undo: tops.undo !== null, redo: tops.redo !== null };
  }

  /**
   * What the reviewer's newest step changed, where it is this action of this moment; null otherwise. A step that was kept but not
   * acknowledged is asked for once more, with the moment it was given first.
   */
  done(reviewer: number, action: Action, at: number): Step | null {
    const newest = this.#file.prepare<Row>(newestSql).get(reviewer);
    return newest?.action === action && newest.at === at ? this.#step(newest) : null;
  }

  /** A new give or clear: it goes on the undo stack, and the redo stack is empty from here on. */
  append(reviewer: number, action: 'give' | 'clear', at: number, step: Step): void {
    this.#insert(reviewer, action, at, step, null, this.#tops(reviewer).undo, null);
  }

  /** Takes back the newest step; returns what changes, or null when there is none. */
  undo(reviewer: number, at: number): Step | null {
    const tops = this.#tops(reviewer);
    if (tops.undo === null) return null;
    const head = this.#row(tops.undo);
    const back = this.#step(head).map(({ file, before, after }) => ({ file, before: after, after: before }));
    this.#insert(reviewer, 'undo', at, back, head.id, tops.redo, head.below);
    return back;
  }

  /** Does again what the newest undo took back; returns what changes, or null when there is none. */
  redo(reviewer: number, at: number): Step | null {
    const tops = this.#tops(reviewer);
    if (tops.redo === null) return null;
    const undone = this.#row(tops.redo);
    const head = this.#row(undone.step ?? 0);
    const again = this.#step(head);
    this.#insert(reviewer, 'redo', at, again, head.id, null, undone.below);
    return again;
  }

  /**
   * The stacks after the reviewer's newest step, told by its head. A give or clear is itself the undo top and ends the redo stack; an undo
   * is itself the redo top and `rest` the undo top; a redo puts its step back on the undo stack and `rest` is the redo top.
   */
  #tops(reviewer: number): Tops {
    const newest = this.#file.prepare<Row>(newestSql).get(reviewer);
    switch (newest?.action) {
      case undefined:
        return { undo: null, redo: null };
      case 'give':
      case 'clear':
        return { undo: newest.id, redo: null };
      case 'undo':
        return { undo: newest.rest, redo: newest.id };
      case 'redo':
        return { undo: newest.step, redo: newest.rest };
    }
  }

  #row(id: number): Row {
    const row = this.#file.prepare<Row>(`SELECT ${columns} FROM journal WHERE id = ?`).get(id);
    if (row === undefined) throw new Error(`The journal has no row ${String(id)}.`);
    return row;
  }

  /** Everything that the step of this head changed. */
  #step(head: Row): Step {
    const rest = this.#file.prepare<Row>(restOfStepSql).all(head.id);
    return [head, ...rest].map(({ file, before, after }) => ({ file, before: parse(before), after: parse(after) }));
  }

  /** Appends a step: the head with its place on the stacks, then a row for each further file. */
  #insert(
    reviewer: number,
    action: Action,
    at: number,
    [first, ...others]: Step,
    step: number | null,
    below: number | null,
    rest: number | null,
  ): void {
    if (first === undefined) throw new Error('A step of the journal concerns no file.');
    const insert = this.#file.prepare<never>(
      'INSERT INTO journal (at, reviewer, action, file, before, after, step, below, rest, head) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    const { file, before, after } = first;
    const head = insert.run(at, reviewer, action, file, print(before), print(after), step, below, rest, null).id;
    for (const other of others) {
      const { file: name, before: was, after: is } = other;
      insert.run(at, reviewer, action, name, print(was), print(is), null, null, null, head);
    }
  }
}

/** A stored kind as the type; null for a kind this version does not know. */
function verdictKindOf(text: string): Verdict['kind'] | null {
  return verdictKinds.find((kind) => kind === text) ?? null;
}

/** A decision as it is given: the rest of a {@link Verdict} is who and when. */
type GivenVerdict = Pick<Verdict, 'kind' | 'correctedLabels' | 'note'>;

/** A file to judge and the content it has; null when that is not known yet. */
interface JudgedFile {
  readonly file: string;
  readonly sha256: string | null;
}

interface Row {
  readonly file: string;
  readonly name: string;
  readonly sha256: string | null;
  readonly kind: string;
  readonly corrected: string;
  readonly note: string;
  readonly at: number;
}

const sql = (where: string): string => `
  SELECT verdicts.file, reviewers.name, coalesce(verdicts.sha256, bindings.sha256) AS sha256,
    verdicts.kind, verdicts.corrected, verdicts.note, verdicts.at
  FROM verdicts JOIN reviewers ON reviewers.id = verdicts.reviewer
    LEFT JOIN bindings USING (file, reviewer, at)
  WHERE verdicts.file = ? ${where}`;
const standingSql = sql('ORDER BY verdicts.at DESC, verdicts.reviewer DESC');
const ownSql = sql('AND verdicts.reviewer = ?');
/** Every verdict on a file that was given for a content not known then and is not bound yet, also where it does not stand now. */
const bindSql = `
  INSERT OR IGNORE INTO bindings (file, reviewer, at, sha256)
  SELECT file, reviewer, at, ? FROM journal
  WHERE file = ? AND action = 'give' AND json_extract(after, '$.sha256') IS NULL`;
function keptOf(row: Row): KeptVerdict | null {
  const kind = verdictKindOf(row.kind);
  if (kind === null) return null;
  const correctedLabels = JSON.parse(row.corrected) as readonly string[];
  return { verdict: { kind, correctedLabels, note: row.note, reviewer: row.name, at: row.at }, sha256: row.sha256 };
}

function nothingTo(name: 'undo' | 'redo'): never {
  throw new AppError('NOTHING_TO_UNDO', `There is no verdict of yours to ${name}.`);
}

/** A verdict holds for the content it was given for; where either is not known, the name decides. */
function holds(kept: KeptVerdict, sha256: string | null): boolean {
  return kept.sha256 === null || sha256 === null || kept.sha256 === sha256;
}

/** Reads and writes `verdicts.sqlite`. Every step has a moment of its own, `at` in milliseconds since 1970, by which it is known again. */
export class Verdicts {
  readonly #file: SqliteFile;
  readonly #journal: Journal;
  #name = '';

  constructor(file: SqliteFile) {
    this.#file = file;
    this.#journal = new Journal(file);
  }

  /** Whose verdicts are given, undone and redone from now on. */
  setReviewer(name: string): void {
    this.#name = name.trim();
  }

  get canUndo(): boolean {
    const reviewer = this.#knownReviewer();
    return reviewer !== undefined && this.#journal.can(reviewer).undo;
  }

  get canRedo(): boolean {
    const reviewer = this.#knownReviewer();
    return reviewer !== undefined && this.#journal.can(reviewer).redo;
  }

  /** Gives one verdict on each of these files in place of the reviewer's earlier ones, as one step; returns it. Of no files, nothing happens. */
  give(files: readonly JudgedFile[], given: GivenVerdict, at: number): Step {
    if (files.length === 0) return [];
    const correctable = given.kind === 'wrong-label' || given.kind === 'several-labels';
    const verdict: Verdict = {
      kind: given.kind,
      correctedLabels: correctable ? [...given.correctedLabels] : [],
      note: given.note,
      reviewer: this.#name,
      at,
    };
    return this.#once('give', at, () => {
      const step = files.map(({ file, sha256 }) => ({ file, before: this.#own(file), after: { verdict, sha256 } }));
      this.#journal.append(this.#reviewerId(), 'give', at, step);
      return step;
    });
  }

  /** Takes away the reviewer's own verdicts on these files, as one step; those without one are not in it, and nothing happens when none has one. */
  clear(files: readonly string[], at: number): Step {
    return this.#once('clear', at, () => {
      const step = files
        .map((file) => ({ file, before: this.#own(file), after: null }))
        .filter(({ before }) => before !== null);
      if (step.length > 0) this.#journal.append(this.#reviewerId(), 'clear', at, step);
      return step;
    });
  }

  /** Takes back the reviewer's newest step; returns what that changed. @throws AppError `NOTHING_TO_UNDO`. */
  undo(at: number): Step {
    return this.#once('undo', at, () => this.#journal.undo(this.#reviewerId(), at) ?? nothingTo('undo'));
  }

  /** Does again what was undone last; returns what that changed. @throws AppError `NOTHING_TO_UNDO`. */
  redo(at: number): Step {
    return this.#once('redo', at, () => this.#journal.redo(this.#reviewerId(), at) ?? nothingTo('redo'));
  }

  /** The verdict to show for a file: the newest of all reviewers that holds for its content. */
  standing(file: string, sha256: string | null): Verdict | null {
    for (const row of this.#file.prepare<Row>(standingSql).all(file)) {
      const kept = keptOf(row);
      if (kept !== null && holds(kept, sha256)) return kept.verdict;
    }
    return null;
  }

  /** Verdicts on a file that were given before its content was known, and are not bound yet, belong to this one. */
  bind(file: string, sha256: string): void {
    this.#file.prepare<never>(bindSql).run(sha256, file);
  }

  /** Takes a step whole or not at all; one that was taken before its process died is not taken twice. */
  #once(action: JournalEntry['action'], at: number, take: () => Step): Step {
    return this.#file.transaction(() => {
      const reviewer = this.#knownReviewer();
      const done = reviewer === undefined ? null : this.#journal.done(reviewer, action, at);
      return done ?? this.#apply(take());
    });
  }

  #apply(step: Step): Step {
    for (const part of step) this.#applyTo(part);
    return step;
  }

  #applyTo(step: FileStep): void {
    if (step.after === null) {
      this.#file
        .prepare<never>('DELETE FROM verdicts WHERE file = ? AND reviewer = ?')
        .run(step.file, this.#reviewerId());
      return;
    }
    const { verdict, sha256 } = step.after;
    this.#file
      .prepare<never>(
        'INSERT OR REPLACE INTO verdicts (file, reviewer, sha256, kind, corrected, note, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        step.file,
        this.#reviewerId(),
        sha256,
        verdict.kind,
        JSON.stringify(verdict.correctedLabels),
        verdict.note,
        verdict.at,
      );
  }

  #own(file: string): KeptVerdict | null {
    const row = this.#file.prepare<Row>(ownSql).get(file, this.#reviewerId());
    return row === undefined ? null : keptOf(row);
  }

  #knownReviewer(): number | undefined {
    return this.#file.prepare<{ id: number }>('SELECT id FROM reviewers WHERE name = ?').get(this.#name)?.id;
  }

  /** Looked up anew each time: a row inserted by a transaction that was undone is gone again. */
  #reviewerId(): number {
    return (
      this.#knownReviewer() ?? this.#file.prepare<never>('INSERT INTO reviewers (name) VALUES (?)').run(this.#name).id
    );
  }
}
