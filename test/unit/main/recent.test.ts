/** The list of recent projects. */

import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RecentProjects } from '../../../src/main/recent.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-recent-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const names = async (recent: RecentProjects): Promise<string[]> => (await recent.list()).map(({ name }) => name);

describe('RecentProjects', () => {
  it('lists the newest first, each project once, over a restart', async () => {
    const recent = await RecentProjects.open(folder);
    for (const name of ['a', 'b', 'a']) await recent.remember(join(folder, `${name}.hognose`));
    expect(await names(await RecentProjects.open(folder))).toEqual(['a', 'b']);
  });

  it('says which projects are still there', async () => {
    await mkdir(join(folder, 'here.hognose'));
    const recent = await RecentProjects.open(folder);
    await recent.remember(join(folder, 'gone.hognose'));
    await recent.remember(join(folder, 'here.hognose'));
    expect(await recent.list()).toMatchObject([
      { recent: 0, name: 'here', place: folder, exists: true },
      { recent: 1, name: 'gone', place: folder, exists: false },
    ]);
  });

  it('shows a project by the name it was given, and keeps it one row when it moves', async () => {
    const recent = await RecentProjects.open(folder);
    await recent.remember(join(folder, 'other.hognose'));
    await recent.remember(join(folder, 'a_b.hognose'), 'a/b');
    expect(await names(await RecentProjects.open(folder))).toEqual(['a/b', 'other']);
    await recent.moved(join(folder, 'a_b.hognose'), join(folder, 'owls.hognose'), 'owls');
    expect(await names(await RecentProjects.open(folder))).toEqual(['owls', 'other']);
    expect(recent.folder(0)).toBe(join(folder, 'owls.hognose'));
  });

  it('keeps twelve and forgets one on request', async () => {
    const recent = await RecentProjects.open(folder);
    for (let number = 1; number <= 14; number++) await recent.remember(join(folder, `${number}.hognose`));
    await recent.forget(0);
    expect(await names(recent)).toEqual(['13', '12', '11', '10', '9', '8', '7', '6', '5', '4', '3']);
  });

  it('begins anew when its file is damaged', async () => {
    await writeFile(join(folder, 'recent.json'), '[{"folder":1}]');
    expect(await (await RecentProjects.open(folder)).list()).toEqual([]);
  });

  it('refuses a row that is not there', async () => {
    const recent = await RecentProjects.open(folder);
    expect(() => recent.folder(0)).toThrow(expect.objectContaining({ code: 'REFUSED' }) as Error);
  });
});
