/** A task through fifty kills of its runner: every image is done in the end, and none twice. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { seededRandom } from '../../src/shared/seeded-random.js';
import { demoModel, hognose } from '../support/hognose.js';
import { keptMaps, killedTask } from '../support/killed-task.js';
import { writeSmallDataset } from '../support/small-dataset.js';

const images = 400;

it('goes on where it was, fifty times', { timeout: 0 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-kills-'));
  const start = performance.now();
  try {
    const data = join(folder, 'clothes');
    await writeSmallDataset(data, images);
    const options = ['--model', demoModel, '--out', folder, '--explain', '0', '--format', 'json'];
    expect((await hognose(['audit', data, ...options])).code).toBe(0);
    const [project, task] = [join(folder, 'clothes.hognose'), join(folder, 'task.json')];
    expect((await hognose(['task', 'write', project, '--images', String(images), '--out', task])).code).toBe(0);
    const { kills, maps, newest, states } = await killedTask(task, project, {
      kills: 50,
      most: 2500,
      random: seededRandom(50),
    });
    const explained = new Set(keptMaps(project).map(({ content }) => content)).size;
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(`${JSON.stringify({ images, kills, explained, maps, madeAgain: newest - maps, seconds })}\n`);
    expect(states).toEqual(['done']);
    expect(newest).toBe(maps);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
