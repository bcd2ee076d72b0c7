/** The ledger of a project: which tasks it was given, and what of them is done. Resuming is doing what the ledger lacks. */

import type { ImageId } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { SqliteFile } from '../database/sqlite.js';
import { readTask, type Task, taskText } from './task.js';

/** What came of an image. */
export type TaskOutcome = 'done' | 'passed over';
/** How a task ended. */
export type TaskEnd = 'done' | 'cancelled' | 'failed';

/** Ended tasks that are remembered. */
const remembered = 100;

const notedSql = 'SELECT image FROM ledger WHERE task = ?';

export class Ledger {
  readonly #audit: SqliteFile;

  constructor(audit: SqliteFile) {
    this.#audit = audit;
  }

  /**
   * Takes a task on; one that is known goes on where it was, also when it had ended otherwise.
   * @throws AppError `BAD_USAGE` for one that is known as another.
   */
  begin(task: Task): void {
    const known = this.#audit.prepare<{ value: string }>('SELECT value FROM tasks WHERE id = ?').get(task.id);
    if (known !== undefined && known.value !== taskText(task)) {
      throw new AppError('BAD_USAGE', 'The task was changed since the project knows it.', 'Write it anew.');
    }
    this.#audit
      .prepare<never>(
        "INSERT INTO tasks (id, value, state) VALUES (?, ?, 'open') ON CONFLICT (id) DO UPDATE SET state = 'open' WHERE state <> 'done'",
      )
      .run(task.id, taskText(task));
  }

  /** Puts another task in the place of one with its id, of which nothing is noted yet. */
  replace(task: Task): void {
    this.#audit.prepare<never>('UPDATE tasks SET value = ? WHERE id = ?').run(taskText(task), task.id);
  }

  /** Tasks that have not ended, those taken on first at the front; such as an earlier version cannot read are left alone. */
  open(): readonly Task[] {
    const rows = this.#audit
      .prepare<{ value: string }>("SELECT value FROM tasks WHERE state = 'open' ORDER BY rowid")
      .all();
    return rows.flatMap(({ value }) => {
      try {
        return readTask(value, 'A task of the ledger');
      } catch {
        // The others are gone on with all the same.
        return [];
      }
    });
  }

  /** Notes what came of an image. */
  note(task: string, image: ImageId, outcome: TaskOutcome): void {
    this.#audit
      .prepare<never>('INSERT OR IGNORE INTO ledger (task, image, outcome) VALUES (?, ?, ?)')
      .run(task, image, outcome);
  }

  /** The images of a task of which nothing is noted, in its order; none of one that is done. */
  lacks({ id, images }: Task): readonly ImageId[] {
    const known = this.#audit.prepare<{ state: string }>('SELECT state FROM tasks WHERE id = ?').get(id);
    if (known?.state === 'done') return [];
    const noted = new Set(
      this.#audit
        .prepareArrays<readonly [number]>(notedSql)
        .all(id)
        .map(([image]) => image),
    );
    return images.filter((image) => !noted.has(image));
  }

  /** A task ended: what was noted of its images goes when it is done, and of those that ended the oldest are forgotten. */
  end(task: string, end: TaskEnd): void {
    this.#audit.transaction(() => {
      this.#audit.prepare<never>('UPDATE tasks SET state = ? WHERE id = ?').run(end, task);
      if (end === 'done') this.#audit.prepare<never>('DELETE FROM ledger WHERE task = ?').run(task);
      const old = "SELECT id FROM tasks WHERE state <> 'open' ORDER BY rowid DESC LIMIT -1 OFFSET ?";
      this.#audit.prepare<never>(`DELETE FROM ledger WHERE task IN (${old})`).run(remembered);
      this.#audit.prepare<never>(`DELETE FROM tasks WHERE id IN (${old})`).run(remembered);
    });
  }
}
