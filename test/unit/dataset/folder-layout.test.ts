import { describe, expect, test } from 'vitest';

import { openDataset } from '../../../src/main/dataset/registry.js';
import { named, writeTree } from '../../support/file-tree.js';
import { listRows } from '../../support/listing.js';

async function opened(...files: readonly string[]): Promise<{ rows: readonly string[]; warnings: readonly string[] }> {
  const dataset = await openDataset(await writeTree(named(...files)));
  return { rows: await listRows(dataset), warnings: dataset.warnings };
}

const containing = (text: string): string => expect.stringContaining(text) as string;

describe('folders that only wrap', () => {
  test('are passed through, however many there are', async () => {
    const { rows } = await opened('images/Images/ant/0.png', 'images/Images/bee/1.png', 'Annotation/ant/0.xml');
    expect(rows).toEqual(['images/Images/ant/0.png -> ant', 'images/Images/bee/1.png -> bee']);
  });

  test('around splits', async () => {
    const { rows } = await opened('data/train/ant/0.png', 'data/train/bee/0.png', 'data/val/ant/1.png');
    expect(rows).toEqual([
      'data/train/ant/0.png -> ant (train)',
      'data/train/bee/0.png -> bee (train)',
      'data/val/ant/1.png -> ant (val)',
    ]);
  });

  test('are not a class with folders inside, among others', async () => {
    const { rows, warnings } = await opened('ant/a/0.png', 'ant/b/1.png', 'bee/2.png');
    expect(rows).toEqual(['ant/a/0.png -> ant', 'ant/b/1.png -> ant', 'bee/2.png -> bee']);
    expect(warnings).toEqual([
      containing('Taken as one class each, although their images lie in several folders (1): "ant"'),
    ]);
  });

  test('are not the only class', async () => {
    const { rows, warnings } = await opened('ant/0.png', 'ant/1.png');
    expect(rows).toEqual(['ant/0.png -> ant', 'ant/1.png -> ant']);
    expect(warnings).toEqual([containing('Every image with a label has the same one, 2 in all (1): "ant".')]);
  });

  test('are not a class of a split in which it is the only one', async () => {
    const { rows } = await opened('train/ant/0.png', 'train/bee/0.png', 'val/ant/x/1.png');
    expect(rows).toContain('val/ant/x/1.png -> ant (val)');
  });
});

describe('splits', () => {
  test.each([
    ['train_set', 'test_set'],
    ['trainset', 'valset'],
    ['training_images', 'testing_images'],
    ['train2017', 'val2017'],
    ['fold_0', 'fold_1'],
    ['split1', 'split2'],
    ['Train', 'Test'],
  ])('%s and %s, when they hold the same class folders', async (one, other) => {
    const { rows } = await opened(`${one}/ant/0.png`, `${one}/bee/0.png`, `${other}/ant/1.png`, `${other}/bee/1.png`);
    expect(rows).toContain(`${one}/ant/0.png -> ant (${one})`);
    expect(rows).toContain(`${other}/bee/1.png -> bee (${other})`);
  });

  test.each([
    ['seg_train', 'seg_test'],
    ['cv_train', 'cv_eval'],
    ['trainA', 'testA'],
    ['train', 'holdout'],
    ['flowers_train', 'flowers_valid'],
  ])('%s and %s, as they hold the same class folders', async (one, other) => {
    const files = [one, other].flatMap((split) => [`${split}/x/ant/${split}.png`, `${split}/x/bee/${split}.png`]);
    const { rows } = await opened(...files, 'seg_pred/0.png');
    const expected = [one, other].flatMap((split) => [
      `${split}/x/ant/${split}.png -> ant (${split})`,
      `${split}/x/bee/${split}.png -> bee (${split})`,
    ]);
    expect(new Set(rows)).toEqual(new Set([...expected, 'seg_pred/0.png -> -']));
  });

  test('not of classes that are called like them', async () => {
    const { rows } = await opened('test_tube/0.png', 'train_station/1.png');
    expect(rows).toEqual(['test_tube/0.png -> test_tube', 'train_station/1.png -> train_station']);
  });

  test('no splits where names like theirs hold no class folders', async () => {
    expect((await opened('part_1/0.png', 'part_2/1.png')).rows).toEqual([
      'part_1/0.png -> part_1',
      'part_2/1.png -> part_2',
    ]);
  });

  test('train beside a folder of pictures without classes', async () => {
    const { rows } = await opened('train/ant/0.png', 'train/bee/1.png', 'unlabelled/2.png');
    expect(rows).toEqual(['train/ant/0.png -> ant (train)', 'train/bee/1.png -> bee (train)', 'unlabelled/2.png -> -']);
  });

  test('a folder for images that becomes a label is told', async () => {
    const { rows, warnings } = await opened('train/images/0.png', 'test/images/1.png');
    expect(rows).toEqual(['test/images/1.png -> images (test)', 'train/images/0.png -> images (train)']);
    expect(warnings).toEqual([
      containing('Every image with a label has the same one'),
      containing('Labels that look like the name of a folder for images (1): "images".'),
    ]);
  });
});
