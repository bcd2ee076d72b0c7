/** A second `hognose audit` with other options: names, and labels from another table, are taken over and said. */

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Project } from '../../../src/main/project/project.js';
import { csvRows, demoModel, hognose } from '../../support/hognose.js';
import { temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let images: string;
let out: string;
beforeEach(async () => {
  temporary = temporaryFolder();
  images = join(temporary.path, 'clothes');
  out = join(temporary.path, 'out');
  mkdirSync(images);
  for (const name of ['a', 'b']) {
    const picture = sharp({
      create: { width: 28, height: 28, channels: 3, background: name === 'a' ? '#777' : '#333' },
    });
    await picture.png().toFile(join(images, `${name}.png`));
  }
  writeFileSync(join(temporary.path, 'first.csv'), 'path,label\na.png,Bag\nb.png,Coat\n');
  writeFileSync(join(temporary.path, 'second.csv'), 'path,label\na.png,Shirt\nb.png,Coat\n');
});
afterEach(() => {
  temporary.remove();
});

const audit = (labels: string | null, ...rest: string[]): ReturnType<typeof hognose> =>
  hognose([
    ...['audit', images, '--model', demoModel, '--out', out, '--explain', '0', '--format', 'json', ...rest],
    ...(labels === null ? [] : ['--labels', join(temporary.path, labels)]),
  ]);
const labelsIn = (report: string): unknown[] =>
  csvRows(join(out, report, 'corrected-labels.csv')).map((row) => Object.values(row).slice(0, 2));

it('takes another table of labels over for good, and keeps it without the option', async () => {
  expect((await audit('first.csv')).code).toBe(0);
  expect(labelsIn('report')).toEqual([
    ['a.png', 'Bag'],
    ['b.png', 'Coat'],
  ]);
  const second = await audit('second.csv');
  expect(second.code).toBe(0);
  expect(second.stderr).toMatch(/The labels come from .*second\.csv from now on, no longer from .*first\.csv\./);
  const third = await audit(null);
  expect(third.stderr).not.toContain('The labels come from');
  expect(labelsIn('report')).toEqual([
    ['a.png', 'Shirt'],
    ['b.png', 'Coat'],
  ]);
  const project = Project.open(join(out, 'clothes.hognose'));
  expect(project.info.labelsFile).toBe(join(temporary.path, 'second.csv'));
  project.close();
});

it('names the project and the report, and renames what is there', async () => {
  const first = await audit(
    'first.csv',
    '--name',
    'Shirts / 2026',
    '--title',
    'What "shirts" say',
    '--report',
    'for/all',
  );
  expect(first.code).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['Shirts _ 2026.hognose', 'for_all']);
  const json = (folder: string): unknown => JSON.parse(readFileSync(join(out, folder, 'report.json'), 'utf8'));
  expect(json('for_all')).toMatchObject({ title: 'What "shirts" say', summary: { name: 'Shirts / 2026' } });

  const second = await audit(null, '--name', 'Owls');
  expect(second.code).toBe(0);
  expect(second.stderr).toContain('The project was called Shirts / 2026 and lies at');
  expect(second.stderr).not.toContain('Predicting');
  expect(readdirSync(out).sort()).toEqual(['Owls.hognose', 'for_all', 'report']);
  expect(json('report')).toMatchObject({ title: 'Owls', summary: { name: 'Owls' } });
  // Without the option the name stays.
  expect((await audit(null)).code).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['Owls.hognose', 'for_all', 'report']);

  const empty = await audit(null, '--title', ' ');
  expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('The name is empty')]);
});
