/** A project whose folder goes away while it is open: nothing is acknowledged that cannot be found again, and nothing is lost. */

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { Project } from '../../../src/main/project/project.js';
import { explanation, image, info, map, predicted, temporaryFolder } from './sample.js';
import { moment } from '../../support/moment.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
let folder: string;
const [one, two] = [imageId(1), imageId(2)];

beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'a.hognose');
  project = Project.create(folder, info);
  project.setReviewer('Ann');
  project.beginScan();
  project.addImages([image('one.png', 'cat'), image('two.png', 'dog')]);
  project.finishScan([]);
  project.recordPredictions([{ id: one, outcome: predicted('one', [0.5, 0.25, 0.25]) }]);
  give(one);
});
afterEach(() => {
  project.close();
  temporary.remove();
});

const right = { kind: 'right-label', correctedLabels: [], note: '' } as const;
function give(id: typeof one): void {
  project.give([id], right, moment());
}

/** Whoever goes away, this is what the person is told instead of an acknowledgement. */
function expectRefusal(work: () => void): void {
  let refusal: unknown = null;
  try {
    work();
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(AppError);
  expect(refusal).toMatchObject({
    code: 'PROJECT_GONE',
    message: expect.stringContaining(folder) as string,
    hint: expect.stringContaining('Save a copy') as string,
  });
}

const ways: readonly (readonly [string, () => void])[] = [
  [
    'is deleted',
    () => {
      rmSync(folder, { recursive: true });
    },
  ],
  [
    'is moved',
    () => {
      renameSync(folder, join(temporary.path, 'b.hognose'));
    },
  ],
  [
    'loses verdicts.sqlite alone',
    () => {
      rmSync(join(folder, 'verdicts.sqlite'));
    },
  ],
  [
    'loses the log of verdicts.sqlite alone',
    () => {
      rmSync(join(folder, 'verdicts.sqlite-wal'));
    },
  ],
  [
    'is deleted and another one is put at its place',
    () => {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      for (const name of ['verdicts.sqlite', 'verdicts.sqlite-wal', 'audit.sqlite']) {
        writeFileSync(join(folder, name), '');
      }
    },
  ],
];

describe.each(ways)('a folder that %s', (_, goAway) => {
  it('refuses every decision and every result, and says so', () => {
    expect(project.access).toBe('writable');
    goAway();
    expectRefusal(() => {
      give(two);
    });
    expectRefusal(() => project.clear([one], moment()));
    expectRefusal(() => project.undo(moment()));
    expectRefusal(() => {
      project.setMapping(info.mapping);
    });
    expectRefusal(() => {
      project.recordPredictions([{ id: two, outcome: predicted('two', [0.5, 0.25, 0.25]) }]);
    });
    expectRefusal(() => {
      project.saveExplanation(one, explanation([map(0, 1, [1, 2, 3, 4], [1, 2, 3, 4])]), project.info);
    });
    expect(project.summary().access).toBe('gone');
    expect(project.detail(two).verdict).toBeNull();
  });

  it('can be saved elsewhere with every verdict given before, its journal, and what was computed', () => {
    goAway();
    const copy = join(temporary.path, 'saved', 'a.hognose');
    project.saveCopy(copy);
    project.close();
    project = Project.open(copy);
    project.setReviewer('Ann');
    expect(project.info).toEqual(info);
    expect(project.detail(one).verdict).toMatchObject({ kind: 'right-label', reviewer: 'Ann' });
    expect(project.detail(one).history).toHaveLength(1);
    expect(project.counts()).toMatchObject({ images: 2, predicted: 1, reviewed: 1 });
    give(two);
    expect(project.undo(moment()).changes[0]?.row.verdict).toBeNull();
    expect(project.undo(moment()).changes[0]?.row).toMatchObject({ id: one, verdict: null });
  });
});

it('goes on when the folder is put back', () => {
  const away = join(temporary.path, 'b.hognose');
  renameSync(folder, away);
  expectRefusal(() => {
    give(two);
  });
  renameSync(away, folder);
  give(two);
  expect(project.access).toBe('writable');
  project.close();
  project = Project.open(folder);
  expect(project.detail(two).verdict?.kind).toBe('right-label');
});

describe('a copy', () => {
  it('takes the place of nothing and leaves nothing half done', () => {
    const there = join(temporary.path, 'there');
    mkdirSync(there);
    expect(() => {
      project.saveCopy(there);
    }).toThrow(expect.objectContaining({ code: 'OUTPUT_UNWRITABLE' }) as Error);
    expect(existsSync(join(there, 'project.json'))).toBe(false);
    writeFileSync(join(temporary.path, 'file'), '');
    expect(() => {
      project.saveCopy(join(temporary.path, 'file', 'a.hognose'));
    }).toThrow(expect.objectContaining({ code: 'OUTPUT_UNWRITABLE' }) as Error);
  });
});
