/** The order of names is there again when a project is opened, also where images came or went since. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { join } from 'node:path';
import { migrate } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { FileNames } from '../../../src/main/table/file-names.js';
import { ImageColumns } from '../../../src/main/table/image-columns.js';
import { ImageStore } from '../../../src/main/table/image-store.js';
import { temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let file: SqliteFile;
beforeEach(() => {
  temporary = temporaryFolder();
  file = new SqliteFile(join(temporary.path, 'audit.sqlite'), { synchronous: 'NORMAL' });
  migrate(file, auditMigrations);
});
afterEach(() => {
  file.close();
  temporary.remove();
});

function opened(): { readonly names: FileNames; readonly store: ImageStore } {
  const names = new FileNames();
  const store = new ImageStore(file, new ImageColumns(), names);
  store.load(1);
  return { names, store };
}

function add(store: ImageStore, files: readonly string[]): void {
  store.edit((edit) => {
    for (const name of files) edit.append(name);
  });
}

function order(store: ImageStore): void {
  for (const _ of store.order()) continue;
}

/** More than a chunk, in no order. */
const many = Array.from({ length: 5000 }, (_, at) => `${String((at * 7919) % 5000)}.png`);

const placesOf = (names: readonly string[]): number[] => {
  const sorted = names.toSorted();
  const places = new Map(sorted.map((name, place) => [name, place]));
  return names.map((name) => places.get(name) ?? -1);
};

it('is kept', () => {
  const first = opened();
  add(first.store, many);
  expect(first.names.isOrdered).toBe(false);
  order(first.store);
  const second = opened();
  expect(second.names.isOrdered).toBe(true);
  expect([...second.names.ranks()]).toEqual(placesOf(many));
});

it('is brought in step with images that were added', () => {
  const first = opened();
  add(first.store, many);
  order(first.store);
  add(first.store, ['0.a.png', 'zz.png', '2500.a.png']);
  const second = opened();
  expect(second.names.isOrdered).toBe(false);
  expect([...second.names.ranks()]).toEqual(placesOf([...many, '0.a.png', 'zz.png', '2500.a.png']));
});

it('is made anew where images are gone', () => {
  const first = opened();
  add(first.store, many);
  order(first.store);
  first.store.edit((edit) => {
    edit.remove([17, 4999]);
  });
  const second = opened();
  expect([...second.names.ranks()]).toEqual(placesOf(many.filter((_, at) => at !== 17 && at !== 4999)));
});
