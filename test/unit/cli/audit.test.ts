/** `hognose audit` from end to end, and that a kill -9 in the middle loses nothing and repeats nothing. */

import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Project } from '../../../src/main/project/project.js';
import { csvRows, demoModel, hognose, type Outcome } from '../../support/hognose.js';
import { figureOf, interrupt } from '../../support/interrupt.js';
import { writeSmallDataset } from '../../support/small-dataset.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-audit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('writes project and report, and says where a PDF cannot be made', async () => {
  const data = join(folder, 'small');
  const out = join(folder, 'out');
  await writeSmallDataset(data, 200);
  const args = ['audit', data, '--model', demoModel, '--out', out, '--explain', '2', '--masks', '32'];
  const first = await hognose([...args, '--format', 'html,csv,json,pdf'], { HOGNOSE_ELECTRON: '/nowhere/electron' });
  expect(first.stderr).toContain('Electron was not found');
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^Images +200$/m);
  expect(first.stdout).toMatch(/^Predicted +200$/m);
  expect(first.stdout).toMatch(/^Explained +2$/m);
  const report = join(out, 'report');
  for (const name of ['index.html', 'findings.csv', 'report.json', 'corrected-labels.csv']) {
    expect(existsSync(join(report, name)), name).toBe(true);
  }
  expect(existsSync(join(report, 'report.pdf'))).toBe(false);
  expect(csvRows(join(report, 'corrected-labels.csv')).length).toBe(200);
  expect(await readFile(join(report, 'index.html'), 'utf8')).toContain('Ankle boot');

  // The second run finds everything done, and takes other settings over.
  const second = await hognose([...args, '--format', 'json', '--ratio', '0.25']);
  expect(second.code).toBe(0);
  expect(second.stderr).not.toContain('Predicting');
  const project = Project.open(join(out, 'small.hognose'));
  expect(project.info.tis).toEqual({ masks: 32, ratio: 0.25, seed: 0 });
  project.close();

  const other = join(folder, 'other', 'small');
  await writeSmallDataset(other, 10);
  const refused = await hognose(['audit', other, '--model', demoModel, '--out', out]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('holds an audit of another dataset');
});

const predicted = (project: string): number => figureOf(project, 'predicted');

it('goes on at the new place of a dataset that moved, and takes nothing else for it', async () => {
  const data = join(folder, 'before');
  const out = join(folder, 'moved');
  await writeSmallDataset(data, 40);
  const options = ['--model', demoModel, '--out', out, '--explain', '0', '--format', 'json'];
  expect((await hognose(['audit', data, ...options])).code).toBe(0);
  const copy = join(folder, 'copy');
  await cp(data, copy, { recursive: true });
  // Where the old place still holds it, only a word of the person makes the copy the dataset.
  const refused = await hognose(['audit', copy, ...options]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`--dataset ${copy}`);
  const said = await hognose(['audit', '--dataset', copy, ...options]);
  expect(said.code, said.stderr).toBe(0);
  expect(said.stderr).not.toContain('Predicting');

  const other = join(folder, 'unlike');
  await mkdir(join(other, 'x'), { recursive: true });
  await writeFile(join(other, 'x', 'y.png'), '');
  const after = join(folder, 'after');
  await rename(copy, after);
  const unlike = await hognose(['audit', other, ...options]);
  expect(unlike.code).toBe(1);
  expect(unlike.stderr).toContain(`The dataset of before is not at ${other}`);
  const moved = await hognose(['audit', after, ...options]);
  expect(moved.code, moved.stderr).toBe(0);
  expect(moved.stderr).toContain(`The dataset of this audit was at ${copy} and is at ${after} now.`);
  expect(moved.stderr).not.toContain('Predicting');
  expect(readdirSync(out).filter((name) => name.endsWith('.hognose'))).toEqual(['before.hognose']);
});

/** Starts an audit and sends it a signal as soon as more than `before` predictions are on disk. */
function interrupted(
  args: readonly string[],
  project: string,
  before: number,
  signal: NodeJS.Signals,
): Promise<Outcome> {
  return interrupt(args, {
    folder: dirname(project),
    when: () => predicted(project) > before,
    act: (kill) => {
      kill(signal);
    },
  });
}

it('goes on after a kill -9 with nothing lost and nothing done twice', async () => {
  const total = 1000;
  const data = join(folder, 'many');
  const out = join(folder, 'killed');
  const project = join(out, 'many.hognose');
  await writeSmallDataset(data, total);
  await mkdir(out);
  const args = ['audit', data, '--model', demoModel, '--out', out, '--explain', '0', '--format', 'csv'];
  expect((await interrupted(args, project, 0, 'SIGKILL')).signal).toBe('SIGKILL');
  const first = predicted(project);
  expect((await interrupted(args, project, first, 'SIGKILL')).signal).toBe('SIGKILL');
  const second = predicted(project);
  // Whole batches of 64, more each time.
  expect([first % 64, second % 64]).toEqual([0, 0]);
  expect(second).toBeGreaterThan(first);
  expect(second).toBeLessThan(total);

  const last = await hognose(args);
  expect(last.code).toBe(0);
  expect(last.stderr).toContain(`Predicting ${String(total - second)} images: 0 of ${String(total - second)}`);
  expect(predicted(project)).toBe(total);
  expect(csvRows(join(out, 'report', 'corrected-labels.csv')).length).toBe(total);
});

it('stops at Ctrl+C between two batches, says so, and ends with 1', async () => {
  const data = join(folder, 'many');
  const out = join(folder, 'stopped');
  const project = join(out, 'many.hognose');
  await mkdir(out);
  const args = ['audit', data, '--model', demoModel, '--out', out, '--format', 'csv'];
  const { code, stderr } = await interrupted(args, project, 0, 'SIGINT');
  expect(code).toBe(1);
  expect(stderr).toContain('Stopped. What was finished is kept.');
  expect(predicted(project) % 64).toBe(0);
  expect(existsSync(join(out, 'report'))).toBe(false);
});
