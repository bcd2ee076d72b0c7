/** The journal of verdicts: every give, clear, undo and redo as appended rows, one a file, from which both undo stacks of a reviewer are read. */

import { type JournalEntry, verdictKinds, type Verdict } from '../../shared/audit.js';
import type { SqliteFile } from '../database/sqlite.js';

/** A standing verdict with the content it was given for. */
export interface KeptVerdict {
  readonly verdict: Verdict;
  /** Hexadecimal; null when the content was not known yet. */
  readonly sha256: string | null;
}

/** What became of the reviewer's verdict on one file. */
export interface FileStep {
  readonly file: string;
  readonly before: KeptVerdict | null;
  readonly after: KeptVerdict | null;
}

/** What one step changed, done and undone as a whole; never empty, each file once. */
export type Step = readonly FileStep[];

type Action = JournalEntry['action'];

/** A row of the journal as it is told. */
export interface JournalStep extends Pick<JournalEntry, 'at' | 'reviewer' | 'action'> {
  readonly after: KeptVerdict | null;
}

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
export const newestSql = `SELECT ${columns} FROM journal WHERE reviewer = ? AND head IS NULL ORDER BY id DESC LIMIT 1`;
export const restOfStepSql = `SELECT ${columns} FROM journal WHERE head = ? ORDER BY id`;
export const historySql = `
  SELECT journal.at, journal.action, journal.after, reviewers.name FROM journal JOIN reviewers ON reviewers.id = journal.reviewer
  WHERE journal.file = ? ORDER BY journal.id`;

const parse = (text: string | null): KeptVerdict | null => (text === null ? null : (JSON.parse(text) as KeptVerdict));
const print = (kept: KeptVerdict | null): string | null => (kept === null ? null : JSON.stringify(kept));

/** Appends to and reads the `journal` table; the caller holds the transaction. */
export class Journal {
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

  /** Everything that happened to a file, oldest first, by all reviewers. */
  history(file: string): JournalStep[] {
    return this.#file
      .prepare<{ at: number; action: Action; after: string | null; name: string }>(historySql)
      .all(file)
      .map((row) => ({
        at: row.at,
        reviewer: row.name,
        action: row.action,
        after: parse(row.after),
      }));
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
export function verdictKindOf(text: string): Verdict['kind'] | null {
  return verdictKinds.find((kind) => kind === text) ?? null;
}
