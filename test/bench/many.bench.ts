/** Whether a job that explains many images scores as many masks a second as one image alone, the project's bookkeeping included. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { hostEngine } from '../../src/main/engine/host.js';
import { engineStarter } from '../../src/main/engine/messages.js';
import { forkNode } from '../../src/main/processes/fork-node.js';
import type { Job } from '../../src/shared/audit.js';
import { Backend } from '../support/backend.js';

const root = resolve(import.meta.dirname, '../..');

/** Images of one job. */
const count = Number(process.env.IMAGES ?? '100');

it('explains many images of the demo', { timeout: 0 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-bench-'));
  const engine = hostEngine(
    engineStarter(forkNode, join(root, 'out/main/worker.cjs'), { threads: 0, provider: 'cpu' }),
  );
  const backend = await Backend.start({ engine, folder });
  const ended = (job: Job): Promise<void> =>
    new Promise((done) => {
      const stop = backend.on('job', ({ id, state }) => {
        if (id !== job.id || ['queued', 'running'].includes(state)) return;
        stop();
        done();
      });
    });
  const summary = await backend.client.call('project.openDemo', undefined);
  const predicting = await backend.client.call('jobs.predict', undefined);
  await ended(predicting);

  const model = { path: join(root, 'resources/demo/model') };
  const images = join(root, 'resources/demo/data/t10k-images-idx3-ubyte.gz');
  const request = { parameters: summary.tis, classes: [], top: 5 };
  /** Masks a second of one image alone, its decoding left out. */
  const alone = async (): Promise<number> => {
    const { milliseconds, scored } = await engine.explainTis({ model, input: { path: images, member: 9000 }, request });
    return (scored * 1000) / milliseconds;
  };
  const rates: number[] = [];
  const several: number[] = [];
  await alone();
  for (let round = 0; round < 4; round += 1) {
    rates.push(await alone(), await alone(), await alone());
    const start = performance.now();
    const job = await backend.client.call('jobs.explain', { count: count / 4 });
    await ended(job);
    several.push((job.total * summary.tis.masks * 1000) / (performance.now() - start));
  }
  await backend.close();
  await engine.close();
  await rm(folder, { recursive: true });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const figures = {
    images: count,
    masksASecondAlone: Math.round(mean(rates)),
    masksASecondInAJob: Math.round(mean(several)),
    ratio: Number((mean(several) / mean(rates)).toFixed(3)),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(figures.ratio).toBeGreaterThan(0);
});
