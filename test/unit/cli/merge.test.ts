/** `hognose merge`: what it says it took over, what is unsettled then, and what it refuses. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { Project } from '../../../src/main/project/project.js';
import { imageId, type VerdictKind } from '../../../src/shared/audit.js';
import { hognose } from '../../support/hognose.js';
import { image, info, temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let mine: string;
let theirs: string;

function judge(
  folder: string,
  reviewer: string,
  verdicts: readonly (readonly [id: number, kind: VerdictKind])[],
): void {
  const project = Project.open(folder);
  project.setReviewer(reviewer);
  for (const [index, [id, kind]] of verdicts.entries()) {
    project.give([imageId(id)], { kind, correctedLabels: [], note: '' }, index + 1);
  }
  project.close();
}

beforeEach(() => {
  temporary = temporaryFolder();
  mine = join(temporary.path, 'mine.hognose');
  theirs = join(temporary.path, 'theirs.hognose');
  const project = Project.create(mine, info);
  project.addImages(['a', 'b\n"=🦉', 'c'].map((name) => image(`${name}.png`, 'cat')));
  project.saveCopy(theirs);
  project.close();
});
afterEach(() => {
  temporary.remove();
});

it('says what was taken over from whom, and which images are unsettled', async () => {
  judge(mine, 'Ann', [
    [1, 'right-label'],
    [2, 'bad-image'],
  ]);
  judge(theirs, 'Bo', [
    [2, 'right-label'],
    [3, 'unsure'],
  ]);
  const first = await hognose(['merge', mine, theirs]);
  expect([first.code, first.stdout]).toEqual([
    0,
    `${theirs}: 2 verdicts by Bo taken over. 1 image is unsettled now.\n`,
  ]);
  expect(first.stderr).toContain('1 image is unsettled: people decided differently');
  expect(first.stderr).toContain('  "b\\n\\"=🦉.png"');
  expect(first.stderr).toContain('verdict:unsettled');
  const again = await hognose(['merge', mine, theirs, '--json']);
  expect(JSON.parse(again.stdout)).toEqual({
    merged: [{ from: theirs, verdicts: 0, known: 2, reviewers: [], elsewhere: 0, unsettled: 1 }],
    unsettled: ['b\n"=🦉.png'],
  });
  const listed = await hognose(['images', mine, 'verdict:unsettled']);
  expect(listed.stdout.split('unsettled')).toHaveLength(2);
});

it('refuses what is no copy of a project, and one that is open elsewhere', async () => {
  mkdirSync(join(temporary.path, 'empty'));
  const { code, stderr } = await hognose(['merge', mine, join(temporary.path, 'empty')]);
  expect(code).not.toBe(0);
  expect(stderr).toContain('There is no Hognose project at');
  const open = Project.open(mine);
  const locked = await hognose(['merge', mine, theirs]);
  open.close();
  expect(locked.code).not.toBe(0);
  expect(locked.stderr).toContain('is open in another Hognose');
});

it('takes the others over where one cannot be, and shows names that would forge lines', async () => {
  judge(theirs, 'Bo\n\u202ewow', [[1, 'bad-image']]);
  const { code, stdout, stderr } = await hognose(['merge', mine, join(temporary.path, 'nowhere'), theirs]);
  expect(code).not.toBe(0);
  expect(stdout).toBe(`${theirs}: 1 verdict by Bo\ufffd\ufffdwow taken over.\n`);
  expect(stderr).toContain('nowhere: not taken over. There is no Hognose project');
  expect(stderr).toContain('1 copy was not taken over');
});
