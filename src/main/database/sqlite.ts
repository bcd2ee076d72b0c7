/** SQLite as Hognose uses it: one opened file, prepared statements, transactions, errors with a code (the only importer of better-sqlite3). */

import Database from 'better-sqlite3';
import { AppError, toAppError } from '../../shared/errors.js';
import { FileIdentity } from './file-identity.js';

/** What a column may hold; blobs are copied in and out. */
export type SqlValue = string | number | null | Uint8Array;

export interface SqliteOptions {
  /** FULL makes every commit durable against power loss; NORMAL against the death of the process. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Called before `PROJECT_DAMAGED` is thrown. */
  readonly onDamaged?: (() => void) | undefined;
  /** Milliseconds to wait for another connection's lock. */
  readonly timeout?: number | undefined;
}

function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('SQLITE_') ? error.code : undefined;
}

/** Any error of a statement on `file` as an AppError that names the file. */
function translate(error: unknown, file: string): AppError {
  const code = sqliteCode(error);
  if (code === undefined || !(error instanceof Error)) return toAppError(error);
  const [, family = ''] = code.split('_');
  switch (family) {
    case 'CORRUPT':
    case 'NOTADB':
      return new AppError(
        'PROJECT_DAMAGED',
        `The file ${file} is damaged: ${error.message}`,
        'Close the project and open it again; results of the model are computed anew, verdicts must come from a backup.',
        { cause: error },
      );
    case 'BUSY':
    case 'LOCKED':
      return new AppError(
        'PROJECT_IN_USE',
        `The file ${file} is in use.`,
        'Close the other program that has it open.',
        {
          cause: error,
        },
      );
    case 'IOERR':
      return new AppError(
        'OUTPUT_UNWRITABLE',
        `The file ${file} cannot be read or written: ${error.message}`,
        'Check that the disk is connected, healthy and not full; what was finished is kept.',
        { cause: error },
      );
    default:
      return toAppError(
        Object.assign(new Error(`${file}: ${error.message}`, { cause: error }), { code: `SQLITE_${family}` }),
      );
  }
}

/** A prepared statement whose rows have the shape `Row` (declared by the caller beside its SQL). */
export class Query<Row> {
  readonly #file: SqliteFile;
  readonly #statement: Database.Statement<SqlValue[], Row>;

  constructor(file: SqliteFile, statement: Database.Statement<SqlValue[], Row>) {
    this.#file = file;
    this.#statement = statement;
  }

  /** Runs it for its effect; returns the number of changed rows and the last inserted id. */
  run(...values: SqlValue[]): { readonly changes: number; readonly id: number } {
    const result = this.#file.guarded(() => this.#statement.run(...values));
    return { changes: result.changes, id: Number(result.lastInsertRowid) };
  }

  /** The first row. */
  get(...values: SqlValue[]): Row | undefined {
    return this.#file.guarded(() => this.#statement.get(...values));
  }

  /** All rows. */
  all(...values: SqlValue[]): Row[] {
    return this.#file.guarded(() => this.#statement.all(...values));
  }
}

/** An open database file in WAL mode with foreign keys on. */
export class SqliteFile {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #onDamaged: (() => void) | undefined;
  readonly #prepared = new Map<string, Query<unknown>>();
  #identity: FileIdentity | null = null;

  /** @throws AppError `READ_ONLY`, `DISK_FULL`, `PROJECT_DAMAGED` or `PROJECT_IN_USE`, naming the file. */
  constructor(path: string, options: SqliteOptions) {
    this.path = path;
    this.#onDamaged = options.onDamaged;
    let database: Database.Database | undefined;
    try {
      database = new Database(path, { timeout: options.timeout ?? 2000 });
      database.pragma('journal_mode = WAL');
      database.pragma(`synchronous = ${options.synchronous}`);
      database.pragma('foreign_keys = ON');
      database.pragma('cache_size = -65536');
      this.#database = database;
    } catch (error) {
      database?.close();
      throw translate(error, path);
    }
  }

  /** A prepared statement, kept for the life of the file; `Row` is what its columns are, by name. */
  prepare<Row>(sql: string): Query<Row> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known as Query<Row>;
    const query = this.guarded(() => new Query<Row>(this, this.#database.prepare<SqlValue[], Row>(sql)));
    this.#prepared.set(sql, query);
    return query;
  }

  /** A prepared statement whose rows are arrays of its columns in order: cheaper for very many rows. */
  prepareArrays<Row extends readonly SqlValue[]>(sql: string): Query<Row> {
    const key = `arrays:${sql}`;
    const known = this.#prepared.get(key);
    if (known !== undefined) return known as Query<Row>;
    const query = this.guarded(() => new Query<Row>(this, this.#database.prepare<SqlValue[], Row>(sql).raw(true)));
    this.#prepared.set(key, query);
    return query;
  }

  /** Runs `work` in one immediate transaction: committed when it returns, undone when it throws. */
  transaction<Result>(work: () => Result): Result {
    if (this.#database.inTransaction) return work();
    return this.guarded(() => this.#database.transaction(work).immediate());
  }

  /** Runs the steps of `work` in one immediate transaction: committed when it ends, undone when it throws or is given up. Nothing else uses the file meanwhile. */
  *transactionSteps<Step, Result>(work: () => Generator<Step, Result>): Generator<Step, Result> {
    this.exec('BEGIN IMMEDIATE');
    try {
      const steps = work();
      for (let next = this.guarded(() => steps.next()); ; next = this.guarded(() => steps.next())) {
        if (next.done === true) {
          this.exec('COMMIT');
          return next.value;
        }
        yield next.value;
      }
    } finally {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
    }
  }

  /** Runs statements without parameters and results. */
  exec(sql: string): void {
    this.guarded(() => this.#database.exec(sql));
  }

  /** The value of a pragma. */
  pragma(text: string): unknown {
    return this.guarded(() => this.#database.pragma(text, { simple: true }));
  }

  /** Whether its path still leads to this file, and that of its log to the log; from the first call on. */
  isInPlace(): boolean {
    this.#identity ??= new FileIdentity([this.path, `${this.path}-wal`]);
    return this.#identity.holds();
  }

  /** Writes everything that was committed to a new file at `path`. */
  copyTo(path: string): void {
    this.guarded(() => this.#database.prepare('VACUUM INTO ?').run(path));
  }

  /** Gives the disk space of what was removed back. Needs room for what is left once more. @throws AppError `DISK_FULL`, with everything as it was. */
  shrink(): void {
    this.exec('VACUUM');
    // Until then what is left lies in the log, and the file is as long as before.
    this.pragma('wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#prepared.clear();
    this.#database.close();
  }

  /** Runs `work` and translates what it throws. */
  guarded<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      const known = translate(error, this.path);
      if (known.code === 'PROJECT_DAMAGED') this.#onDamaged?.();
      throw known;
    }
  }
}

/**
 * Takes an exclusive lock on a file made for that purpose and holds it until the returned function is called or this
 * process ends, however it ends.
 * @throws AppError `PROJECT_IN_USE` when another connection holds it.
 */
export function holdExclusive(path: string): () => void {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return () => held.close();
  } catch (error) {
    database?.close();
    throw translate(error, path);
  }
}
