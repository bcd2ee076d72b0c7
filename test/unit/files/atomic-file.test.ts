/** Files are replaced whole or not at all, and nothing is left beside them. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  replaceFile,
  writeFileAtomically,
  writeFileAtomicallySync,
  writeOutput,
} from '../../../src/main/files/atomic-file.js';
import { AppError } from '../../../src/shared/errors.js';
import { writeTree } from '../../support/file-tree.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await writeTree({ 'a.txt': 'old' });
  file = join(folder, 'a.txt');
});
const content = (): string => readFileSync(file, 'utf8');
const names = (): readonly string[] => readdirSync(folder);

describe('a file', () => {
  it('is the old one until the new one is whole', async () => {
    await replaceFile(file, async (unfinished) => {
      await writeFile(unfinished, 'ne');
      expect(content()).toBe('old');
      await writeFile(unfinished, 'new');
    });
    expect([content(), names()]).toEqual(['new', ['a.txt']]);
  });

  it('stays when writing fails, and why is told as it was', async () => {
    const failure = new Error('no more');
    const writing = replaceFile(file, async (unfinished) => {
      await writeFile(unfinished, 'ne');
      throw failure;
    });
    await expect(writing).rejects.toBe(failure);
    expect([content(), names()]).toEqual(['old', ['a.txt']]);
  });

  it.each([
    ['at once', (path: string) => Promise.resolve().then(() => writeFileAtomicallySync(path, 'new'))],
    ['in its time', (path: string) => writeFileAtomically(path, 'new')],
  ])('is replaced by a text %s', async (_, write) => {
    await write(file);
    expect([content(), names()]).toEqual(['new', ['a.txt']]);
  });

  it.each([
    ['at once', (path: string) => Promise.resolve().then(() => writeFileAtomicallySync(path, 'new'))],
    ['in its time', (path: string) => writeFileAtomically(path, 'new')],
  ])('cannot take the place of a folder, and leaves nothing behind, %s', async (_, write) => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'b.txt'), 'b');
    await expect(write(join(folder, 'taken'))).rejects.toThrow();
    expect(names()).toEqual(['a.txt', 'taken']);
  });

  it('gets the folder that it needs', async () => {
    const path = join(folder, 'new', 'folder', 'b.txt');
    await writeFileAtomically(path, 'b');
    expect(readFileSync(path, 'utf8')).toBe('b');
  });
});

describe('an output', () => {
  it('that cannot be written is named, with what is in the way', async () => {
    const path = join(folder, 'nowhere', 'b.txt');
    await expect(writeOutput(path, (unfinished) => writeFile(unfinished, 'b'))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining(path) as string,
    });
  });

  it('keeps the reason of who makes it', async () => {
    const reason = new AppError('CANCELLED', 'The work was cancelled.');
    await expect(writeOutput(file, () => Promise.reject(reason))).rejects.toBe(reason);
    expect(content()).toBe('old');
  });
});
