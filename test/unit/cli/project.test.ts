/** `hognose project rename`: the name, the folder, and what stands in the way. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Project } from '../../../src/main/project/project.js';
import { hognose } from '../../support/hognose.js';
import { info, temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'Animals.hognose');
  Project.create(folder, info).close();
});
afterEach(() => {
  temporary.remove();
});

it('renames the project and prints where it lies now', async () => {
  const to = join(temporary.path, '_Owls_ _ 🦉.hognose');
  expect(await hognose(['project', 'rename', folder, '"Owls" / 🦉'])).toMatchObject({ code: 0, stdout: `${to}\n` });
  const project = Project.open(to);
  expect(project.info.name).toBe('"Owls" / 🦉');
  project.close();
});

it('says what stands in the way, and changes nothing', async () => {
  const project = Project.open(folder);
  const busy = await hognose(['project', 'rename', folder, 'Owls']);
  expect([busy.code, busy.stdout]).toEqual([1, '']);
  expect(busy.stderr).toContain('is open in another Hognose');
  project.close();
  expect(await hognose(['project', 'rename', folder, ' '])).toMatchObject({ code: 2, stdout: '' });
  const nowhere = await hognose(['project', 'rename', temporary.path, 'Owls']);
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toContain('There is no Hognose project at');
  expect(readdirSync(temporary.path)).toEqual(['Animals.hognose']);
});
