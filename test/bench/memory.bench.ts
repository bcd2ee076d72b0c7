/** Memory of the engine process: the peak of explaining with a ViT-B, and whether a thousand maps make it grow. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineHost, hostEngine } from '../../src/main/engine/host.js';
import { engineStarter } from '../../src/main/engine/messages.js';
import { forkNode } from '../../src/main/processes/fork-node.js';
import { writeRandomVit } from '../support/random-vit-folder.js';

const root = resolve(import.meta.dirname, '../..');

const demoImages = join(root, 'resources/demo/data/t10k-images-idx3-ubyte.gz');

/** Processes that this one has started. */
async function children(): Promise<readonly string[]> {
  const lists = await readFile(`/proc/${String(process.pid)}/task/${String(process.pid)}/children`, 'utf8');
  return lists.split(' ').filter((id) => id !== '');
}

/** A line of the status of a process, in megabytes. */
async function megabytes(pid: string, name: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

function newEngine(): EngineHost {
  return hostEngine(engineStarter(forkNode, join(root, 'out/main/worker.cjs'), { threads: 0, provider: 'cpu' }));
}

/** The engine process that holds the model: the newest child. */
async function engineProcess(before: readonly string[]): Promise<string> {
  const found = (await children()).find((id) => !before.includes(id));
  if (found === undefined) throw new Error('The engine has not started.');
  return found;
}

describe('memory', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'hognose-bench-'));
    await writeRandomVit(join(scratch, 'vit-base'), 'base');
  });
  afterAll(() => rm(scratch, { recursive: true }));

  it('of explaining an image with a ViT-B/16', async () => {
    const before = await children();
    const engine = newEngine();
    const model = { path: join(scratch, 'vit-base') };
    await engine.openModel({ model });
    const pid = await engineProcess(before);
    const opened = await megabytes(pid, 'VmHWM');
    const request = { parameters: { masks: 1024, ratio: 0.5, seed: 0 }, classes: [], top: 5 };
    const controller = new AbortController();
    // Nothing more is taken after the first batches; the rest of the masks is not waited for.
    const explained = engine.explainTis(
      { model, input: { path: demoImages, member: 0 }, request },
      {
        signal: controller.signal,
        onProgress: ({ scored }) => {
          if (scored >= 64) controller.abort();
        },
      },
    );
    await expect(explained).rejects.toMatchObject({ code: 'CANCELLED' });
    const figures = {
      model: 'ViT-B/16',
      weightsMegabytes: 346,
      openedPeakMegabytes: Math.round(opened),
      explainedPeakMegabytes: Math.round(await megabytes(pid, 'VmHWM')),
      nowMegabytes: Math.round(await megabytes(pid, 'VmRSS')),
    };
    await engine.close();
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(figures.explainedPeakMegabytes).toBeGreaterThan(0);
  });

  it('does not grow over a thousand maps', async () => {
    const before = await children();
    const engine = newEngine();
    const model = { path: join(root, 'resources/demo/model') };
    await engine.openModel({ model });
    const pid = await engineProcess(before);
    const points: number[] = [];
    for (let image = 0; image < 1000; image += 1) {
      const request = { parameters: { masks: 64, ratio: 0.5, seed: image }, classes: [], top: 5 };
      await engine.explainTis({ model, input: { path: demoImages, member: image }, request });
      if (image % 50 === 49) points.push(await megabytes(pid, 'VmRSS'));
    }
    await engine.close();
    // The slope of the second half: the first fills caches of the runtime and of JavaScript.
    const half = points.slice(points.length / 2);
    const middle = (half.length - 1) / 2;
    const mean = half.reduce((sum, value) => sum + value, 0) / half.length;
    const slope =
      half.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0) /
      half.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
    const figures = {
      maps: 1000,
      megabytes: points.map(Math.round),
      kilobytesAMap: Number(((slope * 1024) / 50).toFixed(2)),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(points).toHaveLength(20);
  });
});
