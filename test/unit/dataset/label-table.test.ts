import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openDataset } from '../../../src/main/dataset/registry.js';
import { badNames, makeBadImages } from '../../support/bad-images.js';
import { type FileTree, named, writeTree } from '../../support/file-tree.js';
import { certaintyOf, listRows } from '../../support/listing.js';

async function rowsOf(files: FileTree): Promise<readonly string[]> {
  return listRows(await openDataset(await writeTree(files), { format: 'label-table' }));
}

const abc = named('a.jpg', 'b.jpg', 'sub/c.jpg');

describe('how a table may be written', () => {
  test.each([
    ['with the canonical header', 'path,label,split\na.jpg,cat,train\nb.jpg,dog,val\nsub/c.jpg,cat,test\n'],
    ['without a header', 'a.jpg,cat,train\nb.jpg,dog,val\nsub/c.jpg,cat,test\n'],
    ['with a BOM and CRLF', '\uFEFFpath,label,split\r\na.jpg,cat,train\r\nb.jpg,dog,val\r\nsub/c.jpg,cat,test\r\n'],
    [
      'with other words, order and columns',
      'id,Class Name,subset,File-Name\n1,cat,train,a.jpg\n2,dog,val,b.jpg\n3,cat,test,sub/c.jpg',
    ],
    ['with semicolons', 'image;target;partition\na.jpg;cat;train\nb.jpg;dog;val\nsub/c.jpg;cat;test\n'],
    ['with tabs', 'filename\tlabel\tset\na.jpg\tcat\ttrain\nb.jpg\tdog\tval\nsub/c.jpg\tcat\ttest\n'],
    [
      'with quotes and space',
      '"path", "label", "split"\n"a.jpg", "cat", "train"\nb.jpg , dog , val\n\n"./sub/c.jpg",cat,test\n',
    ],
    ['with backslashes and bare names', 'path,label,split\n.\\a.jpg,cat,train\nb.jpg,dog,val\nc.jpg,cat,test\n'],
  ])('%s', async (_, table) => {
    expect(await rowsOf({ ...abc, 'labels.csv': table })).toEqual([
      'a.jpg -> cat (train)',
      'b.jpg -> dog (val)',
      'sub/c.jpg -> cat (test)',
    ]);
  });

  test('an empty cell between tabs stays a cell', async () => {
    const rows = await rowsOf({ ...named('a.jpg'), 'labels.tsv': 'path\tlabel\tsplit\na.jpg\t\ttrain\n' });
    expect(rows).toEqual(['a.jpg -> - (train)']);
  });

  test('in UTF-16 and in Windows-1252, as spreadsheets save them', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('path,label\na.jpg,caf\u00e9\n', 'utf16le')]);
    expect(await rowsOf({ ...named('a.jpg'), 'labels.csv': utf16 })).toEqual(['a.jpg -> caf\u00e9']);
    const windows = Buffer.from('path,label\na.jpg,caf\u00e9\n', 'latin1');
    expect(await rowsOf({ ...named('a.jpg'), 'labels.csv': windows })).toEqual(['a.jpg -> caf\u00e9']);
  });

  test('two columns with unknown names: the one with image files is the path', async () => {
    expect(await rowsOf({ ...named('a.jpg'), 'labels.csv': 'breed_id,photo\n7,a.jpg\n' })).toEqual(['a.jpg -> 7']);
  });

  test('names composed differently from those on disk are found', async () => {
    const rows = await rowsOf({ ...named('cafe\u0301.jpg'), 'labels.csv': 'path,label\ncaf\u00e9.jpg,cat\n' });
    expect(rows).toEqual(['cafe\u0301.jpg -> cat']);
  });
});

describe('what is wrong with a table', () => {
  test('missing files, duplicates, empty labels and files without a row become warnings; the first row wins', async () => {
    const table =
      'path,label\na.jpg,cat\n./a.jpg,dog\nsub/c.jpg,cat\nsub/c.jpg,cat\ngone.jpg,cat\n../a.jpg,cat\nb.jpg,\n';
    const root = await writeTree({ ...abc, 'extra.png': '', 'labels.csv': table });
    const dataset = await openDataset(root, { format: 'label-table' });
    expect(await listRows(dataset)).toEqual(['a.jpg -> cat', 'b.jpg -> -', 'extra.png -> -', 'sub/c.jpg -> cat']);
    expect(dataset.labels).toEqual(['cat', 'dog']);
    expect(dataset.warnings).toEqual([
      'Files named twice with different labels, the first counts (1): "a.jpg".',
      'Files named twice with the same label (1): "sub/c.jpg".',
      'Rows whose file is not there, passed over (2): "gone.jpg", "../a.jpg".',
      'Rows with an empty label (1): "b.jpg".',
      'Images that the label table does not name, listed without a label (1): "extra.png".',
      expect.stringContaining('Every image with a label has the same one, 2 in all (1): "cat".'),
    ]);
  });

  test('a bare name that two files share is not guessed', async () => {
    const root = await writeTree({ ...named('x/1.jpg', 'y/1.jpg'), 'labels.csv': 'path,label\n1.jpg,cat\n' });
    const dataset = await openDataset(root, { format: 'label-table' });
    expect(await listRows(dataset)).toEqual(['x/1.jpg -> -', 'y/1.jpg -> -']);
    expect(dataset.warnings).toContain('Rows whose file is not there, passed over (1): "1.jpg".');
  });

  test('no label column, an open quote and no table at all are refused by name', async () => {
    const none = await writeTree({ ...abc, 'labels.csv': 'path,width,height\na.jpg,1,2\n' });
    await expect(openDataset(none, { format: 'label-table' })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: /There is no table/,
    });
    const wrong = { labelsFile: join(none, 'labels.csv') };
    await expect(openDataset(none, { format: 'label-table', ...wrong })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: /labels\.csv/,
    });
    const open = await writeTree({ ...abc, 'labels.csv': 'path,label\na.jpg,cat\n"b.jpg,dog\n' });
    await expect(openDataset(open, { format: 'label-table' })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: /line 3/,
    });
    const lost = { labelsFile: join(none, 'lost.csv') };
    await expect(openDataset(none, { format: 'label-table', ...lost })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: /lost\.csv/,
    });
  });
});

describe('where a table may lie', () => {
  test('elsewhere: paths are relative to the images, to the table, or absolute', async () => {
    const root = await writeTree(named('img/a.jpg', 'img/b.jpg', 'img/c.jpg'));
    const images = join(root, 'img');
    const table = await writeTree({ 't.tsv': `a.jpg\tcat\n${join(images, 'b.jpg')}\tdog\n` });
    const far = await openDataset(images, { format: 'label-table', labelsFile: join(table, 't.tsv') });
    expect(await listRows(far)).toEqual(['a.jpg -> cat', 'b.jpg -> dog', 'c.jpg -> -']);
    await writeFile(join(root, 'beside.csv'), 'path,label\nimg/c.jpg,cow\n');
    const near = await openDataset(images, { format: 'label-table', labelsFile: join(root, 'beside.csv') });
    expect(await listRows(near)).toContain('c.jpg -> cow');
  });

  test('the table itself may be pointed at', async () => {
    const root = await writeTree({ ...abc, 'my.csv': 'path,label\na.jpg,cat\n' });
    const path = join(root, 'my.csv');
    expect(await certaintyOf('label-table', path)).toBe(1);
    const dataset = await openDataset(path, { format: 'label-table' });
    expect(dataset.path).toBe(path);
    expect(await listRows(dataset)).toContain('a.jpg -> cat');
  });

  test('of several tables the most telling name is taken and the others are told', async () => {
    const table = (label: string): string => `path,label\na.jpg,${label}\n`;
    const root = await writeTree({ ...named('a.jpg'), 'backup.csv': table('old'), 'labels.csv': table('new') });
    const dataset = await openDataset(root, { format: 'label-table' });
    expect(await listRows(dataset)).toEqual(['a.jpg -> new']);
    expect(dataset.warnings).toEqual(['Other tables that could hold labels, not used (1): "backup.csv".']);
  });

  test('is recognised by its columns, not by being a CSV', async () => {
    const certainty = async (files: FileTree): Promise<number> => certaintyOf('label-table', await writeTree(files));
    expect(await certainty({ ...abc, 'labels.csv': 'path,label\na.jpg,cat\n' })).toBe(0.95);
    expect(await certainty({ ...abc, 'mine.csv': 'path,label\na.jpg,cat\n' })).toBe(0.6);
    expect(await certainty({ ...abc, 'classes.csv': 'index,wnid,name\n0,n01440764,tench\n' })).toBe(0);
    expect(await certainty(abc)).toBe(0);
    expect(await certainty({ 'labels.csv': 'path,label\na.jpg,cat\n' })).toBe(0);
  });
});

test('names with quotes, line breaks, emoji, markup and formulas keep their labels', async () => {
  const root = await writeTree({});
  const made = await makeBadImages(root, { labels: ['cat'], huge: false });
  const dataset = await openDataset(root, { format: 'label-table' });
  const rows = await listRows(dataset);
  expect(rows).toHaveLength(made.images.length);
  for (const name of badNames) expect(rows.some((row) => row.startsWith(`${name} -> cat (`))).toBe(true);
  expect(dataset.labels).toEqual(['cat', made.unknownLabel]);
  expect(rows.filter((row) => row.includes(made.unknownLabel))).toEqual([`grey.png -> ${made.unknownLabel} (test)`]);
  expect(dataset.warnings).toEqual([
    'Rows whose file is not there, passed over (3): "not-there.jpg", "gone/away.png", "not-there-either.jpg".',
    'Files named twice with different labels, the first counts (2): "png-named.jpg", "cmyk.jpg".',
  ]);
});
