/** Files that are files: pipes, folders, devices and sockets in their place are told apart without waiting for them. */

import { execFileSync } from 'node:child_process';
import { appendFile, rename, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  NoRegularFile,
  readChunks,
  readRegularFile,
  readRegularText,
  RegularFile,
  withFile,
} from '../../../src/main/files/regular-file.js';
import { heldFile } from '../../support/held-file.js';
import { Patience } from '../../../src/main/files/patience.js';
import { writeTree } from '../../support/file-tree.js';

const posix = process.platform !== 'win32';

/** A named pipe that nobody writes to: opening it the usual way never returns. */
async function pipe(): Promise<string> {
  const path = join(await writeTree({}), 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

async function allOf(chunks: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe('a file', () => {
  it('is read whole, as text and in pieces', async () => {
    const bytes = Uint8Array.from({ length: 3 * 2 ** 20 + 5 }, (_, at) => (at * 7) % 251);
    const root = await writeTree({ 'a.bin': bytes, 'a.txt': 'Höcker' });
    expect((await readRegularFile(join(root, 'a.bin'))).equals(bytes)).toBe(true);
    expect(await readRegularText(join(root, 'a.txt'))).toBe('Höcker');
    const pieces = await allOf(readChunks(join(root, 'a.bin')));
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it('is read from any place, up to its end', async () => {
    const path = join(await writeTree({ a: 'abcdef' }), 'a');
    await withFile(path, async (file) => {
      const bytes = Buffer.alloc(4);
      expect([await file.read(bytes, 1), bytes.toString()]).toEqual([4, 'bcde']);
      expect(await file.read(bytes, 4)).toBe(2);
      expect(await file.read(bytes, 6)).toBe(0);
    });
  });

  it('that shrinks or grows while it is read gives what is there, and no more than it had', async () => {
    const path = join(await writeTree({ a: 'abcdef' }), 'a');
    await withFile(path, async (file) => {
      await truncate(path, 2);
      expect((await file.whole()).toString()).toBe('ab');
    });
    await withFile(path, async (file) => {
      await appendFile(path, 'xyz');
      expect((await file.whole()).toString()).toBe('ab');
    });
  });

  it('that is missing is the operating system’s error', async () => {
    await expect(readRegularFile(join(await writeTree({}), 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('what is no file', () => {
  it.runIf(posix)('a pipe is refused at once', async () => {
    await expect(readRegularFile(await pipe())).rejects.toThrow('it is a pipe, not a file');
    await expect(allOf(readChunks(await pipe()))).rejects.toThrow(NoRegularFile);
  });

  it('a folder is refused as the operating system would', async () => {
    await expect(readRegularFile(await writeTree({}))).rejects.toMatchObject({
      message: 'it is a folder, not a file',
      code: 'EISDIR',
    });
  });

  it.runIf(posix)('so is a device that never ends', async () => {
    await expect(readRegularFile('/dev/zero')).rejects.toThrow('it is a device, not a file');
  });

  it.runIf(posix)('a socket cannot be opened', async () => {
    const path = join(await writeTree({}), 'socket');
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(readRegularFile(path)).rejects.toMatchObject({ code: 'ENXIO' });
  });

  it.runIf(posix)('a pipe that takes the place of a file between two looks is refused like any other', async () => {
    const root = await writeTree({ 'a.jpg': 'abc' });
    const path = join(root, 'a.jpg');
    expect((await readRegularFile(path)).toString()).toBe('abc');
    await rename(await pipe(), path);
    await expect(readRegularFile(path)).rejects.toThrow(NoRegularFile);
  });
});

describe('a drive that hangs', () => {
  it('is given up, and the file comes back when it answers', async ({ skip }) => {
    const path = join(await writeTree({ 'a.jpg': 'abc' }), 'a.jpg');
    const held = await heldFile(path);
    if (held === null) return skip('no file can be held here');
    const patience = new Patience(20, 1);
    await expect(RegularFile.open(path, patience)).rejects.toThrow('did not answer');
    expect(patience.pending).toBe(1);
    await expect(RegularFile.open(path, patience)).rejects.toThrow('the drive that holds it does not answer');
    await held.release();
    await expect.poll(() => patience.pending).toBe(0);
    expect((await readRegularFile(path)).toString()).toBe('abc');
  });
});
