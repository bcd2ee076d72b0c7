/** `hognose predict` on a few images of the demo. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { csvRows, demoModel, hognose } from '../../support/hognose.js';
import { writeSmallDataset } from '../../support/small-dataset.js';
import { writeTinyVitFolder } from '../../support/tiny-vit.js';
import sharp from 'sharp';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-predict-'));
  await writeSmallDataset(join(folder, 'data'), 100);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('writes exactly the columns that were promised, one row an image', async () => {
  const out = join(folder, 'demo.csv');
  const { code, stdout } = await hognose(['predict', join(folder, 'data'), '--model', demoModel, '--out', out]);
  expect([code, stdout]).toEqual([0, '']);
  const top = [1, 2, 3, 4, 5].flatMap((rank) => [
    `top${String(rank)}`,
    `top${String(rank)}_index`,
    `top${String(rank)}_prob`,
  ]);
  const [header] = (await readFile(out, 'utf8')).split('\r\n');
  expect(header).toBe(['file', 'label', 'label_index', 'label_prob', 'label_rank', ...top].join(','));
  const rows = csvRows(out);
  expect(rows.length).toBe(100);
  // Image 23 is the sandal that the test set calls an ankle boot.
  expect(rows[23]).toMatchObject({
    file: 't10k-images-idx3-ubyte.gz#23',
    label_index: '9',
    label_rank: '2',
    top1: 'Sandal',
    top1_index: '5',
    top2: 'Ankle boot',
  });
  expect(Number(rows[23]?.label_prob)).toBeCloseTo(0.0071, 3);
  expect(Number(rows[23]?.top1_prob)).toBeCloseTo(0.9552, 3);
});

it('takes a mapping from a file, and refuses one that names what is not there', async () => {
  const mapping = join(folder, 'mapping.csv');
  const out = join(folder, 'mapped.csv');
  const labels = csvRows(join(folder, 'demo.csv')).map((row) => row.label ?? '');
  const boot = labels[0] ?? '';
  await writeFile(mapping, `label,class\n${boot},Bag\n`);
  const args = ['predict', join(folder, 'data'), '--model', demoModel, '--out', out, '--mapping', mapping];
  expect((await hognose(args)).code).toBe(0);
  const mapped = csvRows(out).filter((row) => row.label === boot);
  expect(new Set(mapped.map((row) => row.label_index))).toEqual(new Set(['8']));

  await writeFile(mapping, `label,class\n${boot},Zebra\n`);
  const unknownClass = await hognose(args);
  expect(unknownClass.code).toBe(1);
  expect(unknownClass.stderr).toContain('the model has no class "Zebra"');
  await writeFile(join(folder, 'mapping.json'), '{"no such label": 1}');
  const unknownLabel = await hognose([...args.slice(0, -1), join(folder, 'mapping.json')]);
  expect(unknownLabel.code).toBe(1);
  expect(unknownLabel.stderr).toContain('the dataset has no label "no such label"');
});

it('lists what cannot be read with empty cells, and makes names harmless for spreadsheets', async () => {
  const images = join(folder, 'images');
  await mkdir(join(images, 'cat'), { recursive: true });
  await mkdir(join(images, '=dog'), { recursive: true });
  await writeTinyVitFolder(join(folder, 'tiny'));
  const grey = sharp({ create: { width: 20, height: 16, channels: 3, background: '#808080' } });
  await grey.png().toFile(join(images, 'cat', 'good.png'));
  await grey.png().toFile(join(images, '=dog', 'a,"b".png'));
  await writeFile(join(images, 'cat', 'broken.jpg'), 'no image at all');
  const out = join(folder, 'images.csv');
  const { code, stderr } = await hognose(['predict', images, '--model', join(folder, 'tiny'), '--out', out]);
  expect(code).toBe(0);
  expect(stderr).toContain('"broken.jpg" is not an image in a known format');
  expect(stderr).toContain('3 images');
  expect(stderr).toContain('1 unreadable');
  const rows = new Map(csvRows(out).map((row) => [row.file, row]));
  expect(rows.get('cat/broken.jpg')).toMatchObject({
    label: 'cat',
    label_index: '0',
    label_prob: '',
    top1: '',
    top5_prob: '',
  });
  // Three classes: the places four and five stay empty.
  expect(rows.get('cat/good.png')).toMatchObject({ label_index: '0', top4: '', top5_prob: '' });
  expect(rows.get('\'=dog/a,"b".png')).toMatchObject({ label: "'=dog" });
});
