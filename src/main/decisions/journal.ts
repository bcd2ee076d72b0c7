/** The journal of verdicts: every give, clear, undo and redo as appended entries, one a file, and both undo stacks of each reviewer in this copy. */

import { v7 } from 'uuid';

import { type Verdict } from '../../shared/audit.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { Entry, EntryAction } from './entry.js';

/** What an entry says, without what the journal adds: who, when, in which step. */
export type Said = Pick<Entry, 'file' | 'sha256' | 'verdict' | 'names'>;

interface EntryRow {
  readonly id: string;
  readonly step: string;
  readonly at: number;
  readonly name: string;
  readonly action: EntryAction;
  readonly file: string;
  readonly sha256: string | null;
  readonly verdict: string | null;
  readonly names: string;
}

/** A step of this copy, by the row of its first entry. */
interface StepRow {
  readonly row: number;
  readonly id: string;
  readonly at: number;
  readonly action: EntryAction;
  readonly of: number | null;
  readonly below: number | null;
  readonly rest: number | null;
}

/** The steps that the next undo and redo would concern; a redo top is the undo that it takes back. */
interface Tops {
  readonly undo: number | null;
  readonly redo: number | null;
}

const entryColumns = `
  entries.id, entries.step, entries.at, reviewers.name, entries.action, entries.file,
  coalesce(entries.sha256, bindings.sha256) AS sha256, entries.verdict, entries.names
  FROM entries JOIN reviewers ON reviewers.id = entries.reviewer LEFT JOIN bindings ON bindings.entry = entries.id`;
export const entriesOfFileSql = `SELECT ${entryColumns} WHERE entries.file = ? ORDER BY entries.row`;
export const entriesOfStepSql = `SELECT ${entryColumns} WHERE entries.step = ? ORDER BY entries.row`;
const allEntriesSql = `SELECT ${entryColumns} ORDER BY entries.file, entries.row`;
const stepColumns =
  'steps.row, entries.id, entries.at, entries.action, steps."of", steps.below, steps.rest FROM steps JOIN entries USING (row)';
export const newestSql = `SELECT ${stepColumns} WHERE steps.reviewer = ? ORDER BY steps.row DESC LIMIT 1`;
const stepSql = `SELECT ${stepColumns} WHERE steps.row = ?`;

/** Files whose entries are remembered: those on screen and around. */
const mostRead = 1000;

/** Makes the id of an entry; the next of a step differs from the one before. */
export type NewId = (entry: Said & { readonly at: number }) => string;

const randomId: NewId = ({ at }) => v7({ msecs: at });

/** Appends to and reads the tables `entries` and `steps`; the caller holds the transaction. */
export class Journal {
  readonly #file: SqliteFile;
  readonly #newId: NewId;
  readonly #read = new Map<string, readonly Entry[]>();

  constructor(file: SqliteFile, newId: NewId = randomId) {
    this.#file = file;
    this.#newId = newId;
  }

  /** Whether there is something to undo and to redo for a reviewer. */
  can(reviewer: number): { readonly undo: boolean; readonly redo: boolean } {
    const tops = this.#tops(reviewer);
    return { undo: tops.undo !== null, redo: tops.redo !== null };
  }

  /**
   * The reviewer's newest step, where it is this action of this moment; null otherwise. A step that was kept but not acknowledged is asked for
   * once more, with the moment it was given first.
   */
  done(reviewer: number, action: EntryAction, at: number): readonly Entry[] | null {
    const newest = this.#newest(reviewer);
    return newest?.action === action && newest.at === at ? this.#entriesOfStep(newest.id) : null;
  }

  /** A new give or clear: it goes on the undo stack, and the redo stack is empty from here on. */
  append(reviewer: number, action: 'give' | 'clear', at: number, said: readonly Said[]): readonly Entry[] {
    return this.#insert({ reviewer, action, at }, said, { of: null, below: this.#tops(reviewer).undo, rest: null });
  }

  /** Takes back the newest step; null when there is none. */
  undo(reviewer: number, at: number): readonly Entry[] | null {
    const tops = this.#tops(reviewer);
    if (tops.undo === null) return null;
    const step = this.#step(tops.undo);
    const said = this.#entriesOfStep(step.id).map(({ id, file, sha256 }) => ({
      file,
      sha256,
      verdict: null,
      names: [id],
    }));
    return this.#insert({ reviewer, action: 'undo', at }, said, { of: step.row, below: tops.redo, rest: step.below });
  }

  /** Says again what the newest undo took back, as `again` has it now; null when there is none. */
  redo(reviewer: number, at: number, again: (entry: Entry) => Said): readonly Entry[] | null {
    const tops = this.#tops(reviewer);
    if (tops.redo === null) return null;
    const undone = this.#step(tops.redo);
    const said = this.#entriesOfStep(this.#step(undone.of ?? 0).id).map(again);
    return this.#insert({ reviewer, action: 'redo', at }, said, {
      of: undone.row,
      below: tops.undo,
      rest: undone.below,
    });
  }

  /** Everything that was said of a file, in the order in which this copy heard of it. */
  entriesOf(file: string): readonly Entry[] {
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    const entries = this.#file.prepare<EntryRow>(entriesOfFileSql).all(file).map(entryOf);
    if (this.#read.size >= mostRead) this.#read.clear();
    this.#read.set(file, entries);
    return entries;
  }

  /** What was read of a file, or of all, may be another by now. */
  forget(file?: string): void {
    if (file === undefined) this.#read.clear();
    else this.#read.delete(file);
  }

  /** Everything that was said, by file. */
  byFile(): ReadonlyMap<string, readonly Entry[]> {
    const files = new Map<string, Entry[]>();
    for (const row of this.#file.prepare<EntryRow>(allEntriesSql).all()) {
      const known = files.get(row.file);
      if (known === undefined) files.set(row.file, [entryOf(row)]);
      else known.push(entryOf(row));
    }
    return files;
  }

  #entriesOfStep(id: string): readonly Entry[] {
    return this.#file.prepare<EntryRow>(entriesOfStepSql).all(id).map(entryOf);
  }

  /**
   * The stacks after the reviewer's newest step. A give or clear is itself the undo top and ends the redo stack; an undo is itself the redo
   * top and `rest` the undo top; a redo is itself the undo top and `rest` the redo top.
   */
  #tops(reviewer: number): Tops {
    const newest = this.#newest(reviewer);
    switch (newest?.action) {
      case undefined:
        return { undo: null, redo: null };
      case 'give':
      case 'clear':
        return { undo: newest.row, redo: null };
      case 'undo':
        return { undo: newest.rest, redo: newest.row };
      case 'redo':
        return { undo: newest.row, redo: newest.rest };
    }
  }

  #newest(reviewer: number): StepRow | undefined {
    return this.#file.prepare<StepRow>(newestSql).get(reviewer);
  }

  #step(row: number): StepRow {
    const found = this.#file.prepare<StepRow>(stepSql).get(row);
    if (found === undefined) throw new Error(`The journal has no step ${String(row)}.`);
    return found;
  }

  #insert(
    { reviewer, action, at }: { readonly reviewer: number; readonly action: EntryAction; readonly at: number },
    said: readonly Said[],
    { of, below, rest }: Pick<StepRow, 'of' | 'below' | 'rest'>,
  ): readonly Entry[] {
    if (said.length === 0) throw new Error('A step of the journal concerns no file.');
    const insert = this.#file.prepare<never>(
      'INSERT INTO entries (id, step, at, reviewer, action, file, sha256, verdict, names) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    let step: string | undefined;
    for (const one of said) {
      const id = this.#newId({ ...one, at });
      const { file, sha256, verdict, names } = one;
      const { id: row } = insert.run(
        id,
        step ?? id,
        at,
        reviewer,
        action,
        file,
        sha256,
        verdict === null ? null : printed(verdict),
        JSON.stringify(names),
      );
      if (step === undefined) {
        this.#file
          .prepare<never>('INSERT INTO steps (row, reviewer, "of", below, rest) VALUES (?, ?, ?, ?, ?)')
          .run(row, reviewer, of, below, rest);
      }
      step ??= id;
      this.forget(file);
    }
    return this.#entriesOfStep(step ?? '');
  }
}

/** Who decided stands in the column of reviewers. */
function printed({ kind, correctedLabels, note, at }: Verdict): string {
  return JSON.stringify({ kind, correctedLabels, note, at });
}

function entryOf({ name, verdict, names, ...row }: EntryRow): Entry {
  const decided = verdict === null ? null : (JSON.parse(verdict) as Omit<Verdict, 'reviewer'>);
  return {
    ...row,
    reviewer: name,
    verdict: decided === null ? null : { ...decided, reviewer: name },
    names: JSON.parse(names) as readonly string[],
  };
}
