/** Inputs on which classes were mistaken or not compared without a word; see NOTE.md beside each of ../shared/cases. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvRows, hognose } from '../../support/hognose.js';
import { shared } from '../../support/shared.js';

const present = existsSync(shared('cases', 'class-order'));
if (!present) process.stdout.write('Skipped: the cases of classes, which are not beside this checkout.\n');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-cases-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!present)('the case', () => {
  /** The class of each label, and what was said. */
  async function predict(data: string, model: string) {
    const out = join(folder, 'out.csv');
    const { code, stderr } = await hognose([
      'predict',
      shared('cases', data),
      '--model',
      shared('cases', model),
      '--out',
      out,
    ]);
    expect(code).toBe(0);
    return { classes: new Map(csvRows(out).map((row) => [row.label, row.label_index])), stderr };
  }

  it('class-order: folders of a Hugging Face model are sorted as text', async () => {
    const { classes, stderr } = await predict('class-order/classorder/data', 'class-order/classorder/hf');
    expect([classes.get('type 1'), classes.get('type 10'), classes.get('type 2')]).toEqual(['0', '1', '4']);
    expect(stderr).toContain('12 labels were matched to classes by position, as folders sorted as text');
  });

  it('class-order: folders of a timm model are sorted naturally, without case', async () => {
    const { classes, stderr } = await predict('class-order/classorder/mixed', 'class-order/classorder/timm');
    expect(['ant', 'Bee', 'cat', 'Zebra'].map((name) => classes.get(name))).toEqual(['0', '1', '2', '3']);
    expect(stderr).toContain('as folders sorted naturally');
  });

  it('class-order: numbered folders of a nameless model are asked about, of a named one matched by name', async () => {
    const asked = await predict('class-order/numericfolders/data', 'class-order/numericfolders/model');
    expect(new Set(asked.classes.values())).toEqual(new Set(['']));
    expect(asked.stderr).toContain('depends on the order it was trained in');
    const named = await predict('class-order/numericfolders/data', 'class-order/numericfolders/named');
    expect(named.classes.get('10')).toBe('2');
    expect(named.stderr).not.toContain('guess');
  });

  it('all-clear-without-classes: no figure over nothing', async () => {
    const data = shared('cases', 'all-clear-without-classes', 'petimages');
    const model = shared('cases', 'class-order', 'numericfolders', 'named');
    const { code, stdout, stderr } = await hognose(['audit', data, '--model', model, '--out', join(folder, 'pets')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Disagreements +–$/m);
    expect(stderr).toMatch(/has (?:a|no) class of the model \(.+\): (?:their|its) \d+ images are not compared/);
    expect(stderr).toContain('--mapping');
  });
});
