import { expect, test } from 'vitest';

import { labelInName } from '../../../src/main/dataset/formats/imagenet-names.js';
import { openDataset } from '../../../src/main/dataset/registry.js';
import { named, writeTree } from '../../support/file-tree.js';
import { certaintyOf, listRows } from '../../support/listing.js';

test.each([
  ['n01729322_hognose_snake.JPEG', 'n01729322_hognose_snake'],
  ['val/n01729322_hognose_snake.JPEG', 'n01729322_hognose_snake'],
  ['n01729322_hognose_snake_12.jpg', 'n01729322_hognose_snake'],
  ['n01440764_10026.JPEG', 'n01440764'],
  ['n01440764.JPEG', 'n01440764'],
  ['n04350905_suit,_suit_of_clothes.JPEG', 'n04350905_suit,_suit_of_clothes'],
  ['n0144076_tench.JPEG', null],
  ['tench.JPEG', null],
])('%s has the label %s', (file, label) => {
  expect(labelInName(file)).toBe(label);
});

test('lists a flat folder, or split folders, with the labels sorted by WordNet id', async () => {
  const root = await writeTree(
    named('n02_x.jpg', 'n01729977_green_snake.JPEG', 'n01729322_hognose_snake.JPEG', 'val/n01440764_tench.JPEG'),
  );
  const dataset = await openDataset(root, { format: 'imagenet-names' });
  expect(dataset.labels).toEqual(['n01440764_tench', 'n01729322_hognose_snake', 'n01729977_green_snake']);
  expect(await listRows(dataset)).toEqual([
    'n02_x.jpg -> -',
    'n01729322_hognose_snake.JPEG -> n01729322_hognose_snake',
    'n01729977_green_snake.JPEG -> n01729977_green_snake',
    'val/n01440764_tench.JPEG -> n01440764_tench (val)',
  ]);
  expect(dataset.warnings).toEqual(['Names without a WordNet id, listed without a label (1): "n02_x.jpg".']);
});

test('is recognised when nine names in ten fit', async () => {
  const fitting = Array.from({ length: 9 }, (_, index) => `n0144076${String(index)}_x.jpg`);
  expect(await certaintyOf('imagenet-names', await writeTree(named(...fitting, 'other.jpg')))).toBe(0.9);
  expect(await certaintyOf('imagenet-names', await writeTree(named(...fitting.slice(1), 'a.jpg', 'b.jpg')))).toBe(0);
  expect(await certaintyOf('imagenet-names', await writeTree({}))).toBe(0);
});
