/** `hognose task`: work that is written down in one process and done in another, comes to the same there, and survives its runner. */

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { OpenAudit } from '../../../src/main/audit/open-audit.js';
import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { hostEngine } from '../../../src/main/engine/host.js';
import { engineStarter } from '../../../src/main/engine/messages.js';
import { forkNode } from '../../../src/main/processes/fork-node.js';
import { Project } from '../../../src/main/project/project.js';
import { readTask } from '../../../src/main/project/task.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { demoModel, hognose } from '../../support/hognose.js';
import { keptMaps, killedTask } from '../../support/killed-task.js';
import { writeSmallDataset } from '../../support/small-dataset.js';

let folder: string;
let project: string;
const images = 8;

/** An audit of 40 images, predicted and not explained. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-task-'));
  const data = join(folder, 'clothes');
  await writeSmallDataset(data, 40);
  const options = ['--model', demoModel, '--out', folder, '--explain', '0', '--format', 'json', '--masks', '32'];
  const made = await hognose(['audit', data, ...options]);
  expect(made.code, made.stderr).toBe(0);
  project = join(folder, 'clothes.hognose');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function copied(name: string): Promise<string> {
  const copy = join(folder, `${name}.hognose`);
  await cp(project, copy, { recursive: true });
  return copy;
}

async function written(name: string, ...options: readonly string[]): Promise<string> {
  const task = join(folder, `${name}.json`);
  const { code, stderr } = await hognose(['task', 'write', project, ...options, '--out', task]);
  expect(code, stderr).toBe(0);
  return task;
}

/** Lets the window's side explain the most suspicious images of a project. */
async function explainedHere(path: string): Promise<void> {
  const engine = hostEngine(
    engineStarter(forkNode, join(import.meta.dirname, '../../../out/main/worker.cjs'), { threads: 0, provider: 'cpu' }),
    () => undefined,
  );
  const audit = new OpenAudit({
    project: inThisProcess(Project.open(path)),
    engine,
    tell: () => undefined,
    printPdf: () => Promise.resolve(),
    version: '0.0.0',
  });
  await audit.bringScoresUpToDate();
  await audit.jobs.completed((await audit.explainMost(images)).id);
  await audit.close();
  await engine.close();
}

it('comes to the same bytes in another process and in a copy of the project, once', async () => {
  const task = await written('explain', '--kind', 'explain', '--images', String(images));
  const [here, there] = [await copied('here'), await copied('there')];
  await explainedHere(here);
  const ran = await hognose(['task', 'run', task, '--project', there]);
  expect(ran.stderr).toContain('8 images done, 0 images passed over.');
  const kept = keptMaps(there);
  expect(new Set(kept.map(({ content }) => content)).size).toBe(images);
  expect(kept).toEqual(keptMaps(here));
  // All is done: the ledger knows it, and nothing is computed again.
  const again = await hognose(['task', 'run', task, '--project', there]);
  expect([again.code, keptMaps(there)]).toEqual([0, kept]);
});

it('of maps and of predictions is done likewise', async () => {
  const copy = await copied('others');
  const maps = await written('maps', '--kind', 'maps', '--method', 'chefer2', '--images', '5');
  expect((await hognose(['task', 'run', maps, '--project', copy])).stderr).toContain('5 images done');
  expect(keptMaps(copy).map(({ method }) => method)).toEqual(Array.from({ length: 5 }, () => 'chefer2'));
  const all = readTask(await readFile(await written('predict', '--kind', 'predict'), 'utf8'), 'predict.json');
  // All are predicted already: of a task that names some, nothing is left.
  expect(all.images).toEqual([]);
  const some = join(folder, 'some.json');
  const text = await readFile(join(folder, 'predict.json'), 'utf8');
  await writeFile(some, text.replace('"images": []', '"images": [1, 2, 3]'));
  expect((await hognose(['task', 'run', some, '--project', copy])).stderr).toContain('3 images done');
});

it('survives its runner being killed, and makes nothing twice', async () => {
  const task = await written('killed', '--kind', 'explain', '--images', '20');
  const copy = await copied('killed');
  const { kills, stderr, maps, newest, states } = await killedTask(task, copy, {
    kills: 5,
    most: 1500,
    random: seededRandom(3),
  });
  expect(kills).toBeGreaterThan(2);
  expect(stderr).toContain('20 images done, 0 images passed over.');
  expect([states, newest]).toEqual([['done'], maps]);
  expect(new Set(keptMaps(copy).map(({ content }) => content)).size).toBe(20);
}, 120_000);

it('is refused where it is no task, for another model, or for another project', async () => {
  const copy = await copied('refusing');
  const nonsense = join(folder, 'nonsense.json');
  await writeFile(nonsense, '{"format": "hognose-task", "version": 1, "task": {"kind": "dance"}}');
  const refused = await hognose(['task', 'run', nonsense, '--project', copy]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is no task')]);
  const task = await written('other', '--images', '2');
  const text = await readFile(task, 'utf8');
  await writeFile(task, text.replace(/"hash": "[^"]*"/, '"hash": "beef"'));
  const other = await hognose(['task', 'run', task, '--project', copy]);
  expect(other.code).not.toBe(0);
  expect(other.stderr).toContain('another model');
});
