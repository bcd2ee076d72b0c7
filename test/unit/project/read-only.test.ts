/** A project that may not be written to: it opens for looking, and says what it cannot keep and why. */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId } from '../../../src/shared/audit.js';
import { Project } from '../../../src/main/project/project.js';
import { contradicted, explanation, image, info, map, predicted, temporaryFolder } from './sample.js';
import { moment } from '../../support/moment.js';

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
const [one, two] = [imageId(1), imageId(2)];
const right = { kind: 'right-label', correctedLabels: [], note: '' } as const;
const maps = explanation([map(0, 0.5, [1, 2, 3, 4], [1, 2, 3, 4])]);

function make(at: string): Project {
  const project = Project.create(at, info);
  project.setReviewer('Ann');
  project.beginScan();
  project.addImages([image('one.png', 'cat'), image('two.png', 'dog')]);
  project.finishScan([]);
  project.recordPredictions([{ id: one, outcome: predicted('one', [0.5, 0.25, 0.25]) }]);
  project.saveExplanation(one, maps, info);
  project.setDisagreement(one, contradicted, info);
  project.give([one], right, moment());
  return project;
}

beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'a.hognose');
});
afterEach(() => {
  temporary.remove();
});

/** Names, times and contents of everything in a folder. */
const picture = (at: string): unknown =>
  readdirSync(at).map((name) => [name, statSync(join(at, name)).mtimeMs, readFileSync(join(at, name), 'base64')]);

function expectLooking(project: Project): void {
  expect(project.summary()).toMatchObject({ access: 'read-only', counts: { images: 2, predicted: 1, reviewed: 1 } });
  expect(project.detail(one).verdict?.kind).toBe('right-label');
  expect(project.loadExplanation(one, project.info)?.maps[0]?.kept.map(Math.round)).toEqual(
    Float32Array.of(1, 2, 3, 4),
  );
  expect(project.disagreement(one, project.info)).toEqual(contradicted);
}

describe('a project opened for looking', () => {
  it('shows everything and leaves its folder as it was', () => {
    make(folder).close();
    const before = picture(folder);
    const project = Project.openReadOnly(folder);
    expectLooking(project);
    project.setTis({ ...info.tis, masks: 64 });
    expect(project.loadExplanation(one, project.info)).toBeNull();
    project.saveExplanation(one, { ...maps, parameters: project.info.tis }, project.info);
    expect(project.counts().explained).toBe(1);
    project.close();
    expect(picture(folder)).toEqual(before);
  });

  it('refuses verdicts, predictions and mappings with the reason and the way out', () => {
    make(folder).close();
    const project = Project.openReadOnly(folder);
    project.setReviewer('Ann');
    const refused = expect.objectContaining({
      code: 'READ_ONLY',
      message: expect.stringContaining(folder) as string,
      hint: expect.stringContaining('Save a copy') as string,
    }) as Error;
    expect(() => project.give([two], right, moment())).toThrow(refused);
    expect(() => project.clear([one], moment())).toThrow(refused);
    expect(() => project.undo(moment())).toThrow(refused);
    expect(() => {
      project.recordPredictions([{ id: two, outcome: predicted('two', [1, 0, 0]) }]);
    }).toThrow(refused);
    expect(() => {
      project.setMapping(info.mapping);
    }).toThrow(refused);
    expect(project.detail(two).verdict).toBeNull();
    project.close();
  });

  it('can be saved as a copy that takes verdicts', () => {
    make(folder).close();
    const looking = Project.openReadOnly(folder);
    const copy = join(temporary.path, 'copy.hognose');
    looking.saveCopy(copy);
    looking.close();
    const project = Project.open(copy);
    expect(project.access).toBe('writable');
    expect(project.counts()).toMatchObject({ images: 2, predicted: 1, explained: 1, reviewed: 1 });
    project.give([two], right, moment());
    project.close();
  });

  it('shows what another Hognose has committed up to now', () => {
    const writer = make(folder);
    writer.give([two], right, moment());
    const project = Project.openReadOnly(folder);
    expect(project.counts().reviewed).toBe(2);
    project.close();
    writer.close();
  });

  it('leaves nothing in the folder for temporary files', () => {
    make(folder).close();
    const own = join(temporary.path, 'tmp');
    mkdirSync(own);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = own;
    try {
      const project = Project.openReadOnly(folder);
      expect(readdirSync(own)).toHaveLength(1);
      project.close();
      expect(readdirSync(own)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  it('is opened for writing where that is allowed, and says what is no project', () => {
    make(folder).close();
    const project = Project.openAsAllowed(folder);
    expect(project.access).toBe('writable');
    expect(() => Project.openAsAllowed(folder)).toThrow(expect.objectContaining({ code: 'PROJECT_IN_USE' }) as Error);
    project.close();
    const none = expect.objectContaining({ code: 'NO_PROJECT' }) as Error;
    expect(() => Project.openAsAllowed(temporary.path)).toThrow(none);
    expect(existsSync(join(temporary.path, 'lock.sqlite'))).toBe(false);
  });
});

/** Only root on Linux may mount. */
function mount(at: string, options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write('Skipped: a read-only drive can be made by root on Linux only.\n');
    return false;
  }
}

it('opens from a drive that really is read-only, closed or cut off in the middle', ({ skip }) => {
  const drive = join(temporary.path, 'drive');
  mkdirSync(drive);
  if (!mount(drive, 'size=20m')) skip('no right to mount');
  try {
    make(join(drive, 'closed.hognose')).close();
    // As a power cut leaves it: with the logs still beside the databases.
    const open = make(join(drive, 'live.hognose'));
    cpSync(join(drive, 'live.hognose'), join(drive, 'cut.hognose'), { recursive: true });
    open.close();
    execFileSync('mount', ['-o', 'remount,ro', drive]);
    for (const name of ['closed.hognose', 'cut.hognose']) {
      expect(() => Project.open(join(drive, name))).toThrow(expect.objectContaining({ code: 'READ_ONLY' }) as Error);
      const project = Project.openAsAllowed(join(drive, name));
      expectLooking(project);
      project.close();
    }
  } finally {
    execFileSync('umount', ['-l', drive]);
  }
});
