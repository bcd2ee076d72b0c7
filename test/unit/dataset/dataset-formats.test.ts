/** What every dataset format promises: it is recognised, takes what it says, and reads the labels again that it wrote. */

import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { datasetFormat, datasetFormats, datasetPlaces } from '../../../src/main/dataset/dataset-formats.js';
import { openDataset, recogniseDataset } from '../../../src/main/dataset/registry.js';
import { anyOf, sentenceOf } from '../../../src/shared/phrases.js';
import { joined } from '../../support/joined.js';
import { type FileTree, named, writeTree } from '../../support/file-tree.js';
import { idxBytes, ramp } from '../../support/idx-files.js';
import { listRows } from '../../support/listing.js';

interface Sample {
  readonly tree: FileTree;
  /** A file of the tree that can be chosen itself. */
  readonly file: string | null;
  readonly rows: readonly string[];
}

/** A small dataset of each format. */
const samples: Readonly<Record<string, Sample>> = {
  'folder-per-class': {
    tree: named('cat/a.jpg', 'dog/b.jpg', 'dog/c.jpg'),
    file: null,
    rows: ['cat/a.jpg -> cat', 'dog/b.jpg -> dog', 'dog/c.jpg -> dog'],
  },
  'label-table': {
    tree: { ...named('a.jpg', 'b.jpg'), 'labels.csv': 'path,label\na.jpg,cat\nb.jpg,dog\n' },
    file: 'labels.csv',
    rows: ['a.jpg -> cat', 'b.jpg -> dog'],
  },
  'imagenet-names': {
    tree: named('n01440764_tench_1.jpg', 'n01443537_goldfish_2.jpg'),
    file: null,
    rows: ['n01440764_tench_1.jpg -> n01440764_tench', 'n01443537_goldfish_2.jpg -> n01443537_goldfish'],
  },
  idx: {
    tree: {
      'images-idx3-ubyte': idxBytes([2, 2, 2], ramp(8)),
      'labels-idx1-ubyte': idxBytes([2], Uint8Array.of(1, 0)),
    },
    file: 'images-idx3-ubyte',
    rows: ['images-idx3-ubyte#0 -> 1', 'images-idx3-ubyte#1 -> 0'],
  },
};

it('the formats that projects keep are known for good, each by its own id', () => {
  expect(datasetFormats.map(({ id }) => id)).toEqual(Object.keys(samples));
  for (const id of ['folder-per-class', 'label-table', 'imagenet-names', 'idx']) expect(datasetFormat(id).id).toBe(id);
});

it('one that is not known is refused', async () => {
  const path = await writeTree(named('cat/a.jpg'));
  await expect(openDataset(path, { format: 'nothing' })).rejects.toMatchObject({
    code: 'BAD_USAGE',
    message: 'Hognose knows no dataset format "nothing".',
  });
});

it('people read what may be pointed at, and what to choose', async () => {
  expect(sentenceOf(anyOf(datasetFormats.map(({ words }) => words.choice)))).toBe(
    'A folder with one folder per class, a folder of images with a table of labels, files named wnid_name.JPEG, or an IDX file of the MNIST family.',
  );
  expect(datasetPlaces).toEqual([
    'a folder of images',
    'a CSV or TSV with the columns path,label',
    'an IDX images file',
  ]);
  const nothing = openDataset(await writeTree({ 'notes.txt': 'nothing' }));
  await expect(nothing).rejects.toMatchObject({
    hint: 'Choose a folder that holds a folder per class, images with a labels.csv, or IDX files.',
  });
  const notes = openDataset(join(await writeTree({ 'notes.txt': 'nothing' }), 'notes.txt'));
  await expect(notes).rejects.toMatchObject({
    hint: 'Choose a folder of images, a CSV or TSV with the columns path,label, or an IDX images file.',
  });
});

describe.each(datasetFormats.map((format) => [format.id, format] as const))('%s', (id, { takes, exporter }) => {
  const sample = samples[id] ?? { tree: {}, file: null, rows: [] };

  it('is recognised before the others, and read', async () => {
    const path = await writeTree(sample.tree);
    expect((await recogniseDataset(path))[0]?.format).toBe(id);
    const dataset = await openDataset(path);
    expect(dataset.format).toBe(id);
    expect(await listRows(dataset)).toEqual(sample.rows);
  });

  it(takes.file === null ? 'is a folder' : 'can be pointed at by a file of it', async () => {
    expect(sample.file === null).toBe(takes.file === null);
    const path = await writeTree(sample.tree);
    const [first = ''] = Object.keys(sample.tree);
    const opened = openDataset(join(path, sample.file ?? first), { format: id });
    if (takes.file === null) await expect(opened).rejects.toMatchObject({ code: 'DATASET_UNRECOGNISED' });
    else expect(await listRows(await opened)).toEqual(sample.rows);
  });

  it(`${takes.labels ? 'takes' : 'leaves to others'} a table of labels that lies elsewhere`, async () => {
    const path = await writeTree(sample.tree);
    const files = sample.rows.map((row) => row.split(' -> ')[0] ?? '');
    const table = ['path,label', ...files.map((file) => `${file},owl`)].join('\n');
    const labelsFile = join(await writeTree({ 'elsewhere.csv': table }), 'elsewhere.csv');
    const candidates = await recogniseDataset(path, { labelsFile });
    expect(candidates.some(({ format }) => format === id)).toBe(takes.labels);
    if (!takes.labels) return;
    const rows = await listRows(await openDataset(path, { labelsFile, format: id }));
    expect(rows).toEqual(files.map((file) => `${file} -> owl`));
  });

  it('reads the labels again that it wrote', async () => {
    const path = await writeTree(sample.tree);
    const images = sample.rows.map((row, at) => {
      return {
        file: row.split(' -> ')[0] ?? '',
        label: `label ${String(at)}`,
        split: null,
        verdict: null,
        isUnsettled: false,
      };
    });
    const written = await joined(exporter.pieces(images));
    const labelsFile = join(await writeTree({ [exporter.fileName]: written }), exporter.fileName);
    const rows = await listRows(await openDataset(path, { labelsFile }));
    expect(rows).toEqual(images.map(({ file, label }) => `${file} -> ${label}`));
  });
});
