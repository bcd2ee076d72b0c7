/** Journals of the version before are taken over as entries: all that one person did is as it was, of several what followed from no clock and no redo. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { migrate } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { verdictMigrations } from '../../../src/main/decisions/verdict-schema.js';
import { Verdicts } from '../../../src/main/decisions/verdicts.js';
import type { VerdictKind } from '../../../src/shared/audit.js';
import { type Random, seededRandom } from '../../../src/shared/seeded-random.js';
import { Verdicts as EarlierVerdicts } from './earlier-verdicts.js';
import { temporaryFolder } from '../project/sample.js';

const earlierVersion = 3;
const files = ['a.png', 'b "=\n🦉.png', 'c.png'];
const kinds: readonly VerdictKind[] = ['wrong-label', 'right-label', 'unsure', 'several-labels'];

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => {
  temporary.remove();
});

const pathOf = (name: string): string => join(temporary.path, `${name}.sqlite`);
const open = (name: string): SqliteFile => new SqliteFile(pathOf(name), { synchronous: 'NORMAL' });
const pick = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

/** Something a person does, in either version. */
function step(verdicts: EarlierVerdicts, random: Random, at: number, redoes: boolean): void {
  const judged = files.filter(() => random() < 0.4).map((file) => ({ file, sha256: pick(random, ['aa', 'aa', null]) }));
  const draw = random();
  if (draw < 0.5) {
    const kind = pick(random, kinds);
    verdicts.give(judged, { kind, correctedLabels: ['owl'], note: pick(random, ['', 'seen']) }, at);
  } else if (draw < 0.6)
    verdicts.clear(
      judged.map(({ file }) => file),
      at,
    );
  else if (draw < 0.8 && verdicts.canUndo) verdicts.undo(at);
  else if (redoes && verdicts.canRedo) verdicts.redo(at);
}

interface Lived {
  readonly before: EarlierVerdicts;
  /** The same, taken over. */
  readonly after: Verdicts;
  readonly file: SqliteFile;
  readonly close: () => void;
}

/** A journal of the version before, and a copy of it that was taken over. */
function lived(seed: number, reviewers: readonly string[]): Lived {
  const name = `${String(seed)} ${reviewers.join(' ')}`;
  const random = seededRandom(seed);
  const earlier = open(name);
  migrate(earlier, verdictMigrations, earlierVersion);
  const before = new EarlierVerdicts(earlier);
  const steps = 5 + Math.floor(random() * 40);
  for (let at = 1; at <= steps; at += 1) {
    before.setReviewer(pick(random, reviewers));
    step(before, random, at, reviewers.length === 1);
    if (random() < 0.1) before.bind(pick(random, files), 'aa');
  }
  const file = takenOver(earlier, `${name} taken over`);
  const close = (): void => {
    earlier.close();
    file.close();
  };
  return { before, after: new Verdicts(file), file, close };
}

function takenOver(earlier: SqliteFile, name: string): SqliteFile {
  earlier.copyTo(pathOf(name));
  const file = open(name);
  migrate(file, verdictMigrations);
  return file;
}

type Shown = Pick<Verdicts | EarlierVerdicts, 'standing' | 'canUndo' | 'canRedo'>;
const told = (verdicts: Shown): unknown => [
  ...files.map((file) => {
    const standing = verdicts.standing(file, 'aa');
    const verdict = standing !== null && 'verdict' in standing ? standing.verdict : standing;
    return verdict === null ? null : [verdict.kind, verdict.note, verdict.reviewer, verdict.correctedLabels];
  }),
  verdicts.canUndo,
  verdicts.canRedo,
];

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('a journal that is taken over', () => {
  it('of one person shows the same, then and through every undo and redo', () => {
    for (const seed of seeds) {
      const { before, after, close } = lived(seed, ['Ann']);
      after.setReviewer('Ann');
      expect(told(after), String(seed)).toEqual(told(before));
      let at = 1000;
      while (before.canRedo) {
        at += 1;
        before.redo(at);
        after.redo(at);
        expect(told(after), String(seed)).toEqual(told(before));
      }
      while (before.canUndo) {
        at += 1;
        before.undo(at);
        after.undo(at);
        expect(told(after), String(seed)).toEqual(told(before));
      }
      expect(after.canUndo).toBe(false);
      close();
    }
  });

  it('of several people shows the same, with stacks of their own', () => {
    for (const seed of seeds) {
      const { before, after, close } = lived(seed, ['Ann', 'Bob "=', 'Çem']);
      for (const name of ['Ann', 'Bob "=', 'Çem', 'Dan']) {
        before.setReviewer(name);
        after.setReviewer(name);
        expect(told(after), `${String(seed)} ${name}`).toEqual(told(before));
      }
      close();
    }
  });

  it('holds the same entries in every copy of the project', () => {
    const { file, close } = lived(7, ['Ann', 'Bob']);
    const copy = open('7 Ann Bob');
    const again = takenOver(copy, 'another copy');
    const entries = (one: SqliteFile): unknown =>
      one.prepare('SELECT id, step, at, action, file, names FROM entries ORDER BY row').all();
    expect(entries(again)).toEqual(entries(file));
    expect(entries(file)).not.toEqual([]);
    copy.close();
    again.close();
    close();
  });
});
