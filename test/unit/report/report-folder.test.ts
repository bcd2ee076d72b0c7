/** Where reports are written: what killed ones left is removed, and nothing else. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFolder } from '../../../src/main/report/report-folder.js';
import { writeTree } from '../../support/file-tree.js';

const unfinishedMarker = '.hognose-report-draft';

/** The number of a process that has ended. */
const endedProcess = (): string => execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();

/** An unfinished folder as a process leaves it that is killed in the middle. */
async function unfinished(root: string, name: string, owner: string): Promise<void> {
  await mkdir(join(root, name));
  await writeFile(join(root, name, unfinishedMarker), `${owner}\n`);
  await writeFile(join(root, name, 'findings.csv'), 'half');
}
const write = (root: string): Promise<void> =>
  replaceFolder(join(root, 'report'), (place) => writeFile(join(place, 'new.csv'), 'whole'));

describe('a report that is written', () => {
  it('removes unfinished reports of processes that are gone, and reports that those had put aside', async () => {
    const root = await writeTree({ '.report-00000002-old/.hognose-report': '', 'report/.hognose-report': '' });
    await unfinished(root, '.report-00000001', `${endedProcess()} ${hostname()}`);
    await write(root);
    expect(await readdir(root)).toEqual(['report']);
    expect(await readdir(join(root, 'report'))).toEqual(['.hognose-report', 'new.csv']);
  });

  it('leaves alone what is written at the moment, and what is not an unfinished folder of this place', async () => {
    const root = await writeTree({
      '.report-0000000a/mine.txt': 'no marker: somebody else’s',
      '.report-0000000b-old/mine.txt': 'no report',
      '.report-short/x': '',
    });
    await unfinished(root, '.report-0000000c', `${String(process.ppid)} ${hostname()}`);
    await unfinished(root, '.other-0000000d', `${endedProcess()} ${hostname()}`);
    await unfinished(root, 'report-0000000e', `${endedProcess()} ${hostname()}`);
    const before = await readdir(root);
    await write(root);
    expect(await readdir(root)).toEqual([...before, 'report'].sort());
  });

  it('keeps the older report that a kill put aside while none stands in its place, until the new one does', async () => {
    const root = await writeTree({ '.report-00000003-old/.hognose-report': '' });
    await expect(replaceFolder(join(root, 'report'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(root)).toEqual(['.report-00000003-old']);
    await write(root);
    await write(root);
    expect(await readdir(root)).toEqual(['report']);
  });

  it('gives unfinished reports of other machines a day', async () => {
    const root = await writeTree({});
    await unfinished(root, '.report-00000004', '1 another-machine');
    await write(root);
    expect(existsSync(join(root, '.report-00000004'))).toBe(true);
    await utimes(join(root, '.report-00000004'), new Date(0), new Date(0));
    await write(root);
    expect(await readdir(root)).toEqual(['report']);
  });
});
