/** Verdicts: given, cleared, undone and redone without limit, by reviewer, across restarts, in a journal that only grows. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId, type VerdictKind } from '../../../src/shared/audit.js';
import { migrate } from '../../../src/main/database/migrate.js';
import { Project } from '../../../src/main/project/project.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { verdictMigrations } from '../../../src/main/decisions/verdict-schema.js';
import { Verdicts } from '../../../src/main/decisions/verdicts.js';
import { image, info, predicted, temporaryFolder } from './sample.js';
import { idsByFile } from '../../support/ids-by-file.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
let now = 0;
const clock = (): number => (now += 1);
const one = imageId(1);

beforeEach(() => {
  now = 0;
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info);
  project.addImages([image('a.png', 'cat'), image('b "=\n🦉.png', 'dog')]);
  project.setReviewer('Ann');
});
afterEach(() => {
  project.close();
  temporary.remove();
});

function reopen(): void {
  const { folder } = project;
  project.close();
  project = Project.open(folder);
  project.setReviewer('Ann');
}

const give = (id: number, kind: VerdictKind, correctedLabels: string[] = [], note = ''): void => {
  project.give([imageId(id)], { kind, correctedLabels, note }, clock());
};
const kind = (id: number): VerdictKind | null => project.detail(imageId(id)).verdict?.kind ?? null;
const actions = (id: number): string[] =>
  project.detail(imageId(id)).history.map((entry) => `${entry.reviewer} ${entry.action}`);

/** The first file is read and holds this content. */
const becomes = (content: string): void => {
  project.recordPredictions([{ id: one, outcome: predicted(content, [1, 0, 0]) }]);
};

describe('a verdict', () => {
  it('is answered with the row as it is now', () => {
    const outcome = project.give([one], { kind: 'wrong-label', correctedLabels: ['dog'], note: 'it barks' }, clock());
    const verdict = { kind: 'wrong-label', correctedLabels: ['dog'], note: 'it barks', reviewer: 'Ann', at: 1 };
    expect(outcome).toMatchObject({
      changes: [{ row: { id: 1, verdict }, before: null }],
      gone: [],
      canUndo: true,
      canRedo: false,
    });
    expect(project.rows([one])[0]?.verdict).toEqual(verdict);
    expect(project.detail(one).history).toEqual([
      { at: 1, reviewer: 'Ann', action: 'give', verdict, ofOtherPicture: false },
    ]);
  });

  it('is durable when the call returns: another connection reads it', () => {
    give(2, 'several-labels', ['cat', 'owl']);
    const other = new Database(join(project.folder, 'verdicts.sqlite'), { readonly: true });
    const verdict = { kind: 'several-labels', correctedLabels: ['cat', 'owl'], note: '', at: 1 };
    expect(other.prepare('SELECT file, verdict FROM entries').all()).toEqual([
      { file: 'b "=\n🦉.png', verdict: JSON.stringify(verdict) },
    ]);
    expect(other.pragma('journal_mode', { simple: true })).toBe('wal');
    other.close();
  });

  it('carries corrected labels only where they mean something', () => {
    give(1, 'ambiguous', ['dog']);
    expect(project.detail(one).verdict?.correctedLabels).toEqual([]);
  });

  it('of an unknown image is refused and leaves no trace', () => {
    expect(() => {
      give(99, 'unsure');
    }).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
    expect(project.canUndo).toBe(false);
  });

  it('cleared twice is journalled once', () => {
    give(1, 'unsure');
    project.clear([one], clock());
    project.clear([one], clock());
    expect(kind(1)).toBeNull();
    expect(actions(1)).toEqual(['Ann give', 'Ann clear']);
  });
});

describe('undo and redo', () => {
  it('go back and forth through every step', () => {
    give(1, 'unsure');
    give(1, 'wrong-label', ['dog']);
    project.clear([one], clock());
    const seen: (VerdictKind | null)[] = [];
    while (project.canUndo) {
      project.undo(clock());
      seen.push(kind(1));
    }
    expect(seen).toEqual(['wrong-label', 'unsure', null]);
    while (project.canRedo) {
      project.redo(clock());
      seen.push(kind(1));
    }
    expect(seen.slice(3)).toEqual(['unsure', 'wrong-label', null]);
    expect(actions(1)).toHaveLength(9);
  });

  it('say when there is nothing', () => {
    expect(() => project.undo(clock())).toThrow(expect.objectContaining({ code: 'NOTHING_TO_UNDO' }));
    expect(() => project.redo(clock())).toThrow(expect.objectContaining({ code: 'NOTHING_TO_UNDO' }));
  });

  it('a new verdict ends what could be redone', () => {
    give(1, 'unsure');
    give(2, 'unsure');
    project.undo(clock());
    give(1, 'ambiguous');
    expect(project.canRedo).toBe(false);
    project.undo(clock());
    expect(kind(1)).toBe('unsure');
    project.undo(clock());
    expect(kind(1)).toBeNull();
    expect(project.canUndo).toBe(false);
  });

  it('undo, redo and undo in turn', () => {
    give(1, 'unsure');
    give(2, 'ambiguous');
    project.undo(clock());
    project.undo(clock());
    project.redo(clock());
    expect([kind(1), kind(2)]).toEqual(['unsure', null]);
    project.undo(clock());
    project.redo(clock());
    project.redo(clock());
    expect([kind(1), kind(2), project.canRedo]).toEqual(['unsure', 'ambiguous', false]);
  });

  it('survive a restart, two hundred deep', () => {
    const kinds: VerdictKind[] = ['unsure', 'ambiguous', 'bad-image'];
    for (let step = 0; step < 200; step += 1) give((step % 2) + 1, kinds[step % 3] ?? 'unsure');
    for (let step = 0; step < 100; step += 1) project.undo(clock());
    reopen();
    expect([kind(1), kind(2)]).toEqual([kinds[98 % 3], kinds[99 % 3]]);
    for (let step = 0; step < 100; step += 1) project.redo(clock());
    expect([kind(1), kind(2), project.canRedo]).toEqual([kinds[198 % 3], kinds[199 % 3], false]);
    reopen();
    for (let step = 0; step < 200; step += 1) project.undo(clock());
    expect([kind(1), kind(2), project.canUndo]).toEqual([null, null, false]);
  });

  it('agree with a plain list of states, whatever the order (2,000 random steps)', () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    const kinds: VerdictKind[] = ['unsure', 'ambiguous', 'bad-image', 'right-label'];
    // The model: all states so far and where we are in them.
    let states: (VerdictKind | null)[][] = [[null, null]];
    let at = 0;
    for (let step = 0; step < 2000; step += 1) {
      const choice = random(4);
      if (choice < 2) {
        const images = [[0], [1], [0, 1]][random(3)] ?? [];
        const next = kinds[random(4)] ?? 'unsure';
        project.give(
          images.map((index) => imageId(index + 1)),
          { kind: next, correctedLabels: [], note: '' },
          clock(),
        );
        const state = [...(states[at] ?? [])];
        for (const index of images) state[index] = next;
        states = [...states.slice(0, at + 1), state];
        at += 1;
      } else if (choice === 2 && project.canUndo) {
        project.undo(clock());
        at -= 1;
      } else if (choice === 3 && project.canRedo) {
        project.redo(clock());
        at += 1;
      }
      if (step % 500 === 250) reopen();
      expect([kind(1), kind(2)]).toEqual(states[at]);
      expect([project.canUndo, project.canRedo]).toEqual([at > 0, at < states.length - 1]);
    }
  });
});

describe('a verdict on several images', () => {
  const both = [imageId(1), imageId(2)];

  it('is one step: undone and redone as a whole, also after a restart', () => {
    give(1, 'right-label');
    const outcome = project.give(both, { kind: 'wrong-label', correctedLabels: ['owl'], note: '' }, clock());
    expect(outcome.changes.map(({ row, before }) => [row.id, row.verdict?.kind, before?.kind])).toEqual([
      [1, 'wrong-label', 'right-label'],
      [2, 'wrong-label', undefined],
    ]);
    reopen();
    const undone = project.undo(clock());
    expect(undone.changes.map(({ row, before }) => [row.verdict?.kind, before?.kind])).toEqual([
      ['right-label', 'wrong-label'],
      [undefined, 'wrong-label'],
    ]);
    expect([project.canUndo, project.canRedo]).toEqual([true, true]);
    reopen();
    project.redo(clock());
    expect([kind(1), kind(2)]).toEqual(['wrong-label', 'wrong-label']);
    expect(actions(2)).toEqual(['Ann give', 'Ann undo', 'Ann redo']);
    project.undo(clock());
    project.undo(clock());
    expect([kind(1), kind(2), project.canUndo]).toEqual([null, null, false]);
  });

  it('is given to all or to none', () => {
    expect(() =>
      project.give([imageId(1), imageId(99)], { kind: 'unsure', correctedLabels: [], note: '' }, clock()),
    ).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
    expect([kind(1), project.canUndo]).toEqual([null, false]);
    // A file that cannot take its verdict takes those before it along.
    const file = new Database(join(project.folder, 'verdicts.sqlite'));
    file.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN new.file LIKE 'b%' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    file.close();
    expect(() => project.give(both, { kind: 'unsure', correctedLabels: [], note: '' }, clock())).toThrow();
    reopen();
    expect([kind(1), kind(2), project.canUndo, actions(1)]).toEqual([null, null, false, []]);
  });

  it('on none, given or taken back, is no step', () => {
    give(1, 'unsure');
    project.undo(clock());
    const nothing = { changes: [], gone: [], canUndo: false, canRedo: true };
    expect(project.give([], { kind: 'unsure', correctedLabels: [], note: '' }, clock())).toEqual(nothing);
    expect(project.clear([], clock())).toEqual(nothing);
    project.redo(clock());
    expect(kind(1)).toBe('unsure');
  });

  it('concerns an image named twice once, and is taken back only where there was one', () => {
    expect(project.give([one, one], { kind: 'unsure', correctedLabels: [], note: '' }, clock()).changes).toHaveLength(
      1,
    );
    expect(project.clear(both, clock()).changes.map(({ row }) => row.id)).toEqual([1]);
    expect(project.clear(both, clock()).changes).toEqual([]);
    project.undo(clock());
    expect([kind(1), kind(2)]).toEqual(['unsure', null]);
  });

  it('is undone also where some of its files left the dataset, and their number is told', () => {
    project.give(both, { kind: 'unsure', correctedLabels: [], note: '' }, clock());
    project.beginScan();
    project.addImages([image('a.png', 'cat')]);
    project.finishScan([]);
    const undone = project.undo(clock());
    expect([undone.changes.map(({ row }) => row.file), kind(1)]).toEqual([['a.png'], null]);
    expect(undone.gone).toMatchObject([{ file: 'b "=\n🦉.png', before: { kind: 'unsure' }, after: null }]);
  });
});

describe('reviewers', () => {
  it('have stacks of their own; the newest verdict is shown', () => {
    give(1, 'unsure');
    project.setReviewer('Bob');
    expect(project.canUndo).toBe(false);
    give(1, 'ambiguous');
    expect(project.detail(one).verdict).toMatchObject({ kind: 'ambiguous', reviewer: 'Bob' });
    project.undo(clock());
    expect(project.detail(one).verdict).toMatchObject({ kind: 'unsure', reviewer: 'Ann' });
    project.setReviewer('Ann');
    project.undo(clock());
    expect(kind(1)).toBeNull();
    expect(actions(1)).toEqual(['Ann give', 'Bob give', 'Bob undo', 'Ann undo']);
  });

  it('cannot clear each other’s verdicts', () => {
    give(1, 'unsure');
    project.setReviewer('Bob');
    project.clear([one], clock());
    expect(project.detail(one).verdict?.reviewer).toBe('Ann');
  });
});

describe('files', () => {
  it('whose content changed lose their verdict until it comes back', () => {
    project.recordPredictions([{ id: one, outcome: predicted('first', [1, 0, 0]) }]);
    give(1, 'unsure');
    project.recordPredictions([{ id: one, outcome: predicted('second', [1, 0, 0]) }]);
    expect(project.rows([one])[0]?.verdict).toBeNull();
    expect(project.counts().reviewed).toBe(0);
    project.recordPredictions([{ id: one, outcome: predicted('first', [1, 0, 0]) }]);
    expect(kind(1)).toBe('unsure');
    expect(project.counts().reviewed).toBe(1);
  });

  it('judged before their content was known keep the verdict', () => {
    give(1, 'unsure');
    project.recordPredictions([{ id: one, outcome: predicted('first', [1, 0, 0]) }]);
    expect(kind(1)).toBe('unsure');
  });

  it('that are replaced keep the verdicts of before away from the new picture, through undo and redo', () => {
    const others = (): boolean[] => project.detail(one).history.map(({ ofOtherPicture }) => ofOtherPicture);
    give(1, 'wrong-label');
    becomes('first');
    becomes('second');
    expect(kind(1)).toBeNull();
    project.undo(clock());
    reopen();
    project.redo(clock());
    expect([kind(1), project.rows([one])[0]?.verdict]).toEqual([null, null]);
    expect(others()).toEqual([true, false, true]);
    becomes('first');
    expect(kind(1)).toBe('wrong-label');
    expect(others()).toEqual([false, false, false]);
  });

  it('that are replaced do so also for verdicts that did not stand then, of every reviewer', () => {
    give(1, 'wrong-label');
    project.setReviewer('Bob');
    give(1, 'ambiguous');
    becomes('first');
    give(1, 'unsure');
    project.setReviewer('Ann');
    project.undo(clock());
    becomes('second');
    expect(kind(1)).toBeNull();
    project.redo(clock());
    expect(kind(1)).toBeNull();
    project.setReviewer('Bob');
    project.undo(clock());
    expect(kind(1)).toBeNull();
    becomes('first');
    // Ann said hers again when she knew of both of Bob's.
    expect(project.detail(one).verdict).toMatchObject({ kind: 'wrong-label', reviewer: 'Ann' });
  });

  it('that are replaced twice keep each verdict with the picture it was given for', () => {
    give(1, 'wrong-label');
    becomes('first');
    becomes('second');
    // The picture cannot be read for a while, and its content is not known when it is judged anew.
    const error = { code: 'IMAGE_UNREADABLE', message: 'torn', hint: '' } as const;
    project.recordPredictions([{ id: one, outcome: { ok: false, error } }]);
    project.retryUnreadable();
    give(1, 'unsure');
    becomes('third');
    expect(kind(1)).toBe('unsure');
    // What was said of the third picture replaces nothing of the first.
    becomes('first');
    expect(kind(1)).toBe('wrong-label');
    project.undo(clock());
    expect(kind(1)).toBe('wrong-label');
    project.redo(clock());
    becomes('third');
    expect(kind(1)).toBe('unsure');
  });

  it.each([
    [
      'left the dataset',
      (): void => {
        project.beginScan();
        project.finishScan([]);
        project.beginScan();
        project.addImages([image('b "=\n🦉.png', 'dog'), image('a.png', 'cat')]);
        project.finishScan([]);
      },
    ],
    [
      'could not be read',
      (): void => {
        const error = { code: 'IMAGE_UNREADABLE', message: 'torn', hint: '' } as const;
        project.recordPredictions([{ id: one, outcome: { ok: false, error } }]);
        project.retryUnreadable();
      },
    ],
    [
      'were forgotten with the cache',
      (): void => {
        const { folder } = project;
        project.close();
        rmSync(join(folder, 'audit.sqlite'));
        project = Project.open(folder);
        project.setReviewer('Ann');
        project.addImages([image('a.png', 'cat')]);
      },
    ],
  ])('that %s and come back as another picture are without the verdict', (_, lose) => {
    give(1, 'wrong-label');
    becomes('first');
    lose();
    const id = idsByFile(project).get('a.png') ?? expect.fail();
    project.recordPredictions([{ id, outcome: predicted('second', [1, 0, 0]) }]);
    expect([project.detail(id).verdict, project.rows([id])[0]?.verdict]).toEqual([null, null]);
    project.recordPredictions([{ id, outcome: predicted('first', [1, 0, 0]) }]);
    expect(project.detail(id).verdict?.kind).toBe('wrong-label');
  });

  it('that left the dataset can still be undone, and it is said', () => {
    give(1, 'unsure');
    project.beginScan();
    project.addImages([image('b "=\n🦉.png', 'dog')]);
    project.finishScan([]);
    const unsure = { kind: 'unsure', reviewer: 'Ann' };
    expect(project.undo(clock())).toMatchObject({
      changes: [],
      gone: [{ file: 'a.png', before: unsure, after: null }],
      canUndo: false,
      canRedo: true,
    });
    expect(project.redo(clock())).toMatchObject({
      changes: [],
      gone: [{ file: 'a.png', before: null, after: unsure }],
      canUndo: true,
      canRedo: false,
    });
  });
});

describe('the journal', () => {
  it('of a project made before verdicts on several images goes on where it was', () => {
    const path = join(temporary.path, 'early.sqlite');
    const early = new SqliteFile(path, { synchronous: 'FULL' });
    migrate(early, verdictMigrations, 1);
    early.exec(`
      INSERT INTO reviewers (name) VALUES ('Ann');
      INSERT INTO journal (at, reviewer, action, file, before, after) VALUES
        (1, 1, 'give', 'a.png', NULL, '{"verdict":{"kind":"unsure","correctedLabels":[],"note":"","reviewer":"Ann","at":1},"sha256":null}');
      INSERT INTO verdicts VALUES ('a.png', 1, NULL, 'unsure', '[]', '', 1);`);
    migrate(early, verdictMigrations);
    now = 1;
    const verdicts = new Verdicts(early);
    verdicts.setReviewer('Ann');
    const unsure = { kind: 'unsure', correctedLabels: [], note: '' } as const;
    verdicts.give(
      ['a.png', 'b.png'].map((file) => ({ file, sha256: null })),
      { ...unsure, kind: 'ambiguous' },
      clock(),
    );
    expect(verdicts.undo(clock()).map(({ file }) => file)).toEqual(['a.png', 'b.png']);
    expect(verdicts.standing('a.png', null).verdict).toMatchObject(unsure);
    expect(verdicts.undo(clock()).map(({ file }) => file)).toEqual(['a.png']);
    expect([verdicts.standing('a.png', null).verdict, verdicts.canUndo]).toEqual([null, false]);
    early.close();
  });

  it('of a project made before contents were kept beside it knows the one that was bound', () => {
    const path = join(temporary.path, 'early.sqlite');
    const early = new SqliteFile(path, { synchronous: 'FULL' });
    migrate(early, verdictMigrations, 2);
    early.exec(`
      INSERT INTO reviewers (name) VALUES ('Ann');
      INSERT INTO journal (at, reviewer, action, file, before, after) VALUES
        (1, 1, 'give', 'a.png', NULL, '{"verdict":{"kind":"unsure","correctedLabels":[],"note":"","reviewer":"Ann","at":1},"sha256":null}');
      INSERT INTO verdicts VALUES ('a.png', 1, 'aa', 'unsure', '[]', '', 1);`);
    migrate(early, verdictMigrations);
    now = 1;
    const verdicts = new Verdicts(early);
    verdicts.setReviewer('Ann');
    verdicts.undo(clock());
    verdicts.redo(clock());
    const standing = ['bb', 'aa'].map((content) => verdicts.standing('a.png', content).verdict?.kind);
    expect(standing).toEqual([undefined, 'unsure']);
    expect(verdicts.history('a.png', 'bb').map(({ ofOtherPicture }) => ofOtherPicture)).toEqual([true, false, true]);
    early.close();
  });

  it('knows a step again by its moment and takes it once, whatever it is', () => {
    const judged = [one];
    const kinds = (): string[] => project.detail(one).history.map(({ action }) => action);
    const unsure = { kind: 'unsure', correctedLabels: [], note: '' } as const;
    const given = project.give(judged, unsure, 10);
    expect(project.give(judged, unsure, 10)).toEqual(given);
    const cleared = project.clear(judged, 11);
    expect(project.clear(judged, 11)).toEqual(cleared);
    const undone = project.undo(12);
    expect(project.undo(12)).toEqual(undone);
    expect(undone.changes[0]).toMatchObject({ before: null, after: { kind: 'unsure', at: 10 } });
    const redone = project.redo(13);
    expect(project.redo(13)).toEqual(redone);
    expect(kinds()).toEqual(['give', 'clear', 'undo', 'redo']);
    project.undo(14);
    project.undo(15);
    expect(kinds().slice(4)).toEqual(['undo', 'undo']);
    expect(project.canUndo).toBe(false);
  });

  it('takes the steps of others, and other steps at the same moment, for what they are', () => {
    const unsure = { kind: 'unsure', correctedLabels: [], note: '' } as const;
    project.give([one], unsure, 10);
    project.setReviewer('Ben');
    project.give([one], unsure, 10);
    expect(project.detail(one).history.map(({ reviewer }) => reviewer)).toEqual(['Ann', 'Ben']);
    project.clear([one], 10);
    expect(project.detail(one).history.map(({ action }) => action)).toEqual(['give', 'give', 'clear']);
  });

  it('cannot be changed or shortened', () => {
    give(1, 'unsure');
    const file = new Database(join(project.folder, 'verdicts.sqlite'));
    expect(() => file.exec('DELETE FROM entries')).toThrow('append-only');
    expect(() => file.exec("UPDATE entries SET action = 'clear'")).toThrow('append-only');
    file.close();
  });
});
