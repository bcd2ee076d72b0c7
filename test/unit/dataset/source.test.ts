import { mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { hashSource, readSource, sourceBytes } from '../../../src/main/dataset/source.js';
import { writeTree } from '../../support/file-tree.js';

test('a file gives its bytes and the SHA-256 of them', async () => {
  const data = await readSource({ path: join(await writeTree({ 'a.jpg': 'abc' }), 'a.jpg') });
  expect(data).toMatchObject({ kind: 'encoded', name: 'a.jpg', bytes: Buffer.from('abc') });
  // FIPS 180-2, appendix B.1.
  expect(hashSource(data)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sourceBytes(data)).toBe(3);
});

test('pixels are named by their shape and content, so that equal bytes of another shape differ', () => {
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const wide = { kind: 'raw', name: 'x#0', pixels, width: 3, height: 2, channels: 1 } as const;
  // printf 'idx:3x2x1:\1\2\3\4\5\6' | sha256sum
  expect(hashSource(wide)).toBe('8bb171b50a73ab55f59056ea00a7fc2f2ce866afb9c28efc89bc166497c5815b');
  expect(hashSource({ ...wide, width: 2, height: 3 })).not.toBe(hashSource(wide));
  expect(hashSource({ ...wide, name: 'y#7' })).toBe(hashSource(wide));
  expect(sourceBytes(wide)).toBe(6);
});

test('empty, missing, oversized and impossible files are told apart', async () => {
  const root = await writeTree({ 'empty.jpg': '', 'big.jpg': 'x' });
  await mkdir(join(root, 'folder.jpg'));
  // Sparse: takes no space on disk.
  await truncate(join(root, 'big.jpg'), 1024 ** 3 + 1);
  const read = (name: string): Promise<unknown> => readSource({ path: join(root, name) });
  await expect(read('empty.jpg')).rejects.toMatchObject({
    code: 'IMAGE_UNREADABLE',
    message: '"empty.jpg" is empty (0 bytes).',
  });
  await expect(read('gone.jpg')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', message: /"gone\.jpg"/ });
  await expect(read('big.jpg')).rejects.toMatchObject({
    code: 'IMAGE_UNREADABLE',
    message: '"big.jpg" is larger than 1 GiB.',
  });
  await expect(read('folder.jpg')).rejects.toMatchObject({
    code: 'IMAGE_UNREADABLE',
    message: /it is a folder, not a file/,
  });
});
