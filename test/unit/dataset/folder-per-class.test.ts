import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openDataset } from '../../../src/main/dataset/registry.js';
import { named, writeTree } from '../../support/file-tree.js';
import { certaintyOf, listRows } from '../../support/listing.js';

describe('a folder per class', () => {
  test('gives the first folder as label, however deep the file lies, in natural order', async () => {
    const root = await writeTree(
      named('dog/10.jpg', 'dog/9.jpg', 'cat/a/b/deep.PNG', 'cat/z.webp', 'class 2/x.gif', 'class 10/x.tif'),
    );
    expect(await certaintyOf('folder-per-class', root)).toBe(0.8);
    const dataset = await openDataset(root, { format: 'folder-per-class' });
    expect(dataset.labels).toEqual(['cat', 'class 2', 'class 10', 'dog']);
    expect(await listRows(dataset)).toEqual([
      'cat/z.webp -> cat',
      'cat/a/b/deep.PNG -> cat',
      'class 2/x.gif -> class 2',
      'class 10/x.tif -> class 10',
      'dog/9.jpg -> dog',
      'dog/10.jpg -> dog',
    ]);
    expect(dataset.warnings).toEqual([]);
  });

  test('with split folders gives the second folder as label', async () => {
    const root = await writeTree(
      named('train/cat/1.jpg', 'train/dog/1.jpg', 'val/cat/2.jpg', 'test/7.jpg', 'notes/scan.png'),
    );
    const dataset = await openDataset(root, { format: 'folder-per-class' });
    expect(dataset.labels).toEqual(['cat', 'dog']);
    expect(await listRows(dataset)).toEqual([
      'notes/scan.png -> -',
      'test/7.jpg -> - (test)',
      'train/cat/1.jpg -> cat (train)',
      'train/dog/1.jpg -> dog (train)',
      'val/cat/2.jpg -> cat (val)',
    ]);
    expect(dataset.warnings).toEqual([
      'Images outside every class folder, listed without a label (2): "notes/scan.png", "test/7.jpg".',
    ]);
  });

  test('keeps a class that is called like a split among other classes', async () => {
    const root = await writeTree(named('bus/1.jpg', 'car/1.jpg', 'train/1.jpg'));
    const dataset = await openDataset(root, { format: 'folder-per-class' });
    expect(dataset.labels).toEqual(['bus', 'car', 'train']);
    expect(await listRows(dataset)).toContain('train/1.jpg -> train');
  });

  test('passes over what is hidden, foreign or no image, and tells of empty classes', async () => {
    const files = named(
      'cat/1.jpg',
      'cat/.hidden.jpg',
      'cat/notes.txt',
      '.git/x.jpg',
      '__MACOSX/cat/1.jpg',
      'old.hognose/t.jpg',
    );
    const root = await writeTree(files);
    await mkdir(join(root, 'empty'));
    const dataset = await openDataset(root, { format: 'folder-per-class' });
    expect(await listRows(dataset)).toEqual(['cat/1.jpg -> cat']);
    expect(dataset.labels).toEqual(['cat', 'empty']);
    expect(dataset.warnings).toEqual(['Class folders without an image (1): "empty".']);
  });

  test('follows links to folders once, and never in a circle', async () => {
    const root = await writeTree(named('cat/1.jpg'));
    const elsewhere = await writeTree(named('far.jpg'));
    await symlink(elsewhere, join(root, 'dog'));
    await symlink(root, join(root, 'cat', 'loop'));
    await symlink(join(root, 'nowhere'), join(root, 'cat', 'broken.jpg'));
    const dataset = await openDataset(root, { format: 'folder-per-class' });
    expect(await listRows(dataset)).toEqual(['cat/1.jpg -> cat', 'dog/far.jpg -> dog']);
    expect(dataset.warnings).toEqual([
      `Links that lead nowhere (1): "${join(root, 'cat', 'broken.jpg')}".`,
      `Links that lead back into themselves (1): "${join(root, 'cat', 'loop')}".`,
    ]);
  });

  test.skipIf(process.getuid?.() === 0)('tells of folders that may not be read and lists the rest', async () => {
    const root = await writeTree(named('cat/1.jpg', 'dog/1.jpg'));
    await chmod(join(root, 'dog'), 0);
    const dataset = await openDataset(root, { format: 'folder-per-class' });
    expect(await listRows(dataset)).toEqual(['cat/1.jpg -> cat']);
    expect(dataset.warnings[0]).toContain('Folders that could not be read, EACCES (1)');
    await chmod(join(root, 'dog'), 0o700);
  });

  test('a flat folder is listed without labels, a second listing equals the first', async () => {
    const root = await writeTree(named('b.jpg', 'a.jpg'));
    expect(await certaintyOf('folder-per-class', root)).toBe(0.2);
    const dataset = await openDataset(root, { format: 'folder-per-class' });
    expect(dataset.labels).toEqual([]);
    const rows = await listRows(dataset);
    expect(rows).toEqual(['a.jpg -> -', 'b.jpg -> -']);
    expect(await listRows(dataset)).toEqual(rows);
    expect(dataset.warnings).toHaveLength(1);
  });
});
