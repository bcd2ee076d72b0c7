import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { readIdxLabels, readIdxShape } from '../../../src/main/dataset/idx-container.js';
import { openDataset } from '../../../src/main/dataset/registry.js';
import { readSource } from '../../../src/main/dataset/source.js';
import { type FileTree, writeTree } from '../../support/file-tree.js';
import { idxBytes, ramp } from '../../support/idx-files.js';
import { certaintyOf, listRows } from '../../support/listing.js';

/** Three pictures of 2 x 2 grey pixels: 0 1 2 3, 4 5 6 7, 8 9 10 11. */
const images = idxBytes([3, 2, 2], ramp(12));
const labels = idxBytes([3], Uint8Array.of(2, 0, 1));

async function container(bytes: Uint8Array, name = 'train-images-idx3-ubyte'): Promise<string> {
  return join(await writeTree({ [name]: bytes }), name);
}

describe('a dataset of IDX files', () => {
  test('pairs images and labels by name and names the splits', async () => {
    const root = await writeTree({
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': labels,
      't10k-images-idx3-ubyte.gz': gzipSync(images),
      't10k-labels-idx1-ubyte.gz': gzipSync(idxBytes([3], Uint8Array.of(1, 1, 0))),
    });
    expect(await certaintyOf('idx', root)).toBe(0.98);
    const dataset = await openDataset(root, { format: 'idx' });
    expect(dataset.labels).toEqual(['0', '1', '2']);
    expect(await listRows(dataset)).toEqual([
      't10k-images-idx3-ubyte.gz#0 -> 1 (test)',
      't10k-images-idx3-ubyte.gz#1 -> 1 (test)',
      't10k-images-idx3-ubyte.gz#2 -> 0 (test)',
      'train-images-idx3-ubyte#0 -> 2 (train)',
      'train-images-idx3-ubyte#1 -> 0 (train)',
      'train-images-idx3-ubyte#2 -> 1 (train)',
    ]);
  });

  test('a subfolder, the images file and a separate labels file may be pointed at', async () => {
    const files: FileTree = { 'raw/train-images.idx3-ubyte': images, 'raw/train-labels.idx1-ubyte': labels };
    const root = await writeTree(files);
    const below = await openDataset(root, { format: 'idx' });
    expect((await listRows(below))[0]).toBe('raw/train-images.idx3-ubyte#0 -> 2 (train)');
    const file = await openDataset(join(root, 'raw/train-images.idx3-ubyte'), { format: 'idx' });
    expect((await listRows(file))[0]).toBe('train-images.idx3-ubyte#0 -> 2 (train)');
    const other = await writeTree({ mine: idxBytes([3], Uint8Array.of(0, 0, 0)) });
    const mine = await openDataset(root, { format: 'idx', labelsFile: join(other, 'mine') });
    expect((await listRows(mine))[0]).toBe('raw/train-images.idx3-ubyte#0 -> 0 (train)');
  });

  test('takes the plain file where the compressed one lies beside it', async () => {
    const root = await writeTree({ 'images-idx3-ubyte': images, 'images-idx3-ubyte.gz': gzipSync(images) });
    const dataset = await openDataset(root, { format: 'idx' });
    expect(await listRows(dataset)).toEqual([0, 1, 2].map((member) => `images-idx3-ubyte#${String(member)} -> -`));
    expect(dataset.warnings).toEqual(['Images without a labels file beside them (1): "images-idx3-ubyte".']);
  });

  test.each([
    ['classes.txt', 'T-shirt\r\nTrouser\r\nBag\r\n'],
    ['labels.txt', '\uFEFFT-shirt\nTrouser\nBag'],
    ['classes.json', '["T-shirt", "Trouser", "Bag"]'],
    ['classes.json', '{"1": "Trouser", "0": "T-shirt", "2": "Bag"}'],
    ['classes.json', '{"Trouser": 1, "T-shirt": 0, "Bag": 2}'],
  ])('takes class names from %s', async (name, content) => {
    const root = await writeTree({ 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels, [name]: content });
    const dataset = await openDataset(root, { format: 'idx' });
    expect(dataset.labels).toEqual(['T-shirt', 'Trouser', 'Bag']);
    expect((await listRows(dataset))[0]).toBe('images-idx3-ubyte#0 -> Bag');
  });

  test('numbers the classes that a short list leaves out, and refuses a list that is none', async () => {
    const files = { 'images-idx3-ubyte': images, 'labels-idx1-ubyte': labels };
    const dataset = await openDataset(await writeTree({ ...files, 'classes.txt': 'only\n' }), { format: 'idx' });
    expect(dataset.labels).toEqual(['only', '1', '2']);
    expect(dataset.warnings).toEqual(['Labels beyond the end of the class list (2): "1", "2".']);
    for (const content of ['{"a": "b"}', '["a", "a"]', '7', '{']) {
      const root = await writeTree({ ...files, 'classes.json': content });
      await expect(openDataset(root, { format: 'idx' })).rejects.toMatchObject({
        code: 'LABELS_INVALID',
        message: /classes\.json/,
      });
    }
  });

  test('refuses labels that are not as many as the images', async () => {
    const root = await writeTree({ 'images-idx3-ubyte': images, 'labels-idx1-ubyte': idxBytes([2], ramp(2)) });
    await expect(openDataset(root, { format: 'idx' })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: '"images-idx3-ubyte" holds 3 images but "labels-idx1-ubyte" 2 labels.',
    });
  });
});

describe('reading a container', () => {
  test.each([
    ['plain', 'train-images-idx3-ubyte', images],
    ['compressed', 'train-images-idx3-ubyte.gz', gzipSync(images)],
  ])('gives the pixels of one picture, %s', async (_, name, bytes) => {
    const path = await container(bytes, name);
    expect(await readSource({ path, member: 1 })).toEqual({
      kind: 'raw',
      stamp: expect.any(String) as string,
      name: `${name}#1`,
      pixels: Buffer.from([4, 5, 6, 7]),
      width: 2,
      height: 2,
      channels: 1,
    });
    await expect(readSource({ path, member: 3 })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: `There is no picture "${name}#3": the file holds 3.`,
    });
  });

  test('colour pictures have their channels last', async () => {
    const path = await container(idxBytes([2, 1, 2, 3], ramp(12)), 'train-images-idx4-ubyte');
    expect(await readIdxShape(path)).toEqual({ count: 2, width: 2, height: 1, channels: 3 });
    expect(await readSource({ path, member: 1 })).toMatchObject({
      channels: 3,
      pixels: Buffer.from([6, 7, 8, 9, 10, 11]),
    });
  });

  test('several gzip members count as one file', async () => {
    const parts = [gzipSync(images.subarray(0, 18)), gzipSync(images.subarray(18))];
    const path = await container(Buffer.concat(parts), 'train-images-idx3-ubyte.gz');
    expect(await readIdxShape(path)).toMatchObject({ count: 3 });
    expect(await readSource({ path, member: 2 })).toMatchObject({ pixels: Buffer.from([8, 9, 10, 11]) });
  });

  test('a container that changed on disk is read again', async () => {
    const path = await container(gzipSync(images), 'train-images-idx3-ubyte.gz');
    await readSource({ path, member: 0 });
    await writeFile(path, gzipSync(idxBytes([1, 1, 1], Uint8Array.of(77))));
    expect(await readSource({ path, member: 0 })).toMatchObject({ width: 1, pixels: Buffer.from([77]) });
  });
});

describe('a damaged container is refused in plain words', () => {
  const huge = idxBytes([0xffff_ffff, 0xffff, 0xffff], ramp(100));
  test.each([
    ['cut off', images.subarray(0, 20), 'is cut off: its header promises 3 x 2 x 2 values, the file has 20 bytes'],
    ['cut off inside the header', images.subarray(0, 10), 'is cut off inside its header'],
    ['shorter than a header', images.subarray(0, 2), 'is too short to be one: 2 bytes'],
    ['a header that promises the moon', huge, 'is cut off: its header promises 4294967295 x 65535 x 65535 values'],
    ['no IDX file', Buffer.from('\x89PNG\r\n\x1a\n and so on'), 'does not begin as one'],
    ['floats', idxBytes([1, 1, 1], ramp(4), 0x0d), 'holds values other than unsigned bytes'],
    ['labels where pictures should be', labels, 'holds no pictures'],
    ['four channels', idxBytes([1, 1, 1, 4], ramp(4)), 'has 4 channels'],
    ['no picture', idxBytes([0, 28, 28], ramp(0)), 'holds no pictures'],
  ])('%s', async (_, bytes, reason) => {
    const path = await container(bytes);
    const message = expect.stringContaining(`The IDX file "train-images-idx3-ubyte" ${reason}`) as string;
    await expect(readIdxShape(path)).rejects.toMatchObject({ code: 'DATASET_UNREADABLE', message });
  });

  const random = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * index * 37 + index * 11) % 251));
  const big = gzipSync(idxBytes([4, 32, 32], random));
  test.each([
    [
      'compressed and cut off',
      big.subarray(0, Math.floor(big.length / 2)),
      /is cut off: its compressed data end too early/,
    ],
    [
      'compressed data that are too few',
      gzipSync(images.subarray(0, 26)),
      /is cut off: it holds 10 of 12 bytes of data/,
    ],
    ['a compressed header that promises the moon', gzipSync(huge), /is cut off: its header promises 4294967295/],
    ['not compressed in spite of its name', images, /is damaged: incorrect header check/],
  ])('%s', async (_, bytes, message) => {
    const path = await container(bytes, 'train-images-idx3-ubyte.gz');
    await expect(readIdxShape(path)).rejects.toMatchObject({ code: 'DATASET_UNREADABLE', message });
    await expect(readSource({ path, member: 0 })).rejects.toMatchObject({ code: 'DATASET_UNREADABLE', message });
  });

  test('labels from a file of images, and a file that is gone', async () => {
    await expect(readIdxLabels(await container(images))).rejects.toMatchObject({ code: 'DATASET_UNREADABLE' });
    await expect(readIdxLabels('/nowhere/labels')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });
});
