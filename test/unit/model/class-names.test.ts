/** Where class names come from, in every form that people and tools write them. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classListIn, classListOf } from '../../../src/main/model/class-name-lists.js';
import { resolveClassNames } from '../../../src/main/model/class-names.js';
import { imagenetNames } from '../../../src/main/model/imagenet-names.js';
import { imagenetSynsets } from '../../../src/shared/imagenet-synsets.js';

let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-class-names-'));
});
afterAll(() => rm(root, { recursive: true }));

async function folderOf(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = join(root, String(made++));
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const animals = ['cat', 'dog', 'fish'];

describe('a list', () => {
  it.each([
    ['lines', 'cat\ndog\nfish\n'],
    ['lines of Windows with a byte order mark', '\uFEFFcat\r\ndog\r\nfish\r\n'],
    ['numbered lines', '0: cat\n1: dog\n2: fish'],
    ['a table of indices', '0,cat\n1,dog\n2,fish'],
    ['a JSON list', '["cat", "dog", "fish"]'],
    ['names by index', '{"0": "cat", "2": "fish", "1": "dog"}'],
    ['indices by name', '{"fish": 2, "cat": 0, "dog": 1}'],
    ['a Python dictionary', "{0: 'cat',\n 1: \"dog\",\n 2: 'fish'}"],
    ['a Hugging Face config', '{"model_type": "vit", "id2label": {"0": "cat", "1": "dog", "2": "fish"}}'],
    ['a field of names', '{"names": ["cat", "dog", "fish"], "nc": 3}'],
  ])('of %s', (_, text) => {
    expect(classListIn(text)).toEqual({ classes: animals, synsets: [] });
  });

  it.each([
    ['nothing', ''],
    ['indices with a gap', '{"0": "cat", "2": "fish"}'],
    ['the same index twice', '{"cat": 0, "dog": 0}'],
    ['numbers', '[1, 2, 3]'],
    ['an empty list', '[]'],
  ])('of %s is none', (_, text) => {
    expect(classListIn(text)).toBeNull();
  });

  it('of synsets gets ImageNet’s names', () => {
    expect(classListIn('n01440764\nn02012849\nn99999999')).toEqual({
      classes: ['tench, Tinca tinca', 'crane', 'n99999999'],
      synsets: ['n01440764', 'n02012849', 'n99999999'],
    });
  });

  it('of synsets with names keeps both', () => {
    const expected = { classes: ['tench, Tinca tinca', 'goldfish'], synsets: ['n01440764', 'n01443537'] };
    expect(classListIn('n01440764 tench, Tinca tinca\nn01443537 goldfish')).toEqual(expected);
    expect(classListOf({ 0: ['n01440764', 'tench, Tinca tinca'], 1: ['n01443537', 'goldfish'] })).toEqual(expected);
    expect(
      classListOf({
        label_names: ['n01440764', 'n01443537'],
        label_descriptions: { n01440764: 'tench, Tinca tinca', n01443537: 'goldfish' },
      }),
    ).toEqual(expected);
  });
});

it('ImageNet’s list has a name for each synset', () => {
  expect([imagenetNames.length, imagenetSynsets.length]).toEqual([1000, 1000]);
  expect([0, 54, 134, 517, 999].map((index) => imagenetNames[index])).toEqual([
    'tench, Tinca tinca',
    'hognose snake, puff adder, sand viper',
    'crane',
    'crane',
    'toilet tissue, toilet paper, bathroom tissue',
  ]);
});

describe('the files', () => {
  const inFiles = async (files: Readonly<Record<string, unknown>>, count = 3) =>
    resolveClassNames({ folder: await folderOf(files) }, count, null);

  it('name classes in config.json', async () => {
    expect(await inFiles({ 'config.json': { id2label: { 0: 'cat', 1: 'dog', 2: 'fish' } } })).toEqual({
      classes: animals,
      synsets: [],
      assumptions: [],
    });
    expect((await inFiles({ 'config.json': { architecture: 'vit', label_names: animals } })).classes).toEqual(animals);
  });

  it.each(['LABEL_', 'class_', ''])('name classes by label2id where id2label only counts them: %s0', async (word) => {
    const id2label = Object.fromEntries(animals.map((_, at) => [at, `${word}${String(at)}`]));
    const label2id = { cat: '0', fish: '2', dog: '1' };
    expect(await inFiles({ 'config.json': { id2label, label2id } })).toMatchObject({
      classes: animals,
      assumptions: [],
    });
    expect((await inFiles({ 'config.json': { id2label } })).classes).toEqual(Object.values(id2label));
  });

  it('that are only pointers of Git LFS are no lists', async () => {
    const files = { 'classes.txt': 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1\n' };
    await expect(inFiles(files)).rejects.toThrow(/Git LFS pointer/);
  });

  it('name classes by label2id where id2label is missing or holds placeholders', async () => {
    const placeholders = { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' };
    const label2id = { fish: 2, cat: '0', dog: 1 };
    const named = { classes: animals, synsets: [], assumptions: [] };
    expect(await inFiles({ 'config.json': { label2id } })).toEqual(named);
    expect(await inFiles({ 'config.json': { id2label: placeholders, label2id } })).toEqual(named);
    expect(classListIn(JSON.stringify({ id2label: placeholders, label2id }))?.classes).toEqual(animals);
    const turned = { LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 };
    const names = { 0: 'cat', 1: 'dog', 2: 'fish' };
    expect(await inFiles({ 'config.json': { id2label: names, label2id: turned } })).toEqual(named);
  });

  it('that hold placeholders alone, or contradict themselves, say so', async () => {
    const alone = { id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' } };
    const { classes, assumptions } = await inFiles({ 'config.json': alone });
    expect(classes).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
    expect(assumptions).toEqual([expect.stringContaining('names no classes, only numbers (LABEL_0 ...)')]);
    expect((await inFiles({ 'config.json': alone, 'labels.txt': 'cat\ndog\nfish' })).classes).toEqual(animals);
    const both = { id2label: { 0: 'cat', 1: 'dog', 2: 'fish' }, label2id: { cat: 0, fish: 1, dog: 2 } };
    const resolved = await inFiles({ 'config.json': both });
    expect(resolved.classes).toEqual(animals);
    expect(resolved.assumptions[0]).toContain(
      "names class 1 'dog' in one place and 'fish' in another: the first is used",
    );
  });

  it('name classes in a list beside the model', async () => {
    expect((await inFiles({ 'labels.txt': 'cat\ndog\nfish' })).classes).toEqual(animals);
  });

  it('name classes in ONNX metadata', async () => {
    const place = (names: string) => ({ folder: root, metadata: new Map([['names', names]]) });
    expect((await resolveClassNames(place("{0: 'cat', 1: 'dog', 2: 'fish'}"), 3, null)).classes).toEqual(animals);
    expect((await resolveClassNames(place('cat,dog,fish'), 3, null)).classes).toEqual(animals);
  });

  it('that name another number of classes are not used, and both numbers are told', async () => {
    const { classes, assumptions } = await inFiles({ 'config.json': { id2label: { 0: 'cat', 1: 'dog' } } });
    expect(classes).toEqual(['class 0', 'class 1', 'class 2']);
    expect(assumptions).toEqual([expect.stringMatching(/names 2 classes, but the model has 3: they are numbered/)]);
  });

  it('of timm without names mean ImageNet when they have 1,000 classes, and say so', async () => {
    const config = { 'config.json': { architecture: 'vit', pretrained_cfg: { input_size: [3, 224, 224] } } };
    const { classes, synsets, assumptions } = await inFiles(config, 1000);
    expect([classes[54], synsets[54]]).toEqual(['hognose snake, puff adder, sand viper', 'n01729322']);
    expect(assumptions).toEqual([expect.stringContaining('1,000 of ImageNet are assumed')]);
    const other = await inFiles({}, 1000);
    expect([other.classes[54], other.assumptions[0]]).toEqual(['class 54', expect.stringContaining('choose its list')]);
  });
});

describe('a choice', () => {
  it('of the ImageNet list needs 1,000 classes, or 1,001 with a background', async () => {
    expect((await resolveClassNames({ folder: root }, 1000, { kind: 'imagenet' })).synsets[0]).toBe('n01440764');
    expect((await resolveClassNames({ folder: root }, 1001, { kind: 'imagenet' })).classes.slice(0, 2)).toEqual([
      'background',
      'tench, Tinca tinca',
    ]);
    await expect(resolveClassNames({ folder: root }, 10, { kind: 'imagenet' })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: 'The ImageNet list names 1,000 classes, but the model has 10.',
    });
  });

  it('of a file goes before the model’s own', async () => {
    const folder = await folderOf({ 'config.json': { id2label: { 0: 'a', 1: 'b', 2: 'c' } }, 'mine.txt': 'x\ny\nz' });
    const choice = { kind: 'file', path: join(folder, 'mine.txt') } as const;
    expect((await resolveClassNames({ folder }, 3, choice)).classes).toEqual(['x', 'y', 'z']);
    await expect(resolveClassNames({ folder }, 4, choice)).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: '"mine.txt" names 3 classes, but the model has 4.',
    });
    await expect(
      resolveClassNames({ folder }, 3, { kind: 'file', path: join(folder, 'gone.txt') }),
    ).rejects.toMatchObject({ code: 'LABELS_INVALID', message: 'The class names in "gone.txt" cannot be read.' });
  });
});
