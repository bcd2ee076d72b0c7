/** The command line never gives an all-clear where it did not look, and says where it guessed. */

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvRows, hognose } from '../../support/hognose.js';
import { writeTinyVitFolder } from '../../support/tiny-vit.js';

let folder: string;
let named: string;
let nameless: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-all-clear-'));
  named = join(folder, 'named');
  nameless = join(folder, 'nameless');
  await writeTinyVitFolder(named);
  await writeTinyVitFolder(nameless, { id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' } });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder per label with one grey picture each. */
async function dataset(name: string, labels: readonly string[]): Promise<string> {
  const data = join(folder, name);
  for (const [at, label] of labels.entries()) {
    await mkdir(join(data, label), { recursive: true });
    const background = { r: 20 * at, g: 128, b: 200 };
    const picture = sharp({ create: { width: 16, height: 16, channels: 3, background } });
    await picture.png().toFile(join(data, label, '0.png'));
  }
  return data;
}

const audit = (data: string, model: string, out: string, ...more: string[]) =>
  hognose(['audit', data, '--model', model, '--out', out, '--explain', '0', ...more]);

describe('labels without a class', () => {
  it('are named by predict, with the images left out and the way out', async () => {
    const data = await dataset('strange', ['lynx', 'wolf']);
    const { code, stderr } = await hognose(['predict', data, '--model', named, '--out', join(folder, 'strange.csv')]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      'None of the 2 labels has a class of the model (lynx, wolf): their 2 images are not compared',
    );
    expect(stderr).toContain('--mapping');
    expect(stderr).toContain('hognose mapping propose');
  });

  it('make a dash of the disagreements of an audit, until a mapping gives them classes', async () => {
    const data = await dataset('strange', ['lynx', 'wolf']);
    const out = join(folder, 'strange-out');
    const none = await audit(data, named, out);
    expect(none.code).toBe(0);
    expect(none.stdout).toMatch(/^Compared +0$/m);
    expect(none.stdout).toMatch(/^Disagreements +–$/m);
    expect(none.stderr).toContain('None of the 2 labels has a class');
    const page = readFileSync(join(out, 'report', 'index.html'), 'utf8');
    expect(page).not.toContain('No prediction differs');

    const mapping = join(folder, 'mapping.csv');
    await writeFile(mapping, 'label,class\nlynx,cat\n');
    const some = await audit(data, named, out, '--mapping', mapping);
    expect(some.stdout).toMatch(/^Disagreements +[01] of 1 compared of 2$/m);
    expect(some.stderr).toContain('1 of 2 labels has no class of the model (wolf): its 1 image is not compared');
    await writeFile(mapping, 'label,class\nwolf,dog\n');
    const all = await audit(data, named, out, '--mapping', mapping);
    expect(all.stdout).toMatch(/^Disagreements +[012]$/m);
    expect(all.stderr).not.toContain('no class');
  });
});

describe('classes matched by position', () => {
  const classesOf = (file: string) => csvRows(file).map((row) => [row.label, row.label_index]);

  it('follow folders sorted as text for a Hugging Face model, which is said', async () => {
    const data = await dataset('types', ['type 1', 'type 2', 'type 10']);
    const out = join(folder, 'types.csv');
    const { stderr } = await hognose(['predict', data, '--model', nameless, '--out', out]);
    expect(stderr).toContain('3 labels were matched to classes by position, as folders sorted as text');
    expect(classesOf(out)).toEqual([
      ['type 1', '0'],
      ['type 2', '2'],
      ['type 10', '1'],
    ]);
    const { stderr: said } = await audit(data, nameless, join(folder, 'types-out'));
    expect(said).toContain('3 labels were matched to classes by position');
    expect(readFileSync(join(folder, 'types-out/report/index.html'), 'utf8')).toContain('which is a guess');
  });

  it('take another order when a person says it, and are no guess any more', async () => {
    const data = await dataset('types', ['type 1', 'type 2', 'type 10']);
    const out = join(folder, 'natural.csv');
    const args = ['predict', data, '--model', nameless, '--out', out, '--class-order'];
    const { stderr } = await hognose([...args, 'natural']);
    expect(stderr).not.toContain('guess');
    expect(classesOf(out)).toEqual([
      ['type 1', '0'],
      ['type 2', '1'],
      ['type 10', '2'],
    ]);
    const refused = await hognose([...args, 'number']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('not all numbers')]);
  });

  it('are no guess any more once a proposed file was given back', async () => {
    const data = await dataset('types', ['type 1', 'type 2', 'type 10']);
    const file = join(folder, 'checked.csv');
    const proposed = await hognose(['mapping', 'propose', data, '--model', nameless, '--out', file]);
    expect(proposed.stderr).toContain('which is a guess');
    const out = join(folder, 'checked-out.csv');
    const { stderr } = await hognose(['predict', data, '--model', nameless, '--out', out, '--mapping', file]);
    expect(stderr).not.toContain('guess');
    expect(classesOf(out).map(([, index]) => index)).toEqual(['0', '2', '1']);
  });

  it('are written by propose with what is unsure', async () => {
    const data = await dataset('from one', ['1', '2', '10']);
    const out = join(folder, 'proposed.csv');
    const { stderr } = await hognose(['mapping', 'propose', data, '--model', nameless, '--out', out]);
    expect(stderr).toContain('0 of 3 labels have a class, 0 are asked about, 3 depend on the order of the classes.');
    expect(stderr).toContain('Open: 1, 2, 10');
    expect(csvRows(out).map((row) => row.class)).toEqual(['', '', '']);
  });
});

describe('a dataset none of whose images can be read', () => {
  it('is an error with the first reasons, and leaves no table or report', async () => {
    const data = join(folder, 'unreadable');
    await mkdir(join(data, 'cat'), { recursive: true });
    for (const at of [1, 2, 3, 4, 5]) await writeFile(join(data, 'cat', `${String(at)}.jpg`), 'no picture');
    const table = join(folder, 'unreadable.csv');
    const predicted = await hognose(['predict', data, '--model', named, '--out', table]);
    expect(predicted.code).toBe(1);
    expect(predicted.stderr).toContain('None of the 5 images could be read: "1.jpg" is not an image');
    expect(existsSync(table)).toBe(false);
    const out = join(folder, 'unreadable-out');
    for (const run of ['first', 'second']) {
      const { code, stderr } = await audit(data, named, out);
      expect([run, code]).toEqual([run, 1]);
      expect(stderr).toContain('None of the 5 images could be read: "1.jpg" is not an image');
    }
    expect(existsSync(join(out, 'report'))).toBe(false);
  });
});
