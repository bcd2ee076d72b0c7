/** Copies of a project on disk that are judged apart and merged: what was said adds up, conflicts are shown until somebody decides, undo stays one's own. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Project } from '../../../src/main/project/project.js';
import { type ImageId, imageId, type ImageRow, type VerdictKind } from '../../../src/shared/audit.js';
import type { MergeOutcome } from '../../../src/shared/calls/verdict.js';
import { finished } from '../../../src/shared/progress.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { unsettledOnly } from '../../../src/shared/verdict-state.js';
import { image, info, predicted, temporaryFolder } from './sample.js';

const names = ['a.png', 'b "=\n🦉.png', 'c.png', 'd.png'];

let temporary: ReturnType<typeof temporaryFolder>;
let opened: Project[];
let now: number;

beforeEach(() => {
  temporary = temporaryFolder();
  opened = [];
  now = 0;
});
afterEach(() => {
  for (const project of opened) project.close();
  temporary.remove();
});

function open(folder: string, reviewer: string): Project {
  const project = Project.open(folder);
  project.setReviewer(reviewer);
  opened.push(project);
  return project;
}

function close(project: Project): string {
  project.close();
  opened = opened.filter((one) => one !== project);
  return project.folder;
}

/** Copies of one project that was begun by Ann, a reviewer each. */
function copies(...reviewers: readonly string[]): Project[] {
  const first = Project.create(join(temporary.path, 'first.hognose'), info);
  first.addImages(names.map((name) => image(name, 'cat')));
  first.recordPredictions(
    names.map((name, at) => ({ id: imageId(at + 1), outcome: predicted(name, [0.25, 0.5, 0.25]) })),
  );
  first.setReviewer('Ann');
  give(first, 4, 'unsure');
  const made = reviewers.map((reviewer, at) => {
    const folder = join(temporary.path, `${String(at)}.hognose`);
    first.saveCopy(folder);
    return open(folder, reviewer);
  });
  first.close();
  return made;
}

function give(project: Project, id: number, kind: VerdictKind, correctedLabels: readonly string[] = []): void {
  project.give([imageId(id)], { kind, correctedLabels: [...correctedLabels], note: '' }, (now += 1));
}

const merge = (into: Project, from: Project): MergeOutcome => finished(into.merge(from.folder));
const rowOf = (project: Project, id: number): ImageRow => project.detail(imageId(id));
const told = (project: Project): unknown =>
  project.rows(names.map((_, at) => imageId(at + 1))).map(({ verdict, unsettled }) => [verdict, unsettled]);
const shown = (project: Project): readonly ImageId[] =>
  Array.from(project.query([unsettledOnly], { by: 'file', descending: false }), imageId);

describe('merging', () => {
  it('takes over what one does not know, and tells of it', () => {
    const [a, b] = copies('Ann', 'Bob');
    if (a === undefined || b === undefined) throw new Error('No copies.');
    give(b, 1, 'wrong-label', ['dog']);
    give(b, 2, 'bad-image');
    expect(merge(a, b)).toEqual({ verdicts: 2, known: 1, reviewers: ['Bob'], elsewhere: 0, unsettled: 0 });
    expect(rowOf(a, 1).verdict).toMatchObject({ kind: 'wrong-label', correctedLabels: ['dog'], reviewer: 'Bob' });
    expect(a.counts()).toMatchObject({ reviewed: 3, unsettled: 0 });
    expect(merge(a, b)).toEqual({ verdicts: 0, known: 3, reviewers: [], elsewhere: 0, unsettled: 0 });
    expect(told(a)).toEqual(told(b));
  });

  it('of decisions that differ leaves the image unsettled until somebody decides, everywhere that tells of it', () => {
    const [a, b] = copies('Ann', 'Bob');
    if (a === undefined || b === undefined) throw new Error('No copies.');
    give(a, 1, 'right-label');
    give(b, 1, 'wrong-label', ['dog']);
    // Alike is no conflict.
    give(a, 2, 'bad-image');
    give(b, 2, 'bad-image');
    expect(merge(a, b).unsettled).toBe(1);
    const row = rowOf(a, 1);
    expect(row.verdict).toBeNull();
    expect(row.unsettled.map(({ kind, reviewer }) => [kind, reviewer])).toEqual([
      ['wrong-label', 'Bob'],
      ['right-label', 'Ann'],
    ]);
    expect(rowOf(a, 2)).toMatchObject({
      verdict: { kind: 'bad-image', reviewer: 'Bob' },
      agreeing: ['Ann'],
      unsettled: [],
    });
    expect([shown(a), a.counts().unsettled, a.counts().reviewed]).toEqual([[1], 1, 2]);
    expect(a.facets([], ['verdict']).values.verdict).toContainEqual({ value: 'unsettled', count: 1 });
    expect(a.findings(10, info).some(({ row: { id } }) => id === 1)).toBe(true);
    expect(a.labelledPage(0, 1).images[0]).toMatchObject({ label: 'cat', verdict: null, isUnsettled: true });

    give(a, 1, 'wrong-label', ['owl']);
    expect([shown(a), rowOf(a, 1).verdict?.correctedLabels]).toEqual([[], ['owl']]);
    // Whoever takes that over has it settled too, whatever the clocks say.
    merge(b, a);
    expect([shown(b), rowOf(b, 1).verdict?.correctedLabels]).toEqual([[], ['owl']]);
    a.undo((now += 1));
    expect(shown(a)).toEqual([1]);
  });

  it('leaves undo and redo to what was said here, without end', () => {
    const [a, b] = copies('Ann', 'Ann');
    if (a === undefined || b === undefined) throw new Error('No copies.');
    give(a, 1, 'right-label');
    give(a, 1, 'unsure');
    a.undo((now += 1));
    give(b, 2, 'bad-image');
    merge(a, b);
    expect(a.verdictSteps()).toEqual({ canUndo: true, canRedo: true });
    expect(a.redo((now += 1)).changes.map(({ row }) => row.id)).toEqual([1]);
    const undone: number[] = [];
    while (a.canUndo) undone.push(...a.undo((now += 1)).changes.map(({ row }) => row.id));
    // The last is what both copies began with; what was said in the other under the same name stands.
    expect(undone).toEqual([1, 1, 4]);
    expect(rowOf(a, 2).verdict?.kind).toBe('bad-image');
  });

  it('keeps what is said of files that are not here, for when they are', () => {
    const [a, b] = copies('Ann', 'Bob');
    if (a === undefined || b === undefined) throw new Error('No copies.');
    b.addImages([image('new.png', 'dog')]);
    give(b, 5, 'bad-image');
    expect(merge(a, b)).toMatchObject({ verdicts: 1, elsewhere: 1 });
    a.addImages([image('new.png', 'dog')]);
    expect(rowOf(a, 5).verdict?.kind).toBe('bad-image');
  });

  it('of many copies comes to the same in every order', () => {
    const random = seededRandom(11);
    const all = copies('Ann', 'Bob', 'Çem');
    const kinds: readonly VerdictKind[] = ['right-label', 'bad-image', 'unsure', 'ambiguous'];
    const one = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
    for (let step = 0; step < 60; step += 1) {
      const project = one(all);
      const draw = random();
      if (draw < 0.6) give(project, 1 + Math.floor(random() * 4), one(kinds));
      else if (draw < 0.7) project.clear([imageId(1 + Math.floor(random() * 4))], (now += 1));
      else if (draw < 0.8 && project.canUndo) project.undo((now += 1));
      else if (draw < 0.85 && project.canRedo) project.redo((now += 1));
      else merge(project, one(all.filter((other) => other !== project)));
    }
    const [a, b, c] = all as [Project, Project, Project];
    for (const [into, from] of [
      [a, b],
      [a, c],
      [c, b],
      [b, a],
      [c, a],
      [b, c],
    ] as const)
      merge(into, from);
    expect(told(b)).toEqual(told(a));
    expect(told(c)).toEqual(told(a));
    const entries = all.map((project) => {
      const file = new Database(join(close(project), 'verdicts.sqlite'));
      const rows = file.prepare('SELECT id, file, verdict, names FROM entries ORDER BY id').all();
      file.close();
      return rows;
    });
    expect(entries[1]).toEqual(entries[0]);
    expect(entries[2]).toEqual(entries[0]);
    expect(entries[0]?.length).toBeGreaterThan(30);
  });

  it('leaves the other as it is, byte by byte, also where it is open', () => {
    const [a, b] = copies('Ann', 'Bob');
    if (a === undefined || b === undefined) throw new Error('No copies.');
    give(b, 1, 'bad-image');
    const path = join(b.folder, 'verdicts.sqlite');
    const [before, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
    merge(a, b);
    expect([readFileSync(path).equals(before), readFileSync(`${path}-wal`).equals(log)]).toEqual([true, true]);
  });

  it('of copies that bound a verdict to different contents keeps the same one in both', () => {
    const folder = join(temporary.path, 'unread.hognose');
    const first = Project.create(folder, info);
    first.addImages([image('a.png', 'cat')]);
    first.setReviewer('Ann');
    give(first, 1, 'bad-image');
    const other = join(temporary.path, 'other.hognose');
    first.saveCopy(other);
    first.close();
    const [a, b] = [open(folder, 'Ann'), open(other, 'Ann')];
    a.recordPredictions([{ id: imageId(1), outcome: predicted('one', [1, 0, 0]) }]);
    b.recordPredictions([{ id: imageId(1), outcome: predicted('two', [1, 0, 0]) }]);
    merge(a, b);
    merge(b, a);
    const bound = [a, b].map((project) => {
      const file = new Database(join(close(project), 'verdicts.sqlite'));
      const rows = file.prepare('SELECT sha256 FROM bindings').all();
      file.close();
      return rows;
    });
    expect(bound[0]).toHaveLength(1);
    expect(bound[1]).toEqual(bound[0]);
  });

  it.each([
    ['a verdict that is none', "UPDATE entries SET verdict = '{}'"],
    ['no JSON', "UPDATE entries SET names = '['"],
    ['a moment that no clock shows', 'UPDATE entries SET at = 9e15'],
    ['an id of another kind', "UPDATE entries SET id = 'x' || row"],
  ])('refuses what is damaged, %s, and keeps what it has', (_, damage) => {
    const [a, b] = copies('Ann', 'Bob');
    if (a === undefined || b === undefined) throw new Error('No copies.');
    give(b, 1, 'bad-image');
    const folder = close(b);
    const file = new Database(join(folder, 'verdicts.sqlite'));
    file.exec(`DROP TRIGGER entries_keep_words; ${damage}`);
    file.close();
    const before = told(a);
    expect(() => finished(a.merge(folder))).toThrow('are damaged');
    expect(told(a)).toEqual(before);
    give(a, 1, 'unsure');
    expect(rowOf(a, 1).verdict?.kind).toBe('unsure');
  });

  it('refuses one whose entry is another under a known name, and one that is not readable, naming it', () => {
    const [a, b] = copies('Ann', 'Bob');
    if (a === undefined || b === undefined) throw new Error('No copies.');
    give(b, 1, 'bad-image');
    merge(a, b);
    const path = join(close(b), 'verdicts.sqlite');
    const file = new Database(path);
    file.exec(
      "DROP TRIGGER entries_keep_words; UPDATE entries SET verdict = replace(verdict, 'bad-image', 'right-label')",
    );
    file.close();
    expect(() => merge(a, b)).toThrow('is not what it was');
    expect(rowOf(a, 1).verdict?.kind).toBe('bad-image');
    for (const [bytes, why] of [
      ['no database', `The verdicts of ${b.folder} cannot be read`],
      ['', 'their file is empty'],
    ] as const) {
      writeFileSync(path, bytes);
      expect(() => merge(a, b)).toThrow(why);
    }
  });

  it('refuses what is of another dataset: it could not be taken back', () => {
    const [a] = copies('Ann');
    if (a === undefined) throw new Error('No copy.');
    const other = Project.create(join(temporary.path, 'other.hognose'), info);
    opened.push(other);
    other.addImages([image('elsewhere.png', 'cat')]);
    other.setReviewer('Bob');
    expect(merge(a, other)).toMatchObject({ verdicts: 0 });
    give(other, 1, 'bad-image');
    expect(() => merge(a, other)).toThrow('None of the 1 files');
    expect(a.counts().reviewed).toBe(1);
  });

  it('is refused with itself, and with what is no project', () => {
    const [a] = copies('Ann');
    if (a === undefined) throw new Error('No copy.');
    expect(() => merge(a, a)).toThrow('is the project itself');
    expect(() => finished(a.merge(temporary.path))).toThrow('There is no Hognose project at');
    expect(existsSync(join(temporary.path, 'verdicts.sqlite'))).toBe(false);
  });
});
