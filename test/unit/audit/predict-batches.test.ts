/** Batches through the engine: order, overlap, and the image that kills it. */

import { describe, expect, it } from 'vitest';
import { predictBatches } from '../../../src/main/audit/predict-batches.js';
import { batchesOf } from '../../../src/main/dataset/batches.js';
import type { Engine } from '../../../src/main/engine/engine.js';
import { AppError } from '../../../src/shared/errors.js';
import { UnusedEngine } from '../../support/unused-engine.js';

const model = { path: 'model' };

/** An engine that dies of some images, together with everything it has under way, as a real process does. */
class MortalEngine extends UnusedEngine {
  readonly asked: (readonly string[])[] = [];
  most = 0;
  opened = 0;
  #running: { reject: (error: Error) => void }[] = [];
  readonly #kills: (input: string) => boolean;

  constructor(kills: (input: string) => boolean) {
    super();
    this.#kills = kills;
  }

  override readonly openModel = (): Promise<never> => {
    this.opened++;
    return Promise.resolve(undefined as never);
  };

  override predict: Engine['predict'] = ({ inputs }, { signal } = {}) => {
    if (signal?.aborted === true) return Promise.reject(new AppError('CANCELLED', 'The work was cancelled.'));
    const names = inputs.map((input) => input.path);
    this.asked.push(names);
    return new Promise((resolve, reject) => {
      const call = { reject };
      this.#running.push(call);
      this.most = Math.max(this.most, this.#running.length);
      signal?.addEventListener('abort', () => {
        reject(new AppError('CANCELLED', 'The work was cancelled.'));
      });
      setImmediate(() => {
        if (!this.#running.includes(call)) return;
        if (names.some(this.#kills)) {
          const dead = this.#running;
          this.#running = [];
          for (const { reject: fail } of dead) fail(new AppError('ENGINE_STOPPED', 'The engine process stopped.'));
          return;
        }
        this.#running = this.#running.filter((other) => other !== call);
        resolve(names.map((name) => ({ ok: false, error: { code: 'INTERNAL', message: `seen ${name}`, hint: '' } })));
      });
    });
  };
}

async function run(engine: Engine, names: readonly string[], size: number): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  const batches = batchesOf(names, size);
  const { signal } = new AbortController();
  for await (const { items, outcomes } of predictBatches({
    engine,
    model,
    batches,
    input: (path) => ({ path }),
    signal,
  })) {
    expect(outcomes.length).toBe(items.length);
    for (const [at, name] of items.entries()) {
      expect(seen.has(name)).toBe(false);
      const outcome = outcomes[at];
      seen.set(name, outcome?.ok === false ? `${outcome.error.code} ${outcome.error.message}` : '');
    }
  }
  return seen;
}

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `image ${String(at)}`);

describe('predictBatches', () => {
  it('yields every image once, in order, with three requests under way', async () => {
    const engine = new MortalEngine(() => false);
    const seen = await run(engine, names(100), 8);
    expect([...seen.keys()]).toEqual(names(100));
    expect(engine.asked.length).toBe(13);
    expect(engine.most).toBe(3);
  });

  it('finds the one image that kills the engine, reports it unreadable, and keeps its neighbours', async () => {
    const engine = new MortalEngine((name) => name === 'image 21');
    const seen = await run(engine, names(64), 16);
    expect(seen.size).toBe(64);
    const lost = [...seen].filter(([, told]) => !told.startsWith('INTERNAL seen'));
    expect(lost).toEqual([
      ['image 21', 'IMAGE_UNREADABLE The engine process stopped twice on this image, so it is passed over.'],
    ]);
    // Alone it was tried twice.
    expect(engine.asked.filter((asked) => asked.join() === 'image 21').length).toBe(2);
  });

  it('does not blame an image that the engine survives the second time', async () => {
    let deaths = 0;
    const engine = new MortalEngine((name) => name === 'image 3' && ++deaths <= 3);
    const seen = await run(engine, names(4), 4);
    expect([...seen.values()].every((told) => told.startsWith('INTERNAL seen'))).toBe(true);
  });

  it('gives up when image after image kills the engine: the fault is elsewhere', async () => {
    const engine = new MortalEngine(() => true);
    await expect(run(engine, names(64), 16)).rejects.toMatchObject({ code: 'ENGINE_STOPPED' });
  });

  it('gives up when the model cannot be opened any more', async () => {
    const engine = new MortalEngine(() => true);
    const broken = Object.assign(engine, {
      openModel: () => Promise.reject(new AppError('MODEL_NOT_FOUND', 'gone')),
    });
    await expect(run(broken, names(4), 4)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('rejects with CANCELLED when cancelled', async () => {
    const engine = new MortalEngine(() => false);
    const controller = new AbortController();
    const stream = predictBatches({
      engine,
      model,
      batches: batchesOf(names(64), 16),
      input: (path) => ({ path }),
      signal: controller.signal,
    });
    const first = stream.next();
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

it('stop where a drive does not answer any more, after what was read of the batch', async () => {
  const silent = { code: 'DRIVE_SILENT' as const, message: 'The drive does not answer.', hint: '' };
  const engine = new MortalEngine(() => false);
  engine.predict = ({ inputs }) =>
    Promise.resolve(
      inputs.map(({ path }) => ({
        ok: false,
        error: path === 'c' ? silent : { code: 'INTERNAL', message: `seen ${path}`, hint: '' },
      })),
    );
  const seen: string[] = [];
  const { signal } = new AbortController();
  const batches = batchesOf(['a', 'b', 'c', 'd', 'e', 'f'], 2);
  const reading = async (): Promise<void> => {
    for await (const { items } of predictBatches({ engine, model, batches, input: (path) => ({ path }), signal })) {
      seen.push(...items);
    }
  };
  await expect(reading()).rejects.toMatchObject({ code: 'DRIVE_SILENT' });
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});
