/** `hognose sheet`, and `hognose explain` by several methods, on the demo's model. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readSafetensors } from '../../../src/main/model/safetensors.js';
import { demoModel, hognose } from '../../support/hognose.js';
import { writeSmallDataset } from '../../support/small-dataset.js';

let folder: string;
let container: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-sheet-cli-'));
  await writeSmallDataset(join(folder, 'data'), 30);
  container = join(folder, 'data', 't10k-images-idx3-ubyte.gz');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const few = ['--set', 'tis.masks=16'] as const;
const run = (command: string, ...args: readonly string[]): ReturnType<typeof hognose> =>
  hognose([command, ...args, '--model', demoModel]);

describe('bad usage ends with 2', () => {
  it.each([
    [['sheet', 'x.jpg', '--out', 'x.gif'], '"x.gif" ends with none of .png, .svg and .pdf'],
    [['sheet', 'x.jpg', '--out', 'x.png', '--methods', 'lime'], 'Allowed choices are tis'],
    [['explain', 'x.jpg', '--method', 'tis-contrast'], 'Allowed choices are tis'],
    [
      ['sheet', 'x.jpg', '--out', 'x.png', '--methods', 'rollout', '--set', 'tis.masks=9'],
      '--set tis.masks has no effect',
    ],
    [['sheet', 'x.jpg', '--out', 'x.png', '--scale', 'log'], 'Allowed choices are method, own'],
    [['sheet', 'x.jpg', '--out', 'x.png', '--opacity', '2'], 'between 0 and 1'],
    [['sheet', 'x.jpg', '--out', 'x.png', '--set', 'rise.mask=1'], 'The parameters of RISE are masks, cells'],
    [['sheet', 'a.jpg', 'b.jpg', '--out', 'x.png', '--class', '1', '--class', '2'], 'one class of each'],
    [['sheet', ...Array.from({ length: 25 }, () => 'a.jpg'), '--out', 'x.png'], 'too many for one sheet'],
    [['explain', 'x.jpg', '--method', 'tis', '--set', 'rise.masks=9'], '--set rise.masks has no effect'],
    [['explain', 'x.jpg', '--method', 'all', '--kmeans-init', 'a.safetensors'], 'for TIS alone'],
    [['explain', 'x.jpg', '--method', 'rollout', '--out', 'x.gif'], '"x.gif" ends with none of'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await hognose([...args, '--model', demoModel]);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('explain', () => {
  it('by TIS alone takes its masks from --set too', async () => {
    const { code, stdout } = await run('explain', `${container}#23`, ...few);
    expect(code).toBe(0);
    expect(stdout).toContain('16 masks of ratio 0.5');
  });

  it('by several methods tells a table, or writes their maps', async () => {
    const methods = ['--method', 'rollout', '--method', 'tis', ...few] as const;
    const table = await run('explain', `${container}#23`, ...methods, '--class', 'top1');
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(
      /maps of 5 Sandal\nmethod +time +passes +Spearman with Rollout\nRollout .* 1\.00\nTIS /,
    );
    const out = join(folder, 'maps.safetensors');
    expect((await run('explain', `${container}#23`, ...methods, '--class', 'top1', '--out', out)).code).toBe(0);
    const file = await readSafetensors(out);
    expect([...file.tensors.keys()]).toEqual(['rollout/map/5', 'tis/map/5', 'probs']);
    expect(file.metadata['tis.parameters']).toBe('masks=16;ratio=0.5;seed=0');
  });
});

describe('sheet', () => {
  it('of one image is methods by classes', async () => {
    const out = join(folder, 'one.svg');
    const { code, stdout, stderr } = await run(
      'sheet',
      `${container}#23`,
      '--methods',
      'tis,chefer2',
      ...few,
      '--out',
      out,
    );
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`${out} written.`);
    const svg = await readFile(out, 'utf8');
    for (const text of ['Sandal', 'Ankle boot', 'TIS', 'Chefer2', 'masks 16 (published: 1024)'])
      expect(svg).toContain(text);
  });

  it('has the contrast of each class with the label, out of the masks of TIS', async () => {
    const image = join(folder, 'Shirt.png');
    await sharp({ create: { width: 28, height: 28, channels: 3, background: '#999' } }).toFile(image);
    const out = join(folder, 'contrast.svg');
    const rows = ['--methods', 'tis-contrast,rollout', '--set', 'tis.masks=64'] as const;
    const classes = ['--class', 'Shirt', '--class', 'Bag', '--class', 'Coat'] as const;
    const { code, stderr } = await run('sheet', image, ...rows, ...classes, '--out', out);
    expect(code).toBe(0);
    expect(stderr).toContain(`${out} written.`);
    const svg = await readFile(out, 'utf8');
    for (const text of [
      'TIS contrast',
      'in nats',
      'the others rather than Shirt',
      'Bag rather than Shirt',
      'for the class',
    ])
      expect(svg).toContain(text);
    expect(svg).toMatch(/Shirt rather than (?!Shirt)/);
    expect(svg).toContain('TIS masks 64 (published: 1024)');
  });

  it('of several images has the contrast of the prediction, and which it is', async () => {
    const out = join(folder, 'contrasts.svg');
    const { code } = await run(
      'sheet',
      `${container}#0`,
      `${container}#23`,
      '--methods',
      'tis,tis-contrast',
      ...few,
      '--out',
      out,
    );
    expect(code).toBe(0);
    const svg = await readFile(out, 'utf8');
    expect(svg).toContain('2 images, 1 method and TIS contrast');
    expect(svg).toMatch(/contrast: [\w ]+/);
    expect(svg).toContain('rather than');
  });

  it('of several images leaves out what cannot be read', async () => {
    const broken = join(folder, 'broken.jpg');
    await writeFile(broken, 'no image');
    const out = join(folder, 'many.png');
    const images = [`${container}#0`, broken, `${container}#23`];
    const { code, stderr } = await run('sheet', ...images, '--methods', 'rollout', '--transposed', '--out', out);
    expect(code).toBe(0);
    expect(stderr).toContain('"broken.jpg"');
    const { width, height, density, format } = await sharp(out).metadata();
    expect([density, format]).toEqual([300, 'png']);
    // Two images across, the input and one method down.
    expect(Math.abs(width / height - 1)).toBeLessThan(0.4);
    const none = await run('sheet', broken, broken, '--methods', 'rollout', '--out', out);
    expect([none.code, none.stdout]).toEqual([1, '']);
  });

  it('has help with examples', async () => {
    const { code, stdout } = await hognose(['sheet', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('$ hognose sheet ');
  });
});
