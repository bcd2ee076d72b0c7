/** Maps of any method by a real engine process: batches, bad images among good ones, refusals, progress, cancelling. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineHost, hostEngine } from '../../../src/main/engine/host.js';
import { engineStarter } from '../../../src/main/engine/messages.js';
import { forkNode } from '../../../src/main/processes/fork-node.js';
import { methodIds } from '../../../src/shared/methods.js';
import { writeTinyVitFolder } from '../../support/tiny-vit.js';

const worker = join(import.meta.dirname, '../../../out/main/worker.cjs');
let folder: string;
let host: EngineHost;
let model: { readonly path: string };
let images: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-explain-with-'));
  model = { path: join(folder, 'model') };
  await writeTinyVitFolder(model.path);
  images = [0, 1].map((at) => join(folder, `${String(at)}.png`));
  for (const [at, path] of images.entries()) {
    const background = { r: 200 * at, g: 80, b: 40 };
    await sharp({ create: { width: 30, height: 20, channels: 3, background } })
      .png()
      .toFile(path);
  }
  await writeFile(join(folder, 'broken.png'), 'no image');
  host = hostEngine(engineStarter(forkNode, worker, { threads: 1, provider: 'cpu' }));
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

const wish = (path: string, ...classes: number[]): { input: { path: string }; classes: number[]; top: number } => ({
  input: { path },
  classes,
  top: 0,
});

describe('the engine', () => {
  it('offers every method with its published parameters', async () => {
    const offers = await host.methods({ model });
    expect(offers.map(({ id }) => id)).toEqual(methodIds);
    expect(offers.every(({ refusal }) => refusal === null)).toBe(true);
  });

  it('explains several images at once; a bad one never fails its neighbours', async () => {
    const [first = '', second = ''] = images;
    const inputs = [wish(first, 1, 0), wish(join(folder, 'broken.png'), 0), { ...wish(second), top: 1 }];
    const seen: number[] = [];
    const outcomes = await host.explainWith(
      { model, inputs, request: { method: 'chefer2', parameters: {} } },
      { onProgress: ({ done }) => void seen.push(done) },
    );
    const [one, bad, two] = outcomes;
    expect(bad).toMatchObject({ ok: false, error: { code: 'IMAGE_UNREADABLE' } });
    if (one?.ok !== true || two?.ok !== true) throw new Error('Good images have maps');
    expect([...one.classes]).toEqual([1, 0]);
    expect(one.maps).toHaveLength(2 * one.width * one.height);
    expect(one.cost).toEqual({ forward: 2, backward: 2 });
    expect(two.cost).toEqual({ forward: 1, backward: 1 });
    const best = two.probabilities.indexOf(Math.max(...two.probabilities));
    expect([...two.classes]).toEqual([best]);
    expect(seen.length).toBeGreaterThan(0);
  });

  it('ends what is cancelled and serves the next call', async () => {
    const [first = ''] = images;
    const controller = new AbortController();
    const long = host.explainWith(
      { model, inputs: [wish(first, 0)], request: { method: 'rise', parameters: { masks: 20_000 } } },
      {
        signal: controller.signal,
        onProgress: () => {
          controller.abort();
        },
      },
    );
    await expect(long).rejects.toMatchObject({ code: 'CANCELLED' });
    const next = await host.explainWith({
      model,
      inputs: [wish(first, 0)],
      request: { method: 'rollout', parameters: {} },
    });
    expect(next[0]?.ok).toBe(true);
  });
});
