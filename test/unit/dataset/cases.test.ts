import { expect, test } from 'vitest';

import { openDataset } from '../../../src/main/dataset/registry.js';
import { listRows } from '../../support/listing.js';
import { shared, sharedIsPresent } from '../../support/shared.js';

/** A case: where it lies, what its rows must be, what its warnings must say, each by a part of it. */
type Case = readonly [path: string, rows: readonly string[], warnings?: readonly string[], labels?: string];

const antBee = (...files: readonly string[]): readonly string[] =>
  files.map((file) => `${file} -> ${file.startsWith('ant/') ? 'ant' : 'bee'}`);

const cases: readonly Case[] = [
  ['bmp-ppm/bmp', antBee('ant/0.bmp', 'ant/1.bmp', 'bee/0.bmp', 'bee/1.bmp')],
  [
    'bmp-ppm/gtsrb_ppm',
    ['00000', '00001'].flatMap((name) => [0, 1, 2].map((k) => `${name}/${name}_0000${String(k)}.ppm -> ${name}`)),
    ['Tables of labels that were not used, because the folders give the labels (2): "00000/GT-00000.csv"'],
  ],
  [
    'unread-formats-silent/heic',
    antBee('ant/0.png', 'ant/1.png', 'bee/0.png', 'bee/1.png'),
    ['Left out, because a HEIC picture cannot be read here (10): "ant/IMG_0000.HEIC"'],
  ],
  [
    'unread-formats-silent/noext',
    ['ant', 'bee'].flatMap((name) =>
      ['00000000', '00000001', '00000002', '00000009.PNG'].map((file) => `${name}/${file} -> ${name}`),
    ),
  ],
  [
    'corrected-labels-formula/export/flat',
    [
      "'quote.png -> bee",
      '-dash.png -> bee',
      '=top.png -> ant',
      '@at.png -> ant',
      'plain.png -> ant',
      'tab\there.png -> bee',
    ],
  ],
  [
    'float-labels/floatint/data',
    ['0.png -> 0', '1.png -> 1', '2.png -> 2', '3.png -> 0', '4.png -> 1', '5.png -> -'],
    ['Rows with an empty label (1): "5.png".'],
  ],
  [
    'ids-without-extension/dogbreed',
    [
      'test/08.jpg -> - (test)',
      'test/09.jpg -> - (test)',
      `train/${'00'.repeat(16)}.jpg -> boston_bull (train)`,
      `train/${'01'.repeat(16)}.jpg -> dingo (train)`,
      `train/${'02'.repeat(16)}.jpg -> boston_bull (train)`,
      `train/${'03'.repeat(16)}.jpg -> dingo (train)`,
    ],
    ['Images that the label table does not name, listed without a label (2)'],
  ],
  [
    'ids-without-extension/ham',
    [
      ...['0 -> bkl', '2 -> nv', '4 -> mel'].map((row) => `HAM10000_images_part_1/ISIC_000000${row}`),
      ...['1 -> mel', '3 -> bkl', '5 -> nv'].map((row) => `HAM10000_images_part_2/ISIC_000000${row}`),
    ].map((row) => row.replace(' ->', '.jpg ->')),
  ],
  [
    'ids-without-extension/idsnoext',
    ['n01751748', 'n01443537', 'n01751748', 'n01443537'].map(
      (label, k) => `val/ILSVRC2012_val_0000000${String(k)}.JPEG -> ${label} (val)`,
    ),
  ],
  [
    'ids-without-extension/onehot',
    ['MEL', 'NV', 'BCC', 'MEL', 'NV', 'BCC'].map((label, k) => `images/ISIC_000000${String(k)}.jpg -> ${label}`),
  ],
  [
    'ids-without-extension/tags',
    [
      'train-jpg/train_0.jpg -> - (train)',
      'train-jpg/train_1.jpg -> cloudy (train)',
      'train-jpg/train_2.jpg -> - (train)',
    ],
    ['Images with several labels, listed without one (2): "train-jpg/train_0.jpg: clear, primary"'],
  ],
  [
    'int-labels-classes-txt/intclasses/data',
    ['dog', 'cat', 'bird', 'dog', 'cat', 'bird'].map((label, k) => `${String(k)}.png -> ${label}`),
    ['The labels are numbers, and a class list gave them names (1): "classes.txt".'],
  ],
  ['jsonl-ignored/jsonl', ['0000.png -> ant', '0001.png -> bee', '0002.png -> ant', '0003.png -> bee']],
  [
    'metadata-per-split/nestedmeta',
    [
      ...['0000.png -> ant', '0001.png -> bee'].map((row) => `test/images/${row} (test)`),
      ...['0000.png -> ant', '0001.png -> bee', '0002.png -> ant', '0003.png -> bee'].map(
        (row) => `train/images/${row} (train)`,
      ),
    ],
  ],
  [
    'metadata-per-split/flatsplitmeta',
    [
      ...['0000.png -> ant', '0001.png -> bee'].map((row) => `test/${row} (test)`),
      ...['0000.png -> ant', '0001.png -> bee', '0002.png -> ant', '0003.png -> bee'].map(
        (row) => `train/${row} (train)`,
      ),
    ],
  ],
  [
    'paths-of-elsewhere/gcs',
    [
      'train/0.jpg -> ant (TRAIN)',
      'train/1.jpg -> bee (VALIDATION)',
      'train/2.jpg -> ant (TEST)',
      'train/3.jpg -> bee (TRAIN)',
    ],
    ['Paths of another place in "import.csv", whose files were found by the ends of their paths (4)'],
  ],
  [
    'paths-of-elsewhere/macpaths',
    ['ant/0.png -> ant', 'ant/2.png -> ant', 'bee/1.png -> bee', 'bee/3.png -> bee'].map(
      (row) => `train/${row} (train)`,
    ),
    ['Paths of another place in "labels.csv"'],
  ],
  [
    'paths-of-elsewhere/subfolder',
    [
      'n01440764/n01440764_1.JPEG -> 0',
      'n01440764/n01440764_3.JPEG -> 0',
      'n03706229/n03706229_0.JPEG -> 352',
      'n03706229/n03706229_2.JPEG -> 352',
    ].map((row) => `train/${row} (train)`),
  ],
  [
    'paths-of-elsewhere/windows',
    ['0.png -> Käfer', '1.png -> Biene', '2.png -> Käfer', '3.png -> Biene'].map((row) => `train/Käfer ${row} (train)`),
    ['Paths of another place in "absolute.csv"'],
    'absolute.csv',
  ],
  ['table-column-guess/headerless', ['0.jpg -> 0', '1.jpg -> 1', '2.jpg -> 0', '3.jpg -> 1']],
  [
    'table-column-guess/headerless3',
    ['0.jpg -> ant', '1.jpg -> bee', '2.jpg -> ant', '3.jpg -> bee'],
    ['Taken for the labels in "labels.csv", because its values repeat (1): "column 3"'],
  ],
  [
    'table-column-guess/labelfirst',
    ['0.jpg -> ant', '1.jpg -> bee', '2.jpg -> ant', '3.jpg -> bee'].map((row) => `train/${row} (TRAIN)`),
  ],
  [
    'url-encoded-names/labelstudio',
    ['Capture_décran_1.png -> ant', 'plain.png -> ant', 'red bike 2.png -> bee'],
    ['Paths of another place'],
  ],
  [
    'url-encoded-names/urlencoded',
    ['50%.png -> bee', 'Capture_décran_1.png -> ant', 'plain.png -> ant', 'red bike 2.png -> bee'].map(
      (row) => `images/${row}`,
    ),
  ],
  [
    'wrapper-folder/petimages',
    ['Cat/0', 'Cat/1', 'Cat/2', 'Cat/666', 'Dog/0', 'Dog/1', 'Dog/2'].map(
      (file) => `PetImages/${file}.jpg -> ${file.slice(0, 3)}`,
    ),
  ],
  [
    'wrapper-folder/splits1',
    ['train/ant/0', 'train/bee/1', 'val/ant/2', 'val/bee/3'].map((file) => {
      const [split = '', label = ''] = file.split('/');
      return `images/${file}.png -> ${label} (${split})`;
    }),
  ],
  [
    'wrapper-folder/splits2',
    ['test_set/ant/2', 'test_set/bee/3', 'train_set/ant/0', 'train_set/bee/1'].map((file) => {
      const [split = '', label = ''] = file.split('/');
      return `${file}.png -> ${label} (${split})`;
    }),
  ],
  [
    'wrapper-folder/splits3',
    ['train/images/ant/0', 'train/images/bee/1', 'valid/images/ant/2', 'valid/images/bee/3'].map((file) => {
      const [split = '', , label = ''] = file.split('/');
      return `${file}.png -> ${label} (${split})`;
    }),
  ],
  [
    'wrapper-folder/splits4',
    [
      'test_set/test_set/ant/2.png -> ant (test_set)',
      'test_set/test_set/bee/3.png -> bee (test_set)',
      'training_set/training_set/ant/0.png -> ant (training_set)',
      'training_set/training_set/bee/1.png -> bee (training_set)',
    ],
  ],
  [
    'wrapper-folder/splits5',
    [
      'extra/4.png -> -',
      'test/ant/2.png -> ant (test)',
      'test/bee/3.png -> bee (test)',
      'train/ant/0.png -> ant (train)',
      'train/bee/1.png -> bee (train)',
    ],
    ['Images outside every class folder, listed without a label (1): "extra/4.png".'],
  ],
  [
    'wrapper-folder/splits7',
    [
      'fold_0/ant/0.png -> ant (fold_0)',
      'fold_0/bee/1.png -> bee (fold_0)',
      'fold_1/ant/2.png -> ant (fold_1)',
      'fold_1/bee/3.png -> bee (fold_1)',
    ],
  ],
];

const given = cases.map(([path, rows, warnings = [], labels]) => ({ path, rows, warnings, labels }));

test.skipIf(!sharedIsPresent).each(given)(
  '$path is read rightly, and what is not read is told',
  async ({ path, rows, warnings, labels }) => {
    const root = shared('cases', path);
    const dataset = await openDataset(root, labels === undefined ? {} : { labelsFile: shared('cases', path, labels) });
    expect(await listRows(dataset)).toEqual(rows);
    expect(dataset.warnings).toEqual(warnings.map((part) => expect.stringContaining(part) as string));
  },
);

test.skipIf(!sharedIsPresent)('zip: a folder with only an archive names it and the way out', async () => {
  await expect(openDataset(shared('cases/zip/zip'))).rejects.toMatchObject({
    code: 'DATASET_EMPTY',
    message: expect.stringContaining('It holds 1 archive ("images.zip"), 1 text file ("metadata.jsonl").') as string,
    hint: 'Unpack "images.zip" and choose the folder that comes out of it.',
  });
  await expect(openDataset(shared('cases/zip/zip/images.zip'))).rejects.toMatchObject({
    message: '"images.zip" is an archive, which is not looked into.',
  });
});
