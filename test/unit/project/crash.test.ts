/** `kill -9` in the middle of a transaction: what was answered is kept, what was not is undone, and work goes on. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Project } from '../../../src/main/project/project.js';
import { image, info, temporaryFolder } from './sample.js';
import { idsByFile } from '../../support/ids-by-file.js';

const script = fileURLToPath(new URL('../../fixtures/project/crash.mjs', import.meta.url));
let temporary: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => {
  temporary.remove();
});

it('leaves whole batches, the verdict, and no lock', () => {
  const folder = join(temporary.path, 'a.hognose');
  const made = Project.create(folder, info);
  made.addImages(['a', 'b', 'c', 'd'].map((name) => image(`${name}.png`, 'cat')));
  made.close();

  const child = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
  expect({ signal: child.signal, stdout: child.stdout }, child.stderr).toEqual({
    signal: 'SIGKILL',
    stdout: 'working\n',
  });

  const project = Project.open(folder);
  expect(project.pendingPredictions(0, 9).map((entry) => entry.file)).toEqual(['c.png', 'd.png']);
  const first = idsByFile(project).get('a.png');
  expect(first).toBeDefined();
  if (first !== undefined) expect(project.detail(first).verdict).toMatchObject({ kind: 'unsure', reviewer: 'Ann' });
  project.close();
});
