import { join } from 'node:path';

import { expect, test } from 'vitest';

import { datasetFormat } from '../../../src/main/dataset/dataset-formats.js';
import type { LabelledImage } from '../../../src/main/dataset/label-exporter.js';
import { openDataset } from '../../../src/main/dataset/registry.js';
import { joined } from '../../support/joined.js';
import { named, writeTree } from '../../support/file-tree.js';
import { idxBytes, ramp } from '../../support/idx-files.js';
import { listRows } from '../../support/listing.js';

/** Names that a table may mistake: formulas, apostrophes, quotes, separators, space, line breaks, encodings, compositions. */
const oddities = [
  ...['=1+1', '-1', '+1', '@at', '\tx', '\rx', "'=1+1", "''=1+1", "'-1", "'quote", "''", "'", '"quoted"', '"', 'a"b'],
  ...[
    'a,b',
    'a;b',
    'a|b',
    'a\tb',
    ' first',
    'last ',
    '\u00a0x',
    'two\nlines',
    'two\r\nlines',
    '\nx',
    'x\n',
    '50%25',
    '50%',
  ],
  ...['caf\u00e9', 'cafe\u0301', 'a\\b', '0.0', '1.0', '\u{1f989}', 'images', 'path', 'nan', '#x', '\ufeffx', 'train'],
];

/** The rows of a dataset that is read again with the labels that its own format wrote. */
async function givenBack(root: string, images: readonly LabelledImage[]): Promise<readonly string[]> {
  const { exporter } = datasetFormat((await openDataset(root)).format);
  const written = await joined(exporter.pieces(images));
  const labelsFile = join(await writeTree({ [exporter.fileName]: written }), exporter.fileName);
  return listRows(await openDataset(root, { labelsFile }));
}

test('the labels that a format writes, given back, restore every file and every label', async () => {
  const files = oddities.map((name) => `${name}.png`);
  const root = await writeTree(named(...files, ...oddities.map((name) => `${name}/${name}.png`)));
  const before = await listRows(await openDataset(root));
  expect(before).toHaveLength(2 * oddities.length);
  const images = before.flatMap((row, index): LabelledImage[] => {
    const [file = ''] = row.split(' -> ');
    return [{ file, label: oddities[index % oddities.length] ?? '', split: null, verdict: null, isUnsettled: false }];
  });
  const after = await givenBack(root, images);
  expect(after).toEqual(
    images.map(({ file, label }) => `${file} -> ${label}${file.startsWith('train/') ? ' (train)' : ''}`),
  );
});

test('they restore the labels of pictures in a container', async () => {
  const root = await writeTree({
    'images-idx3-ubyte': idxBytes([3, 2, 2], ramp(12)),
    'labels-idx1-ubyte': idxBytes([3], Uint8Array.of(2, 0, 1)),
  });
  const images = ['=boot', '7', "'bag"].map((label, member): LabelledImage => {
    return { file: `images-idx3-ubyte#${String(member)}`, label, split: null, verdict: null, isUnsettled: false };
  });
  expect(await givenBack(root, images)).toEqual(images.map(({ file, label }) => `${file} -> ${label}`));
});
