import { chmod, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { openDataset } from '../../../src/main/dataset/registry.js';
import { readSource } from '../../../src/main/dataset/source.js';
import { kindOfContent } from '../../../src/main/dataset/picture-signature.js';
import { UnknownFiles } from '../../../src/main/dataset/unknown-files.js';
import { type FileTree, named, writeTree } from '../../support/file-tree.js';
import { listRows } from '../../support/listing.js';

const png = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');
const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
const bitmap = Buffer.concat([Buffer.from('BM'), Buffer.alloc(12), Buffer.from([40, 0, 0, 0])]);

async function opened(
  files: FileTree,
): Promise<{ readonly rows: readonly string[]; readonly warnings: readonly string[] }> {
  const dataset = await openDataset(await writeTree(files));
  const rows = await listRows(dataset);
  return { rows, warnings: dataset.warnings };
}

const containing = (text: string): string => expect.stringContaining(text) as string;

describe('what is an image', () => {
  test.each([
    ['JPEG', Buffer.from('\xff\xd8\xff\xe0', 'latin1')],
    ['PNG', png],
    ['GIF', Buffer.from('GIF89a')],
    ['WebP', Buffer.from('RIFF....WEBPVP8 ')],
    ['TIFF', Buffer.from('II*\0')],
    ['AVIF', Buffer.from('\0\0\0\x1cftypavif')],
    ['bitmap', bitmap],
    ['PNM', Buffer.from('P6\n# made by hand\n2 2 255\n')],
  ])('%s by its first bytes, with no extension or an odd one', async (_, bytes) => {
    const { rows, warnings } = await opened({ 'ant/0': bytes, 'bee/1.octet-stream': bytes, 'bee/2.dat': bytes });
    expect(rows).toEqual(['ant/0 -> ant', 'bee/1.octet-stream -> bee', 'bee/2.dat -> bee']);
    expect(warnings).toEqual([]);
  });

  test.each(['bmp', 'BMP', 'ppm', 'pgm', 'pbm', 'pnm'])('.%s by its name', async (extension) => {
    const { rows } = await opened(named(`ant/0.${extension}`, `bee/0.${extension}`));
    expect(rows).toHaveLength(2);
  });

  test('no text that begins like one', async () => {
    const root = await writeTree({ a: 'BMW is a car, and this a note', b: 'P1 is a parameter', c: '' });
    for (const name of ['a', 'b', 'c']) expect(await kindOfContent(join(root, name))).toBeNull();
  });

  test('of very many files without a picture only few are opened', async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `${String(index)}.blob`);
    const found = await new UnknownFiles().sort('/nowhere', names);
    expect(found.unseen.length).toBeGreaterThan(99_900);
  });

  test('one picture in a sample makes all of its kind be looked into', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, k) => [`a/${String(k)}`, k % 2 === 0 ? png : 'text']),
    );
    const root = await writeTree(files);
    const found = await new UnknownFiles().sort(
      join(root, 'a'),
      Object.keys(files).map((file) => file.slice(2)),
    );
    expect([found.images.length, found.unseen.length]).toEqual([50, 0]);
  });

  test.skipIf(process.platform === 'win32')('no socket or pipe, not even through a link', async () => {
    const root = await writeTree(named('ant/0.png', 'bee/0.png'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'ant/socket.png'), resolve));
    onTestFinished(() => void server.close());
    await symlink(join(root, 'ant/socket.png'), join(root, 'bee/link.png'));
    const dataset = await openDataset(root);
    expect(await listRows(dataset)).toEqual(['ant/0.png -> ant', 'bee/0.png -> bee']);
    expect(dataset.warnings).toEqual([containing('Pipes, sockets and devices, left out (2)')]);
  });
});

describe('what is left out is told, one sentence a kind', () => {
  test.each([
    ['HEIC picture', 'x.heif'],
    ['JPEG 2000 picture', 'x.jp2'],
    ['JPEG XL picture', 'x.JXL'],
    ['SVG drawing', 'x.svg'],
    ['Photoshop file', 'x.psd'],
    ['raw camera file', 'x.NEF'],
    ['DICOM file', 'x.dcm'],
  ])('a %s', async (noun, file) => {
    const { rows, warnings } = await opened({ ...named('ant/0.png', 'bee/0.png', `ant/${file}`, `bee/${file}`) });
    expect(rows).toHaveLength(2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      new RegExp(`an? ${noun} cannot be read here \\(2\\): "ant/${file.replace('.', '\\.')}"`),
    );
  });

  test('arrays, archives, and HEIC without an extension', async () => {
    const { warnings } = await opened({ ...named('ant/0.png', 'bee/0.png', 'all.npy', 'more.tar.gz'), 'bee/1': heic });
    expect(warnings).toEqual([
      containing('NumPy arrays that were not looked into (1): "all.npy".'),
      containing('Archives that were not looked into (1): "more.tar.gz". Unpack'),
      containing('Left out, because a HEIC picture cannot be read here (1): "bee/1".'),
    ]);
  });

  test('tables in formats that are not read, and tables without labels', async () => {
    const { warnings } = await opened({
      ...named('ant/0.png', 'bee/0.png', 'data.parquet', 'labels.xlsx'),
      'sizes.csv': 'path,width\nant/0.png,10\nbee/0.png,20\n',
      'labels.json': '{"images": []}',
    });
    expect(warnings).toEqual([
      containing('Tables that could not be read (1): "labels.json". The label table "labels.json" is JSON, but not'),
      containing('Tables that were not used, because no column holds labels (1): "sizes.csv".'),
      containing('Parquet tables (1): "data.parquet". Save them as CSV'),
      containing('Excel workbooks (1): "labels.xlsx". Save them as CSV'),
    ]);
  });

  test('notes, code and thumbnails of file managers are nothing to tell', async () => {
    const files = named('ant/0.png', 'bee/0.png', 'ant/Thumbs.db', 'a.docx', 'train.py', 'README.md', 'readme[1].txt');
    expect((await opened(files)).warnings).toEqual([]);
  });
});

describe('where there are no images', () => {
  test.each([
    ['6 HEIC pictures', Array.from({ length: 6 }, (_, k) => `${String(k)}.heic`), 'Save the pictures as JPEG'],
    ['1 archive', ['a.zip'], 'Unpack "a.zip"'],
    ['2 other files', ['data_batch_1', 'data_batch_2'], 'Choose a folder that holds a folder per class'],
    ['3 NumPy arrays', ['a.npy', 'b.npy', 'c.npy'], 'Save each picture in it as a PNG'],
  ])('%s are named with the way out', async (held, files, hint) => {
    await expect(openDataset(await writeTree(named(...files)))).rejects.toMatchObject({
      code: 'DATASET_EMPTY',
      message: containing(`It holds ${held} ("${files[0] ?? ''}").`),
      hint: containing(hint),
    });
  });

  test('a single image and an archive are called so', async () => {
    const root = await writeTree(named('a.jpg', 'a.zip'));
    await expect(openDataset(join(root, 'a.jpg'))).rejects.toMatchObject({ message: '"a.jpg" is a single image.' });
    await expect(openDataset(join(root, 'a.zip'))).rejects.toMatchObject({ message: containing('is an archive') });
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be read is called unreadable', async () => {
    const root = await writeTree(named('a.jpg'));
    await chmod(root, 0);
    await expect(openDataset(root)).rejects.toMatchObject({
      code: 'DATASET_UNREADABLE',
      hint: containing('permissions'),
    });
    await chmod(root, 0o700);
  });
});

test('an image that Git LFS has not fetched is called a pointer', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
  const root = await writeTree({ 'a.jpg': pointer, 'train-images-idx3-ubyte': pointer });
  await expect(readSource({ path: join(root, 'a.jpg') })).rejects.toMatchObject({
    code: 'IMAGE_UNREADABLE',
    message: '"a.jpg" is only a pointer of Git LFS, not the image itself.',
    hint: containing('git lfs pull'),
  });
  await expect(readSource({ path: join(root, 'train-images-idx3-ubyte'), member: 0 })).rejects.toMatchObject({
    hint: containing('git lfs pull'),
  });
});
