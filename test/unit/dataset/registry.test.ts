import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openDataset, recogniseDataset } from '../../../src/main/dataset/registry.js';
import { hashSource, readSource } from '../../../src/main/dataset/source.js';
import { named, writeTree } from '../../support/file-tree.js';
import { listRows } from '../../support/listing.js';

const root = join(import.meta.dirname, '../../..');

test.each(['resources/demo', 'resources/demo/data', 'resources/demo/data/t10k-images-idx3-ubyte.gz'])(
  'the demo opens as IDX from %s',
  async (path) => {
    expect(await recogniseDataset(join(root, path))).toEqual([{ format: 'idx', certainty: 0.98 }]);
    const dataset = await openDataset(join(root, path));
    const rows = await listRows(dataset);
    expect(rows).toHaveLength(10_000);
    const prefix = path === 'resources/demo' ? 'data/' : '';
    expect(rows[0]).toBe(`${prefix}t10k-images-idx3-ubyte.gz#0 -> Ankle boot (test)`);
    expect(rows[3880]).toBe(`${prefix}t10k-images-idx3-ubyte.gz#3880 -> Pullover (test)`);
    expect(dataset.labels).toEqual([
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ]);
    expect(dataset.warnings).toEqual([]);
  },
);

test('every member of the demo is a picture of its own, named by its content', async () => {
  const path = join(root, 'resources/demo/data/t10k-images-idx3-ubyte.gz');
  const data = await readSource({ path, member: 3880 });
  expect(data).toMatchObject({ kind: 'raw', width: 28, height: 28, channels: 1 });
  expect(data.kind === 'raw' && data.pixels.length).toBe(784);
  expect(hashSource(data)).toBe('6b8a43d8911fea9442c87bac93053bd029d966c2487145ab776d95ae92ea1a67');
});

test('the surest layout comes first, and another may be chosen', async () => {
  const path = await writeTree({ ...named('cat/a.jpg', 'dog/b.jpg'), 'labels.csv': 'path,label\ncat/a.jpg,tiger\n' });
  expect(await recogniseDataset(path)).toEqual([
    { format: 'label-table', certainty: 0.95 },
    { format: 'folder-per-class', certainty: 0.8 },
  ]);
  expect(await listRows(await openDataset(path))).toEqual(['cat/a.jpg -> tiger', 'dog/b.jpg -> -']);
  const chosen = await openDataset(path, { format: 'folder-per-class' });
  expect(await listRows(chosen)).toEqual(['cat/a.jpg -> cat', 'dog/b.jpg -> dog']);
});

test('a labels file decides for a table of labels', async () => {
  const path = await writeTree(named('n01440764_tench.jpg'));
  expect((await recogniseDataset(path))[0]?.format).toBe('imagenet-names');
  const elsewhere = await writeTree({ 'l.csv': 'path,label\nn01440764_tench.jpg,fish\n' });
  const dataset = await openDataset(path, { labelsFile: join(elsewhere, 'l.csv') });
  expect(await listRows(dataset)).toEqual(['n01440764_tench.jpg -> fish']);
});

test('class folders named by synset are folders per class', async () => {
  const path = await writeTree(named('n01440764/n01440764_10026.JPEG', 'n01443537/n01443537_2.JPEG'));
  const dataset = await openDataset(path);
  expect(dataset.format).toBe('folder-per-class');
  expect(dataset.labels).toEqual(['n01440764', 'n01443537']);
});

test('what is no dataset is refused with a way out', async () => {
  const path = await writeTree({ 'notes.txt': 'nothing' });
  await expect(openDataset(path)).rejects.toMatchObject({ code: 'DATASET_EMPTY', hint: /folder per class/ });
  await expect(openDataset(join(path, 'gone'))).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  await expect(openDataset(join(path, 'notes.txt'))).rejects.toMatchObject({ code: 'DATASET_UNRECOGNISED' });
  const chosen = openDataset(join(path, 'notes.txt'), { format: 'folder-per-class' });
  await expect(chosen).rejects.toMatchObject({ code: 'DATASET_UNRECOGNISED' });
});
