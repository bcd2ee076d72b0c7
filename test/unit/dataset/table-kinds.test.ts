import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openDataset } from '../../../src/main/dataset/registry.js';
import { type FileTree, named, writeTree } from '../../support/file-tree.js';
import { listRows } from '../../support/listing.js';

interface Opened {
  readonly rows: readonly string[];
  readonly warnings: readonly string[];
  readonly labels: readonly string[];
}

async function opened(files: FileTree, labelsFile?: string): Promise<Opened> {
  const root = await writeTree(files);
  const dataset = await openDataset(root, labelsFile === undefined ? {} : { labelsFile: join(root, labelsFile) });
  const rows = await listRows(dataset);
  return { rows, warnings: dataset.warnings, labels: dataset.labels };
}

const containing = (text: string): string => expect.stringContaining(text) as string;
const numbered = (count: number): FileTree => named(...Array.from({ length: count }, (_, k) => `${String(k)}.png`));
const fourRows = ['0.png -> ant', '1.png -> bee', '2.png -> ant', '3.png -> bee'];

describe('which column is which', () => {
  test.each([
    ['a running number first', '0,0.png,ant\n1,1.png,bee\n2,2.png,ant\n3,3.png,bee\n'],
    ['a running number last', '0.png,ant,7\n1.png,bee,8\n2.png,ant,9\n3.png,bee,10\n'],
    ['an index without a name', ',file,target\n0,0.png,ant\n1,1.png,bee\n2,2.png,ant\n3,3.png,bee\n'],
    ['class numbers beside names', 'image_id,class_id,class_name\n0,7,ant\n1,8,bee\n2,7,ant\n3,8,bee\n'],
    ['a column a class', 'id,ant,bee\n0,1,0\n1,0,1\n2,1,0\n3,0,1\n'],
    ['a column a class, one of them rare and one called cat', 'id,cat,ant,bee\n0,0,1,0\n1,0,0,1\n2,0,1,0\n3,0,0,1\n'],
    ['a column a class, true and false', 'id,ant,bee\n0,True,False\n1,False,True\n2,True,False\n3,False,True\n'],
    ['files under any name', 'specimen,label\n0,ant\n1,bee\n2,ant\n3,bee\n'],
    ['spaces between', '0.png ant\n1.png bee\n2.png ant\n3.png bee\n'],
    ['spaces between, the label first', 'ant 0.png\nbee 1.png\nant 2.png\nbee 3.png\n'],
    ['bars between', 'path|label\n0.png|ant\n1.png|bee\n2.png|ant\n3.png|bee\n'],
    ['the separator named first', 'sep=;\r\npath;label\r\n0.png;ant\r\n1.png;bee\r\n2.png;ant\r\n3.png;bee\r\n'],
    ['remarks first', '# exported by hand\n# twice\npath,label\n0.png,ant\n1.png,bee\n2.png,ant\n3.png,bee\n'],
    ['names in single quotes', "path,label\n'0.png',ant\n'1.png',bee\n'2.png',ant\n'3.png',bee\n"],
  ])('%s', async (_, table) => {
    expect((await opened({ ...numbered(4), 'labels.txt': table })).rows).toEqual(fourRows);
  });

  test('a file whose name begins with # is no remark', async () => {
    const { rows } = await opened({ ...named('#1.png', '#2.png'), 'labels.csv': '#1.png,ant\n#2.png,bee\n' });
    expect(rows).toEqual(['#1.png -> ant', '#2.png -> bee']);
  });

  test('splits are told by their words, wherever they stand', async () => {
    const { rows } = await opened({ ...numbered(2), 'x.csv': 'TRAIN,0.png,ant\nTEST,1.png,bee\n' });
    expect(rows).toEqual(['0.png -> ant (TRAIN)', '1.png -> bee (TEST)']);
  });

  test('a first row whose file is missing is no header', async () => {
    const { rows, warnings } = await opened({ ...numbered(2), 'labels.csv': 'gone,ant\n0,ant\n1,bee\n' });
    expect(rows).toEqual(['0.png -> ant', '1.png -> bee']);
    expect(warnings).toEqual(['Rows whose file is not there, passed over (1): "gone".']);
  });

  test('numbers that only count rows are no labels', async () => {
    const table = Array.from({ length: 6 }, (_, k) => `${String(k)},${String(k)}.png`).join('\n');
    const { rows, warnings } = await opened({ ...numbered(6), 'labels.csv': table });
    expect(rows[0]).toBe('0.png -> -');
    expect(warnings).toContainEqual(
      containing('Tables that were not used, because no column holds labels (1): "labels.csv"'),
    );
  });

  test('where several columns could be the labels none is guessed', async () => {
    const table = 'file,colour,shape\n0.png,red,round\n1.png,blue,square\n2.png,red,square\n';
    const { rows, warnings } = await opened({ ...numbered(3), 'labels.csv': table });
    expect(rows).toEqual(['0.png -> -', '1.png -> -', '2.png -> -']);
    expect(warnings).toContainEqual(containing('because several columns could hold the labels: colour, shape (1)'));
  });
});

describe('what labels are', () => {
  test('1.0 and 2.0 are 1 and 2 where all are numbers; what is missing is none', async () => {
    const table = 'path,label\n0.png,1.0\n1.png,2.\n2.png,nan\n3.png,1\n';
    const { rows } = await opened({ ...numbered(4), 'labels.csv': table });
    expect(rows).toEqual(['0.png -> 1', '1.png -> 2', '2.png -> -', '3.png -> 1']);
    const names = await opened({ ...numbered(2), 'labels.csv': 'path,label\n0.png,1.0\n1.png,v2.0\n' });
    expect(names.labels).toEqual(['1.0', 'v2.0']);
  });

  test.each([
    ['a missing one among whole numbers', ['0', '1', 'NaN'], ['0', '1', '-']],
    ['numbers as powers of ten', ['0.000e+00', '1.000e+00', '1e1'], ['0', '1', '10']],
    ['numbers with a comma', ['0,0', '1,0', '10,0'], ['0', '1', '10']],
    ['numbers with leading zeros', ['00', '01', '10'], ['00', '01', '10']],
    ['thousands', ['1,000', '2,000', '3,000'], ['1,000', '2,000', '3,000']],
  ])('%s', async (_, written, labels) => {
    const table = ['path;label', ...written.map((label, k) => `${String(k)}.png;${label}`)].join('\n');
    const { rows } = await opened({ ...numbered(3), 'labels.csv': table });
    expect(rows).toEqual(labels.map((label, k) => `${String(k)}.png -> ${label}`));
  });

  test.each([
    ['classes.txt beside the table', { 'classes.txt': 'dog\ncat\n' }],
    ['labels.txt with numbers of its own', { 'labels.txt': '1 cat\n0 dog\n' }],
    ['classes.txt with numbers after the names', { 'classes.txt': 'dog 0\ncat 1\n' }],
    ['class_names.txt of Windows', { 'class_names.txt': '\uFEFFdog\r\ncat\r\n' }],
    ['classes.json', { 'classes.json': '{"0": "dog", "1": "cat"}' }],
    ['class_to_idx.json', { 'class_to_idx.json': '{"cat": 1, "dog": 0}' }],
  ])('numbers are named by %s', async (_, list: FileTree) => {
    const table = 'path,label\n0.png,1.0\n1.png,0.0\n';
    const { rows, warnings } = await opened({ ...numbered(2), ...list, 'labels.csv': table });
    expect(rows).toEqual(['0.png -> cat', '1.png -> dog']);
    expect(warnings).toEqual([containing('The labels are numbers, and a class list gave them names')]);
  });

  test('folders that are numbers are named too; a list above the images counts', async () => {
    const root = await writeTree({ 'classes.txt': 'dog\ncat\n', ...named('images/0/a.png', 'images/1/b.png') });
    expect(await listRows(await openDataset(join(root, 'images')))).toEqual(['0/a.png -> dog', '1/b.png -> cat']);
  });

  test('a list that does not fit is told, and the numbers stay', async () => {
    const table = 'path,label\n0.png,1\n1.png,2\n';
    const { rows, warnings } = await opened({ ...numbered(2), 'classes.txt': 'dog\ncat\n', 'labels.csv': table });
    expect(rows).toEqual(['0.png -> 1', '1.png -> 2']);
    expect(warnings).toEqual([
      containing('because the labels are counted from 1 and the list from 0 (1): "classes.txt"'),
    ]);
  });

  test.each([
    ['several ones in a row', 'id,ant,bee\n0,1,1\n1,0,1\n', '0.png: ant, bee'],
    ['tags', 'id,tags\n0,haze primary\n1,bee\n', '0.png: haze, primary'],
    ['labels with bars', 'id,labels\n0,ant|wasp\n1,bee\n', '0.png: ant, wasp'],
  ])('%s are told and make no class', async (_, table, told) => {
    const { rows, warnings } = await opened({ ...numbered(2), 'labels.csv': table });
    expect(rows).toEqual(['0.png -> -', '1.png -> bee']);
    expect(warnings).toEqual([containing(`Images with several labels, listed without one (1): "${told}".`)]);
  });

  test('a name with a space, comma or bar is one label', async () => {
    const table = 'path,label\n0.png,"snake, green"\n1.png,green snake\n2.png,a|b\n';
    expect((await opened({ ...numbered(3), 'labels.csv': table })).labels).toEqual([
      'a|b',
      'green snake',
      'snake, green',
    ]);
  });
});

describe('JSON', () => {
  const lines =
    '{"file_name": "0.png", "label": 1}\n{"file_name": "1.png", "label": [2]}\nno json\n\n{"file_name": "2.png"}\n';

  test('JSON Lines are read like a table, and bad lines told', async () => {
    const { rows, warnings } = await opened({ ...numbered(3), 'metadata.jsonl': lines });
    expect(rows).toEqual(['0.png -> 1', '1.png -> 2', '2.png -> -']);
    expect(warnings).toEqual([
      'Lines of "metadata.jsonl" that cannot be read, passed over (1): "line 3".',
      'Rows with an empty label (1): "2.png".',
    ]);
    expect((await opened({ ...numbered(3), 'x/mine.jsonl': lines }, 'x/mine.jsonl')).rows).toEqual(rows);
  });

  test('an object says what it is called, and where its file lies', async () => {
    const line = (k: number, name: string): string =>
      JSON.stringify({ image: { bytes: null, path: `${String(k)}.png` }, label: { id: k, name } });
    const { rows } = await opened({ ...numbered(2), 'data.jsonl': `${line(0, 'ant')}\n${line(1, 'bee')}\n` });
    expect(rows).toEqual(['0.png -> ant', '1.png -> bee']);
  });

  test('a list of rows and an object of labels by file are read', async () => {
    const list = JSON.stringify(fourRows.map((row) => row.split(' -> ')).map(([image, label]) => ({ image, label })));
    expect((await opened({ ...numbered(4), 'labels.json': list })).rows).toEqual(fourRows);
    const object = JSON.stringify(Object.fromEntries(fourRows.map((row) => row.split(' -> '))));
    expect((await opened({ ...numbered(4), 'labels.json': object })).rows).toEqual(fourRows);
  });
});

describe('how paths may be written', () => {
  test('composed and decomposed names are the same, either way round', async () => {
    const table = 'path,label\ncafe\u0301.png,ant\nna\u00efve.png,bee\n';
    const { rows } = await opened({ ...named('caf\u00e9.png', 'nai\u0308ve.png'), 'labels.csv': table });
    expect(rows.map((row) => row.split(' -> ')[1])).toEqual(['ant', 'bee']);
  });

  test('of paths of another place those count that lose the same beginning', async () => {
    const table = 'path,label\n/data/x/ant/0.png,ant\n/data/x/bee/1.png,bee\n/data/x/ant/7.png,ant\n';
    const { rows, warnings } = await opened({ ...named('ant/0.png', 'bee/1.png', 'bee/7.png'), 'labels.csv': table });
    expect(rows).toEqual(['ant/0.png -> ant', 'bee/1.png -> bee', 'bee/7.png -> -']);
    expect(warnings[0]).toContain('found by the ends of their paths (2): "/data/x/ant/0.png", "/data/x/bee/1.png".');
    expect(warnings[1]).toBe('Rows whose file is not there, passed over (1): "/data/x/ant/7.png".');
  });

  test('an end that two files share names neither', async () => {
    const table = 'path,label\n/old/0.png,ant\n/old/1.png,bee\n';
    const { rows, warnings } = await opened({ ...named('a/0.png', 'b/0.png', 'b/1.png'), 'labels.csv': table });
    expect(rows).toEqual(['a/0.png -> -', 'b/0.png -> -', 'b/1.png -> bee']);
    expect(warnings).toContain('Rows whose file is not there, passed over (1): "/old/0.png".');
  });

  test('names of uploads and addresses', async () => {
    const table =
      'image,choice\n/data/upload/1/0a1b2c3d-red%20bike.png,ant\nhttps://host.example/p/b.png?token=1,bee\n';
    const { rows } = await opened({ ...named('red bike.png', 'b.png'), 'labels.csv': table });
    expect(rows).toEqual(['b.png -> bee', 'red bike.png -> ant']);
  });

  test('a plus sign may be a space, where no name holds it', async () => {
    const table = 'path,label\nred+bike%2B0.png,ant\na+b.png,bee\nhttps://host.example/p/c+d.png,cat\n';
    const { rows } = await opened({ ...named('red bike+0.png', 'a+b.png', 'c d.png'), 'labels.csv': table });
    expect(rows.slice(0, 1)).toEqual(['a+b.png -> bee']);
    expect(rows).toContain('red bike+0.png -> ant');
  });

  test('UTF-16 in either order of bytes', async () => {
    const text = Buffer.from('\uFEFFpath;label\n0.png;ant\n1.png;bee\n', 'utf16le');
    for (const bytes of [text, Buffer.from(text).swap16()]) {
      const { rows } = await opened({ ...numbered(2), 'labels.csv': bytes });
      expect(rows).toEqual(['0.png -> ant', '1.png -> bee']);
    }
  });

  test('a stem that two files share names neither, and is told', async () => {
    const { rows, warnings } = await opened({
      ...named('0.png', '0.jpg', '1.png'),
      'labels.csv': 'id,label\n0,ant\n1,bee\n',
    });
    expect(rows).toEqual(['0.jpg -> -', '0.png -> -', '1.png -> bee']);
    expect(warnings).toContain('Rows that several files fit, passed over (1): "0".');
  });
});

describe('several tables', () => {
  test('train.csv and test.csv are read together, each with its own folder', async () => {
    const { rows } = await opened({
      ...named('train/0.png', 'test/0.png'),
      'train.csv': 'file,label\n0.png,ant\n',
      'test.csv': 'file,label\n0.png,bee\n',
    });
    expect(rows).toEqual(['test/0.png -> bee (test)', 'train/0.png -> ant (train)']);
  });

  test('metadata in every split folder, JSON Lines too', async () => {
    const { rows } = await opened({
      ...named('train/0.png', 'validation/0.png'),
      'train/metadata.jsonl': '{"file_name": "0.png", "label": "ant"}\n',
      'validation/metadata.jsonl': '{"file_name": "0.png", "label": "bee"}\n',
    });
    expect(rows).toEqual(['train/0.png -> ant (train)', 'validation/0.png -> bee (validation)']);
  });

  test('a table of predictions is not taken for the labels', async () => {
    const { rows, warnings } = await opened({
      ...named('ant/0.png', 'bee/1.png'),
      'predictions.csv': 'file,label\nant/0.png,bee\nbee/1.png,bee\n',
    });
    expect(rows).toEqual(['ant/0.png -> ant', 'bee/1.png -> bee']);
    expect(warnings).toEqual([containing('not used, because the folders give the labels (1): "predictions.csv".')]);
  });
});

describe('a table that was given and cannot be used is an error', () => {
  test.each([
    [
      'without labels',
      'x.csv',
      'path,width\n0.png,3\n',
      'no column holds labels. Its first row holds "path", "width".',
    ],
    ['without files', 'x.csv', 'a,b\nc,d\n', 'no column names image files. Its first row holds "a", "b".'],
    ['of other images', 'x.csv', 'path,label\nq.png,ant\n', 'No row of'],
    ['that is empty', 'x.csv', '', 'It is empty.'],
    ['an archive', 'x.zip', 'PK\x03\x04', 'is no table of labels but: archive.'],
    ['a workbook', 'x.xlsx', 'PK\x03\x04', 'is no table of labels but: Excel workbook.'],
    ['an archive by another name', 'x.csv', 'PK\x03\x04\0\0', 'is an archive or an Excel workbook'],
    ['other JSON', 'x.json', '{"images": [1]}', 'is JSON, but not a list of rows'],
    ['a pointer', 'x.csv', 'version https://git-lfs.github.com/spec/v1\n', 'is only a pointer of Git LFS'],
    ['a note', 'x.md', 'These are my pictures.', 'cannot be used as a table of labels'],
  ])('%s', async (_, name, content, message) => {
    for (const images of [named('ant/0.png', 'bee/1.png'), named('0.gif', '1.gif')]) {
      await expect(opened({ ...images, [name]: content }, name)).rejects.toMatchObject({
        code: 'LABELS_INVALID',
        message: containing(message),
      });
    }
  });

  test('also where folders give the labels', async () => {
    const root = await writeTree({ ...named('ant/0.png', 'bee/1.png'), 'x.csv': 'path,label\n0.png,ant\n' });
    const given = openDataset(root, { format: 'folder-per-class', labelsFile: join(root, 'x.csv') });
    await expect(given).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: containing('is not used where folders'),
    });
  });
});
