/** Memory and disk hold the same after any history of edits, also after those that fail, and after opening anew. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { FileNames } from '../../../src/main/table/file-names.js';
import { ImageColumns, packStamp, unpackStamp } from '../../../src/main/table/image-columns.js';
import { ImageStore } from '../../../src/main/table/image-store.js';
import { Probabilities, rowsInBlock } from '../../../src/main/table/probabilities.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let file: SqliteFile;
beforeEach(() => {
  temporary = temporaryFolder();
  file = new SqliteFile(join(temporary.path, 'audit.sqlite'), { synchronous: 'NORMAL' });
  migrate(file, auditMigrations);
  file.exec("INSERT INTO models (hash) VALUES ('a'), ('b')");
});
afterEach(() => {
  file.close();
  temporary.remove();
});

interface Opened {
  readonly facts: ImageColumns;
  readonly names: FileNames;
  readonly store: ImageStore;
}

function opened(model = 1): Opened {
  const facts = new ImageColumns();
  const names = new FileNames();
  const store = new ImageStore(file, facts, names);
  store.load(model);
  return { facts, names, store };
}

/** Everything all images hold, each column as a digest. */
function told({ facts, names, store }: Opened): unknown {
  const { size } = facts;
  const digest = (values: string | Uint8Array): string => createHash('sha256').update(values).digest('hex');
  const all = { ...facts.facts, ...facts.predictions };
  const columns = Object.entries(all).map(([name, { values, shape }]) => {
    const filled = values.subarray(0, size * shape.width);
    return [name, digest(new Uint8Array(filled.buffer, filled.byteOffset, filled.byteLength))];
  });
  const slots = Array.from({ length: size }, (_, slot) => slot);
  return {
    size,
    columns,
    ids: digest(slots.map((slot) => String(facts.id[slot])).join()),
    names: digest(slots.map((slot) => names.at(slot)).join()),
    splits: [...facts.splits],
    views: slots.filter((slot) => slot % 97 === 0).map((slot) => store.cold('view', slot)),
  };
}

describe('the store of images', () => {
  it('holds on disk what it holds in memory, over 60 random histories', () => {
    const random = seededRandom(11);
    const whole = (below: number): number => Math.floor(random() * below);
    let images = 0;
    let here = opened();
    for (let history = 0; history < 60; history += 1) {
      const before = told(here);
      const fails = random() < 0.2;
      const run = (): void => {
        here.store.edit((edit) => {
          for (let step = 0; step < 30; step += 1) {
            const kind = whole(6);
            if (kind === 0 || here.facts.size === 0) {
              // Several chunks soon, and none that is full.
              const many = history < 3 ? 400 : 3;
              for (let one = 0; one < many; one += 1) edit.append(`${String(images++)} "é😀\n.png`);
              continue;
            }
            const slot = whole(here.facts.size);
            if (kind === 1) edit.set('label', slot, random() < 0.2 ? null : whole(9));
            else if (kind === 2) edit.set('split', slot, edit.split(`split ${String(whole(4))}`));
            else if (kind === 3)
              edit.setRow(
                'content',
                slot,
                Array.from({ length: 8 }, () => whole(2 ** 32)),
              );
            else if (kind === 4) edit.setCold('view', slot, Float64Array.of(random(), 0, random(), 1));
            else {
              edit.setRow('predicted', slot, here.facts.facts.content.row(slot).subarray(0, 2));
              edit.setRow('top-probabilities', slot, [random(), 0.1, 0, NaN, NaN]);
            }
          }
          if (random() < 0.3 && here.facts.size > 20) edit.remove([whole(here.facts.size), whole(here.facts.size)]);
          if (fails) throw new Error('no room');
        });
      };
      if (fails) {
        expect(run).toThrow('no room');
        expect(told(here)).toEqual(before);
      } else run();
      if (history % 6 === 0) {
        const again = opened();
        expect(told(again)).toEqual(told(here));
        if (random() < 0.5) here = again;
      }
    }
    expect(here.facts.size).toBeGreaterThan(4096);
  });

  it('never gives an id twice, also when the last image is gone', () => {
    const first = opened();
    first.store.edit((edit) => {
      edit.append('a');
      edit.append('b');
    });
    first.store.edit((edit) => {
      edit.remove([1]);
    });
    const second = opened();
    second.store.edit((edit) => edit.append('c'));
    expect([...second.facts.id.subarray(0, second.facts.size)]).toEqual([1, 3]);
  });

  it('keeps the predictions of each model apart', () => {
    const here = opened(1);
    here.store.edit((edit) => {
      edit.setRow('content', edit.append('a'), [5, 6, 0, 0, 0, 0, 0, 0]);
      edit.setRow('predicted', 0, [5, 6]);
      edit.setRow('top-classes', 0, [2, 1, 0, -1, -1]);
      here.facts.derive(0);
    });
    expect(here.facts.top1[0]).toBe(2);
    here.store.loadModel(2);
    expect(here.facts.top1[0]).toBe(-1);
    here.store.loadModel(1);
    expect(here.facts.top1[0]).toBe(2);
  });
});

describe('probabilities', () => {
  it.each([1, 2, 10, 100, 1000, 21_843])('of %i classes come back by id', (classes) => {
    const random = seededRandom(classes);
    const rows = new Map<number, Float32Array>();
    const written = new Probabilities(file, 1, classes);
    for (let batch = 0; batch < 12; batch += 1) {
      const some = Array.from({ length: 7 }, () => {
        const row = Float32Array.from({ length: classes }, random);
        return [Math.floor(random() * 5000), row] as const;
      });
      file.transaction(() => {
        written.keep(some);
      });
      for (const [id, row] of some) rows.set(id, row);
    }
    for (const reader of [written, new Probabilities(file, 1, classes)]) {
      for (const [id, row] of rows) expect(reader.row(id)).toEqual(row);
    }
    expect(new Probabilities(file, 2, classes).row([...rows.keys()][0] ?? 0)).toBeUndefined();
  });

  it('lie in blobs of at most a quarter of a megabyte, unless few rows are more', () => {
    expect([1, 10, 32, 33, 1000, 21_843].map(rowsInBlock)).toEqual([2048, 2048, 2048, 1024, 64, 16]);
  });
});

describe('the stamp of a file', () => {
  it.each(['0:0', '1234:1700000000123456789', '9007199254740993:-5000000000'])('%s comes back', (stamp) => {
    expect(unpackStamp(packStamp(stamp))).toBe(stamp);
  });

  it('that nobody could look at is none', () => {
    expect(unpackStamp(packStamp(null))).toBeNull();
  });
});
