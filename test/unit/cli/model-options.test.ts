/** The options that say more about a model than its files do: read, applied, kept with an audit; and `mapping propose`. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addModelOptions,
  joinChannelNumbers,
  modelChoiceOf,
  type ModelOptions,
} from '../../../src/main/cli/model-options.js';
import { readProjectInfo } from '../../../src/main/project/project-info.js';
import type { ModelChoice } from '../../../src/shared/model.js';
import { csvRows, demoModel, hognose } from '../../support/hognose.js';
import { writeSmallDataset } from '../../support/small-dataset.js';
import { writeTinyVitFolder } from '../../support/tiny-vit.js';

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-options-'));
  data = join(folder, 'small');
  await writeSmallDataset(data, 60);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function read(...words: readonly string[]): ModelChoice | undefined {
  const command = addModelOptions(new Command('test')).exitOverride();
  return modelChoiceOf(command.parse(words, { from: 'user' }).opts<ModelOptions>());
}

describe('the options', () => {
  it('may give three numbers apart by spaces', () => {
    const joined = joinChannelNumbers([
      'predict',
      'photos',
      '--mean',
      '0.5',
      '.4,',
      '0.3',
      '--std',
      '0.2',
      '--crop',
      '9',
    ]);
    expect(joined).toEqual(['predict', 'photos', '--mean', '0.5,.4,0.3', '--std', '0.2', '--crop', '9']);
    expect(joinChannelNumbers(['--std', '1', '2', '3', '4'])).toEqual(['--std', '1,2,3', '4']);
  });

  it('make no choice when none is given', () => {
    expect(read()).toBeUndefined();
  });

  it('are read into a choice of what was given', () => {
    const words = ['--preset', 'imagenet', '--resize', '248', '--crop', '224', '--interpolation', 'bicubic'];
    expect(read(...words, '--mean', '0.5', '--std', '0.1, 0.2 0.3', '--resize-mode', 'longest')).toEqual({
      preprocessing: {
        preset: 'imagenet',
        resizeKind: 'longest-edge',
        resize: 248,
        crop: 224,
        interpolation: 'bicubic',
        mean: [0.5, 0.5, 0.5],
        std: [0.1, 0.2, 0.3],
      },
      classNames: null,
      values: null,
    });
    expect(read('--class-names', 'ImageNet', '--tokens-value', '/add/out')).toEqual({
      preprocessing: null,
      classNames: { kind: 'imagenet' },
      values: { tokens: '/add/out' },
    });
    expect(read('--class-names', '/lists/names.txt')?.classNames).toEqual({ kind: 'file', path: '/lists/names.txt' });
  });
});

it('predict names classes from a file and prepares images as it is told', async () => {
  const names = join(folder, 'names.txt');
  await writeFile(names, Array.from({ length: 10 }, (_, index) => `thing ${String(index)}`).join('\n'));
  const plain = join(folder, 'plain.csv');
  const chosen = join(folder, 'chosen.csv');
  const args = ['predict', data, '--model', demoModel, '--out'];
  expect((await hognose([...args, plain])).code).toBe(0);
  const { code, stderr } = await hognose([
    ...args,
    chosen,
    '--class-names',
    names,
    '--resize',
    '56',
    '--resize-mode',
    'shortest',
  ]);
  expect([code, stderr]).toEqual([0, expect.stringContaining('60 images')]);
  const [before, after] = [csvRows(plain), csvRows(chosen)];
  expect(after[0]?.top1).toMatch(/^thing \d$/);
  expect(after.map((row) => row.top1_prob)).not.toEqual(before.map((row) => row.top1_prob));
});

it('audit keeps the choice, goes on with it, and takes another', async () => {
  const out = join(folder, 'audit');
  const args = ['audit', data, '--model', demoModel, '--out', out, '--explain', '0', '--format', 'json'];
  expect((await hognose([...args, '--interpolation', 'lanczos'])).code).toBe(0);
  const stored = (): ReturnType<typeof readProjectInfo> => readProjectInfo(join(out, 'small.hognose'));
  const choice = { preprocessing: { interpolation: 'lanczos' }, classNames: null, values: null };
  expect(stored()).toMatchObject({ modelChoice: choice, model: { preprocessing: { interpolation: 'lanczos' } } });

  const again = await hognose(args);
  expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining('Predicting')]);
  expect(stored().modelChoice).toEqual(choice);

  const other = await hognose([...args, '--interpolation', 'nearest', '--resize', '20', '--resize-mode', 'shortest']);
  expect(other.code).toBe(0);
  expect(other.stderr).toContain('is not the one that this project was made with');
  expect(stored().model.preprocessing).toMatchObject({
    interpolation: 'nearest',
    resize: { kind: 'shortest-edge', size: 20 },
  });
});

it('mapping propose writes what predict takes again', async () => {
  const images = join(folder, 'animals');
  const model = join(folder, 'tiny');
  await writeTinyVitFolder(model);
  for (const label of ['cat', 'dogs', 'unicorn']) {
    await mkdir(join(images, label), { recursive: true });
    const create = { width: 8, height: 8, channels: 3, background: '#336699' } as const;
    await sharp({ create })
      .png()
      .toFile(join(images, label, 'one.png'));
  }
  const out = join(folder, 'mapping.csv');
  const { code, stderr } = await hognose(['mapping', 'propose', images, '--model', model, '--out', out]);
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining('mapping.csv written: 1 of 3 labels have a class, 1 are asked about, 1 fit none.'),
  ]);
  expect(csvRows(out)).toEqual([
    { label: 'cat', class: 'cat', comment: 'by name' },
    { label: 'dogs', class: '', comment: 'open: is this "dog"?' },
    { label: 'unicorn', class: '', comment: 'open: no class fits, or several do' },
  ]);
  const predictions = join(folder, 'mapped.csv');
  await writeFile(out, (await readFile(out, 'utf8')).replace('dogs,,', 'dogs,dog,'));
  const predict = ['predict', images, '--model', model, '--mapping', out, '--out', predictions];
  expect((await hognose(predict)).code).toBe(0);
  expect(csvRows(predictions).map((row) => [row.label, row.label_index])).toEqual([
    ['cat', '0'],
    ['dogs', '1'],
    ['unicorn', ''],
  ]);
});
