/** `hognose images`: what a filter lets through, in its order, as CSV, and what is said beside it. */

import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { Project } from '../../../src/main/project/project.js';
import { imageId } from '../../../src/shared/audit.js';
import { hognose } from '../../support/hognose.js';
import { image, info, predicted, temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;

/** Images 1 to 3 disagree, 4 agrees, 5 is not predicted. */
beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'Animals.hognose');
  const project = Project.create(folder, info);
  project.addImages(['=cmd', 'b', 'c', 'd', 'e'].map((name) => image(`${name}.png`, 'cat')));
  const outcomes = [
    [0.25, 0.5, 0.25],
    [0.125, 0.75, 0.125],
    [0.0625, 0.0625, 0.875],
    [0.75, 0.125, 0.125],
  ];
  project.recordPredictions(
    outcomes.map((probabilities, index) => ({
      id: imageId(index + 1),
      outcome: predicted(String(index), probabilities),
    })),
  );
  project.close();
});
afterEach(() => {
  temporary.remove();
});

const table = (text: string): readonly Record<string, string>[] => parse(text, { columns: true, bom: true });

it('lists most suspicious first, with every score, and says what is not predicted', async () => {
  const { code, stdout, stderr } = await hognose(['images', folder, 'state:disagree', '--limit', '2']);
  expect(code).toBe(0);
  expect(table(stdout)).toMatchObject([
    { file: 'c.png', label: 'cat', prediction: 'owl', self_confidence: '0.0625', label_rank: '2' },
    { file: 'b.png', label: 'cat', prediction: 'dog', self_confidence: '0.125', label_rank: '2' },
  ]);
  expect(stderr).toContain('1 more image');
  expect(stderr).toContain('1 image of 5 images');
});

it('takes an order and names in the text, and writes to a file', async () => {
  const file = join(temporary.path, 'list.csv');
  const { code, stdout } = await hognose(['images', folder, 'label:cat pred:dog sort:-conf', '--out', file]);
  expect([code, stdout]).toEqual([0, '']);
  // A name that a spreadsheet would run is disarmed.
  expect(table(readFileSync(file, 'utf8')).map((row) => row.file)).toEqual(["'=cmd.png", 'b.png']);
});

it('refuses what is no filter, with the way out', async () => {
  const refused = await hognose(['images', folder, 'label:horse']);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain("There is no label 'horse'");
  expect(refused.stderr).toContain('cat, dog, owl');
});

it('says what stands against an empty list', async () => {
  const project = Project.open(folder);
  project.setMapping(info.mapping.map((row) => ({ ...row, classIndex: null, by: 'none' as const })));
  project.close();
  const unmapped = await hognose(['images', folder, 'state:disagree']);
  expect(table(unmapped.stdout)).toEqual([]);
  expect(unmapped.stderr).toMatch(/label.* class/);
  rmSync(join(folder, 'audit.sqlite'));
  const lost = await hognose(['images', folder, 'issue:yes']);
  expect(lost.stderr).toContain('not listed to its end');
});

it('reads a project that is open elsewhere, and asks for one where none is named', async () => {
  const project = Project.open(folder);
  const { code, stdout } = await hognose(['images', folder, 'conf<10%']);
  project.close();
  expect([code, table(stdout).map(({ file }) => file)]).toEqual([0, ['c.png']]);
  expect(await hognose(['images'])).toMatchObject({ code: 2, stdout: '' });
});

it('does not put a file in the place of a device', async () => {
  const { code, stderr } = await hognose(['images', folder, '--out', '/dev/null']);
  expect(code).toBe(1);
  expect(stderr).toContain('/dev/null is no file that can be replaced');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

it('tells the columns', async () => {
  const { stdout } = await hognose(['images', '--columns']);
  expect(stdout).toContain('conf');
  expect(stdout).toContain('The probability that the model gives the label [p[y]]');
});
