/** What people decided: the standing verdict of each reviewer on each file, durable before a call returns. */

import type { JournalEntry, Verdict } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { type FileStep, Journal, type KeptVerdict, type Step, verdictKindOf } from './journal.js';
import type { SqliteFile } from '../database/sqlite.js';

/** A decision as it is given: the rest of a {@link Verdict} is who and when. */
export type GivenVerdict = Pick<Verdict, 'kind' | 'correctedLabels' | 'note'>;

/** A file to judge and the content it has; null when that is not known yet. */
export interface JudgedFile {
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
export const standingSql = sql('ORDER BY verdicts.at DESC, verdicts.reviewer DESC');
const ownSql = sql('AND verdicts.reviewer = ?');
/** Every verdict on a file that was given for a content not known then and is not bound yet, also where it does not stand now. */
export const bindSql = `
  INSERT OR IGNORE INTO bindings (file, reviewer, at, sha256)
  SELECT file, reviewer, at, ? FROM journal
  WHERE file = ? AND action = 'give' AND json_extract(after, '$.sha256') IS NULL`;
export const boundSql = `
  SELECT reviewers.name, bindings.at, bindings.sha256 FROM bindings JOIN reviewers ON reviewers.id = bindings.reviewer
  WHERE bindings.file = ?`;

function keptOf(row: Row): KeptVerdict | null {
  const kind = verdictKindOf(row.kind);
  if (kind === null) return null;
  const correctedLabels = JSON.parse(row.corrected) as readonly string[];
  return { verdict: { kind, correctedLabels, note: row.note, reviewer: row.name, at: row.at }, sha256: row.sha256 };
}

/** Stands for the content of a file that could not be read when the verdict on it was given. */
export const unreadableContent = 'unreadable';

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

  /** Everything that happened to a file whose content is `sha256` now, oldest first, by all reviewers. */
  history(file: string, sha256: string | null): JournalEntry[] {
    const key = (at: number, name: string): string => `${String(at)} ${name}`;
    const bindings = this.#file.prepare<Pick<Row, 'name' | 'at' | 'sha256'>>(boundSql).all(file);
    const bound = new Map(bindings.map(({ at, name, sha256: content }) => [key(at, name), content]));
    return this.#journal.history(file).map(({ after, ...entry }) => {
      if (after === null) return { ...entry, verdict: null, ofOtherPicture: false };
      const { verdict } = after;
      const content = after.sha256 ?? bound.get(key(verdict.at, verdict.reviewer)) ?? null;
      return { ...entry, verdict, ofOtherPicture: !holds({ verdict, sha256: content }, sha256) };
    });
  }

  /** Verdicts on a file that were given before its content was known, and are not bound yet, belong to this one. */
  bind(file: string, sha256: string): void {
    this.#file.prepare<never>(bindSql).run(sha256, file);
  }

  /** Every file that has a verdict of anybody. */
  files(): string[] {
    return this.#file
      .prepare<{ file: string }>('SELECT DISTINCT file FROM verdicts ORDER BY file')
      .all()
      .map((row) => row.file);
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
