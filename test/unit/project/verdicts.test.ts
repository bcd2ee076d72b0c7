/** Verdicts: given, cleared, undone and redone without limit, by reviewer, across restarts, in a journal that only grows. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId, type VerdictKind } from '../../../src/shared/audit.js';
import { Project } from '../../../src/main/project/project.js';
import { image, info, predicted, temporaryFolder } from './sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
let now = 0;
const clock = (): number => (now += 1);
const one = imageId(1);

beforeEach(() => {
  now = 0;
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info, { clock });
  project.addImages([image('a.png', 'cat'), image('b "=\n🦉.png', 'dog')]);
  project.setReviewer('Ann');
});
afterEach(() => {
  project.close();
  temporary.remove();
});

function reopen(): void {
  const { folder, reviewer } = project;
  project.close();
  project = Project.open(folder, { clock });
  project.setReviewer(reviewer);
}

const give = (id: number, kind: VerdictKind, correctedLabels: string[] = [], note = ''): void => {
  project.give(imageId(id), { kind, correctedLabels, note });
};
const kind = (id: number): VerdictKind | null => project.verdict(imageId(id))?.kind ?? null;
const actions = (id: number): string[] =>
  project.history(imageId(id)).map((entry) => `${entry.reviewer} ${entry.action}`);

describe('a verdict', () => {
  it('is answered with the row as it is now', () => {
    const outcome = project.give(one, { kind: 'wrong-label', correctedLabels: ['dog'], note: 'it barks' });
    const verdict = { kind: 'wrong-label', correctedLabels: ['dog'], note: 'it barks', reviewer: 'Ann', at: 1 };
    expect(outcome).toMatchObject({ row: { id: 1, verdict }, canUndo: true, canRedo: false });
    expect(project.rows([one])[0]?.verdict).toEqual(verdict);
    expect(project.detail(one).history).toEqual([
      { at: 1, reviewer: 'Ann', action: 'give', verdict, ofOtherPicture: false },
    ]);
  });

  it('is durable when the call returns: another connection reads it', () => {
    give(2, 'several-labels', ['cat', 'owl']);
    const other = new Database(join(project.folder, 'verdicts.sqlite'), { readonly: true });
    expect(other.prepare('SELECT file, kind, corrected FROM verdicts').all()).toEqual([
      { file: 'b "=\n🦉.png', kind: 'several-labels', corrected: '["cat","owl"]' },
    ]);
    expect(other.pragma('journal_mode', { simple: true })).toBe('wal');
    other.close();
  });

  it('carries corrected labels only where they mean something', () => {
    give(1, 'ambiguous', ['dog']);
    expect(project.verdict(one)?.correctedLabels).toEqual([]);
  });

  it('of an unknown image is refused and leaves no trace', () => {
    expect(() => {
      give(99, 'unsure');
    }).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
    expect(project.canUndo).toBe(false);
  });

  it('cleared twice is journalled once', () => {
    give(1, 'unsure');
    project.clear(one);
    project.clear(one);
    expect(kind(1)).toBeNull();
    expect(actions(1)).toEqual(['Ann give', 'Ann clear']);
  });
});

describe('undo and redo', () => {
  it('go back and forth through every step', () => {
    give(1, 'unsure');
    give(1, 'wrong-label', ['dog']);
    project.clear(one);
    const seen: (VerdictKind | null)[] = [];
    while (project.canUndo) {
      project.undo();
      seen.push(kind(1));
    }
    expect(seen).toEqual(['wrong-label', 'unsure', null]);
    while (project.canRedo) {
      project.redo();
      seen.push(kind(1));
    }
    expect(seen.slice(3)).toEqual(['unsure', 'wrong-label', null]);
    expect(actions(1)).toHaveLength(9);
  });

  it('say when there is nothing', () => {
    expect(() => project.undo()).toThrow(expect.objectContaining({ code: 'NOTHING_TO_UNDO' }));
    expect(() => project.redo()).toThrow(expect.objectContaining({ code: 'NOTHING_TO_UNDO' }));
  });

  it('a new verdict ends what could be redone', () => {
    give(1, 'unsure');
    give(2, 'unsure');
    project.undo();
    give(1, 'ambiguous');
    expect(project.canRedo).toBe(false);
    project.undo();
    expect(kind(1)).toBe('unsure');
    project.undo();
    expect(kind(1)).toBeNull();
    expect(project.canUndo).toBe(false);
  });

  it('undo, redo and undo in turn', () => {
    give(1, 'unsure');
    give(2, 'ambiguous');
    project.undo();
    project.undo();
    project.redo();
    expect([kind(1), kind(2)]).toEqual(['unsure', null]);
    project.undo();
    project.redo();
    project.redo();
    expect([kind(1), kind(2), project.canRedo]).toEqual(['unsure', 'ambiguous', false]);
  });

  it('survive a restart, two hundred deep', () => {
    const kinds: VerdictKind[] = ['unsure', 'ambiguous', 'bad-image'];
    for (let step = 0; step < 200; step += 1) give((step % 2) + 1, kinds[step % 3] ?? 'unsure');
    for (let step = 0; step < 100; step += 1) project.undo();
    reopen();
    expect([kind(1), kind(2)]).toEqual([kinds[98 % 3], kinds[99 % 3]]);
    for (let step = 0; step < 100; step += 1) project.redo();
    expect([kind(1), kind(2), project.canRedo]).toEqual([kinds[198 % 3], kinds[199 % 3], false]);
    reopen();
    for (let step = 0; step < 200; step += 1) project.undo();
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
        const image = random(2);
        const next = kinds[random(4)] ?? 'unsure';
        give(image + 1, next);
        const state = [...(states[at] ?? [])];
        state[image] = next;
        states = [...states.slice(0, at + 1), state];
        at += 1;
      } else if (choice === 2 && project.canUndo) {
        project.undo();
        at -= 1;
      } else if (choice === 3 && project.canRedo) {
        project.redo();
        at += 1;
      }
      if (step % 500 === 250) reopen();
      expect([kind(1), kind(2)]).toEqual(states[at]);
      expect([project.canUndo, project.canRedo]).toEqual([at > 0, at < states.length - 1]);
    }
  });
});

describe('reviewers', () => {
  it('have stacks of their own; the newest verdict is shown', () => {
    give(1, 'unsure');
    project.setReviewer('Bob');
    expect(project.canUndo).toBe(false);
    give(1, 'ambiguous');
    expect(project.verdict(one)).toMatchObject({ kind: 'ambiguous', reviewer: 'Bob' });
    project.undo();
    expect(project.verdict(one)).toMatchObject({ kind: 'unsure', reviewer: 'Ann' });
    project.setReviewer('Ann');
    project.undo();
    expect(kind(1)).toBeNull();
    expect(actions(1)).toEqual(['Ann give', 'Bob give', 'Bob undo', 'Ann undo']);
  });

  it('cannot clear each other’s verdicts', () => {
    give(1, 'unsure');
    project.setReviewer('Bob');
    project.clear(one);
    expect(project.verdict(one)?.reviewer).toBe('Ann');
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

  it('that left the dataset can still be undone, and it is said', () => {
    give(1, 'unsure');
    project.beginScan();
    project.addImages([image('b "=\n🦉.png', 'dog')]);
    project.finishScan([]);
    expect(() => project.undo()).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
    expect(project.canUndo).toBe(false);
  });
});

describe('the journal', () => {
  it('cannot be changed or shortened', () => {
    give(1, 'unsure');
    const file = new Database(join(project.folder, 'verdicts.sqlite'));
    expect(() => file.exec('DELETE FROM journal')).toThrow('append-only');
    expect(() => file.exec("UPDATE journal SET action = 'clear'")).toThrow('append-only');
    file.close();
  });
});
