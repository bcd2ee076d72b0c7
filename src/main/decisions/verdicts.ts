/** What people decided: verdicts on files that are given, taken away, undone and redone, durable before a call returns. */

import type { JournalEntry, Verdict } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { Entry, EntryAction } from './entry.js';
import { Journal, type Said } from './journal.js';
import { clearing, deciding, type JudgedFile } from './said.js';
import { holdsFor, type Standing, standingOn } from './standing-verdict.js';

/** A decision as it is given: the rest of a {@link Verdict} is who and when. */
export type GivenVerdict = Pick<Verdict, 'kind' | 'correctedLabels' | 'note'>;

/** What became of the verdict on one file. */
export interface FileStep {
  readonly file: string;
  readonly before: Verdict | null;
  readonly after: Verdict | null;
}

/** What one step changed, done and undone as a whole; each file once. */
export type Step = readonly FileStep[];

/** Every verdict on a file that was given for a content not known then and is not bound yet, also where it does not stand now. */
export const bindSql = `
  INSERT OR IGNORE INTO bindings (entry, sha256)
  SELECT id, ? FROM entries WHERE file = ? AND verdict IS NOT NULL AND sha256 IS NULL`;

/** Stands for the content of a file that could not be read when the verdict on it was given. */
export const unreadableContent = 'unreadable';

function nothingTo(name: 'undo' | 'redo'): never {
  throw new AppError('NOTHING_TO_UNDO', `There is no verdict of yours to ${name}.`);
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

  /** Gives one verdict on each of these files in place of what stands there, as one step; returns it. Of no files, nothing happens. */
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
    return this.#once('give', at, () =>
      this.#journal.append(
        this.#reviewerId(),
        'give',
        at,
        files.map((judged) => this.#deciding(judged, verdict)),
      ),
    );
  }

  /** Takes away the reviewer's own verdicts on these files, as one step; those without one are not in it, and nothing happens when none has one. */
  clear(files: readonly JudgedFile[], at: number): Step {
    return this.#once('clear', at, () => {
      const said = files.map((judged) => this.#clearing(judged)).filter(({ names }) => names.length > 0);
      return said.length === 0 ? [] : this.#journal.append(this.#reviewerId(), 'clear', at, said);
    });
  }

  /** Takes back the reviewer's newest step in this copy; returns what that changed. @throws AppError `NOTHING_TO_UNDO`. */
  undo(at: number): Step {
    return this.#once('undo', at, () => this.#journal.undo(this.#reviewerId(), at) ?? nothingTo('undo'));
  }

  /** Does again what was undone last, as a decision made now; returns what that changed. @throws AppError `NOTHING_TO_UNDO`. */
  redo(at: number): Step {
    const again = ({ file, sha256, verdict }: Entry): Said =>
      verdict === null ? this.#clearing({ file, sha256 }) : this.#deciding({ file, sha256 }, verdict);
    return this.#once('redo', at, () => this.#journal.redo(this.#reviewerId(), at, again) ?? nothingTo('redo'));
  }

  /** What stands on a file that holds this content. */
  standing(file: string, sha256: string | null): Standing {
    return standingOn(this.#journal.entriesOf(file), sha256);
  }

  /** The same of many files: the journal is read once. */
  standingOnMany(files: readonly JudgedFile[]): readonly Standing[] {
    const byFile = this.#journal.byFile();
    return files.map(({ file, sha256 }) => standingOn(byFile.get(file) ?? [], sha256));
  }

  /** Everything that happened to a file whose content is `sha256` now, in its order whatever the clocks say, by all reviewers. */
  history(file: string, sha256: string | null): JournalEntry[] {
    const entries = this.#journal.entriesOf(file);
    const own = new OwnVerdicts();
    return entries.map((entry) => {
      const { at, reviewer, action } = entry;
      const verdict = own.after(entry);
      return { at, reviewer, action, verdict, ofOtherPicture: verdict !== null && !holdsFor(entry.sha256, sha256) };
    });
  }

  /** Verdicts on a file that were given before its content was known, and are not bound yet, belong to this one. */
  bind(file: string, sha256: string): void {
    if (this.#file.prepare<never>(bindSql).run(sha256, file).changes > 0) this.#journal.forget(file);
  }

  /** Others wrote to the file: what was read of it may be another by now. */
  forget(): void {
    this.#journal.forget();
  }

  /** Every file that anything was said of. */
  files(): string[] {
    return this.#file
      .prepare<{ file: string }>('SELECT DISTINCT file FROM entries ORDER BY file')
      .all()
      .map((row) => row.file);
  }

  /** Takes a step whole or not at all; one that was taken before its process died is not taken twice. */
  #once(action: EntryAction, at: number, take: () => readonly Entry[]): Step {
    try {
      return this.#file.transaction(() => {
        const reviewer = this.#knownReviewer();
        const done = reviewer === undefined ? null : this.#journal.done(reviewer, action, at);
        return this.#stepOf(done ?? take());
      });
    } catch (error) {
      this.#journal.forget();
      throw error;
    }
  }

  #stepOf(entries: readonly Entry[]): Step {
    const ids = new Set(entries.map(({ id }) => id));
    return entries.map(({ file, sha256 }) => {
      const all = this.#journal.entriesOf(file);
      const others = all.filter(({ id }) => !ids.has(id));
      return { file, before: standingOn(others, sha256).verdict, after: standingOn(all, sha256).verdict };
    });
  }

  #deciding(judged: JudgedFile, verdict: Verdict): Said {
    return deciding(judged, verdict, this.#journal.entriesOf(judged.file));
  }

  #clearing(judged: JudgedFile): Said {
    return clearing(judged, this.#name, this.#journal.entriesOf(judged.file));
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

/** What each reviewer's own verdict on a file was after each of its entries, which are told one after the other. */
class OwnVerdicts {
  readonly #entries = new Map<string, Entry>();
  readonly #decisions = new Map<string, Entry[]>();
  /** Decisions that were taken away, and clears that were undone. */
  readonly #gone = new Set<string>();

  /** The verdict of who said it, once it was said. */
  after(entry: Entry): Verdict | null {
    this.#entries.set(entry.id, entry);
    const own = this.#decisions.get(entry.reviewer) ?? [];
    this.#decisions.set(entry.reviewer, own);
    if (entry.verdict !== null) own.push(entry);
    else for (const id of entry.names) this.#takeAway(id);
    return own.findLast(({ id }) => !this.#gone.has(id))?.verdict ?? null;
  }

  #takeAway(id: string): void {
    this.#gone.add(id);
    const entry = this.#entries.get(id);
    // What a clear took away that is undone is there again.
    if (entry?.verdict === null) for (const back of entry.names) this.#gone.delete(back);
  }
}
