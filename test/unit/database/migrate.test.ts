/** Migrations: one step at a time, each whole or not at all, newer files refused. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { migrate, userVersion } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { verdictMigrations } from '../../../src/main/decisions/verdict-schema.js';
import { temporaryFolder } from '../project/sample.js';

const steps = [
  'CREATE TABLE birds (name TEXT NOT NULL) STRICT;',
  "ALTER TABLE birds ADD COLUMN legs INTEGER NOT NULL DEFAULT 2; INSERT INTO birds (name) VALUES ('owl');",
];
const inMemory = (): SqliteFile => new SqliteFile(':memory:', { synchronous: 'NORMAL' });
const birds = (file: SqliteFile): unknown[] =>
  file.prepare<{ name: string; legs: number }>('SELECT * FROM birds').all();

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

describe('migrate', () => {
  it('takes rows of the version before along', () => {
    const file = inMemory();
    migrate(file, steps, 1);
    file.exec("INSERT INTO birds VALUES ('robin')");
    expect(userVersion(file)).toBe(1);
    migrate(file, steps);
    expect(userVersion(file)).toBe(2);
    expect(birds(file)).toEqual([
      { name: 'robin', legs: 2 },
      { name: 'owl', legs: 2 },
    ]);
  });

  it('does nothing to a file that is up to date', () => {
    const file = inMemory();
    migrate(file, steps);
    migrate(file, steps);
    expect(birds(file)).toHaveLength(1);
  });

  it('undoes all steps where one fails half way', () => {
    const file = inMemory();
    const broken = [steps[0] ?? '', "INSERT INTO birds VALUES ('robin'); INSERT INTO nowhere VALUES (1);"];
    expect(() => {
      migrate(file, broken);
    }).toThrow(/nowhere/);
    expect(userVersion(file)).toBe(0);
    expect(() => birds(file)).toThrow(/no such table/);
  });

  it('refuses a newer file by code and leaves it as it is', () => {
    const path = join(folder.path, 'newer.sqlite');
    const file = new SqliteFile(path, { synchronous: 'NORMAL' });
    migrate(file, steps);
    expect(() => {
      migrate(file, steps.slice(0, 1));
    }).toThrow(expect.objectContaining({ code: 'PROJECT_NEWER', message: expect.stringContaining(path) as string }));
    expect(userVersion(file)).toBe(2);
    file.close();
  });

  it.each([
    ['audit.sqlite', auditMigrations],
    ['verdicts.sqlite', verdictMigrations],
  ])('builds %s with strict tables only', (_, migrations) => {
    const file = inMemory();
    migrate(file, migrations);
    const loose = file
      .prepare<{ name: string }>("SELECT name FROM pragma_table_list WHERE strict = 0 AND name NOT LIKE 'sqlite_%'")
      .all();
    expect(loose).toEqual([]);
  });
});

describe('a database file', () => {
  it('is called damaged, by name, when it is no database', async () => {
    const { writeFile } = await import('node:fs/promises');
    const path = join(folder.path, 'noise.sqlite');
    await writeFile(path, Buffer.alloc(4096, 'noise '));
    expect(() => new SqliteFile(path, { synchronous: 'NORMAL' })).toThrow(
      expect.objectContaining({ code: 'PROJECT_DAMAGED', message: expect.stringContaining(path) as string }),
    );
  });

  it('says when the disk is full, and keeps what was there', () => {
    const path = join(folder.path, 'full.sqlite');
    const file = new SqliteFile(path, { synchronous: 'NORMAL' });
    file.exec('CREATE TABLE t (x BLOB NOT NULL) STRICT; INSERT INTO t VALUES (zeroblob(10))');
    file.pragma('max_page_count = 4');
    expect(() => file.prepare('INSERT INTO t VALUES (zeroblob(100000))').run()).toThrow(
      expect.objectContaining({ code: 'DISK_FULL', message: expect.stringContaining(path) as string }),
    );
    expect(file.prepare('SELECT * FROM t').all()).toHaveLength(1);
    file.close();
  });

  it('says when it may only be read', () => {
    const file = inMemory();
    file.pragma('query_only = 1');
    expect(() => {
      file.exec('CREATE TABLE t (x INTEGER) STRICT');
    }).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
  });

  it('undoes a transaction that throws', () => {
    const file = inMemory();
    file.exec('CREATE TABLE t (x INTEGER) STRICT');
    expect(() =>
      file.transaction(() => {
        file.exec('INSERT INTO t VALUES (1)');
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(file.prepare('SELECT * FROM t').all()).toEqual([]);
  });
});
