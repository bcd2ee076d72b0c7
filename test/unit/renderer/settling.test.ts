import { describe, expect, it, vi } from 'vitest';

import { type ImageId, imageId, type SettlingMaps } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { AppPictures } from '../../../src/renderer/state/pictures.svelte.js';
import { explanationNote, explanationWords, projectTisWords } from '../../../src/shared/tis-words.js';
import { AppState } from '../../../src/renderer/state/app-state.svelte.js';
import type { Bridge, CallReply } from '../../../src/shared/bridge.js';
import type { CallInput, CallName } from '../../../src/shared/calls/calls.js';
import { FakeBridge, type FakeOptions } from '../../support/fake-bridge.js';

const names = ['Boot', 'Coat', 'Shirt', 'Dress', 'Bag', 'Sandal', 'Sneaker', 'Trouser'];
const labels = Array.from({ length: 20 }, (_, index) => index % 8);

/** Holds back the replies to `explain.get` until the test lets them go. */
class HeldMaps implements Bridge {
  readonly fake: FakeBridge;
  readonly #held: (() => void)[] = [];

  constructor(options: Partial<FakeOptions> = {}) {
    this.fake = new FakeBridge({ labels, names, reviewer: 'Ana', ...options });
  }

  async call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallReply<N>> {
    const reply = this.fake.call(name, input);
    if (name === 'explain.get') await new Promise<void>((resolve) => this.#held.push(resolve));
    return reply;
  }

  on: Bridge['on'] = (event, listener) => this.fake.on(event, listener);

  get held(): number {
    return this.#held.length;
  }

  async release(): Promise<void> {
    for (const resolve of this.#held.splice(0)) resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  settle(id: ImageId, scored: number): void {
    const maps: SettlingMaps = { imageId: id, gridWidth: 14, gridHeight: 14, maps: [], scored, total: 576 };
    this.fake.emit('settling', maps);
  }
}

async function open(options: Partial<FakeOptions> = {}): Promise<{ bench: AppState; bridge: HeldMaps }> {
  const bridge = new HeldMaps(options);
  const bench = new AppState(bridge, new AppPictures());
  bench.start();
  await vi.waitUntil(() => bench.started && bench.gallery.loaded);
  return { bench, bridge };
}

/** Shows an image and waits until its maps are asked for. */
async function show({ bench, bridge }: { bench: AppState; bridge: HeldMaps }, id: ImageId): Promise<void> {
  const before = bridge.held;
  bench.inspector.show(id);
  await vi.waitUntil(() => bridge.held > before);
}

describe('settling maps', () => {
  const [one, other] = [imageId(1), imageId(2)];

  it('are shown from the first event until the explanation comes', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    await show(opened, one);
    expect(bench.inspector.settling).toBeNull();
    bridge.settle(one, 64);
    bridge.settle(one, 128);
    expect(bench.inspector.settling).toMatchObject({ imageId: 1, scored: 128 });
    expect(bench.inspector.explanation.state).toBe('loading');
    await bridge.release();
    expect(bench.inspector.explanation.state).toBe('ready');
    expect(bench.inspector.settling).toBeNull();
    bridge.settle(one, 512);
    expect(bench.inspector.settling).toBeNull();
  });

  it('are those of the image on screen alone', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    await show(opened, one);
    bridge.settle(one, 64);
    await show(opened, other);
    expect(bench.inspector.settling).toBeNull();
    bridge.settle(one, 128);
    expect(bench.inspector.settling).toBeNull();
    bridge.settle(other, 64);
    expect(bench.inspector.settling?.imageId).toBe(2);
    bench.inspector.show(null);
    expect(bench.inspector.settling).toBeNull();
  });

  it('go when the explanation fails, and come back with another try', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    bridge.fake.failures.set('explain.get', new AppError('ENGINE_STOPPED', 'The engine stopped.'));
    await show(opened, one);
    bridge.settle(one, 64);
    await bridge.release();
    expect(bench.inspector.explanation.state).toBe('failed');
    expect(bench.inspector.settling).toBeNull();
    bridge.settle(one, 128);
    expect(bench.inspector.settling).toBeNull();
    bench.inspector.retry();
    bridge.settle(one, 64);
    expect(bench.inspector.settling?.scored).toBe(64);
  });

  it('stand for a class that was added, beside the maps that are there', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    await show(opened, one);
    await bridge.release();
    const held = bench.inspector.explanation.state === 'ready' ? bench.inspector.explanation.value.maps : [];
    const added = bench.project.classes.findIndex((_, index) => !held.some((map) => map.classIndex === index));
    bench.inspector.addClass(added as never);
    bridge.settle(one, 64);
    expect(bench.inspector.explanation.state).toBe('ready');
    expect(bench.inspector.settling?.scored).toBe(64);
    await bridge.release();
    expect(bench.inspector.settling).toBeNull();
  });

  it('do not outlive the parameters they were computed with', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    await show(opened, one);
    bridge.settle(one, 64);
    bench.settings.change({ estimate: 'regression' });
    await bench.settings.flush();
    expect(bench.inspector.settling).toBeNull();
    await vi.waitUntil(() => bridge.held === 2);
    await bridge.release();
    expect(bench.inspector.explanation).toMatchObject({ value: { parameters: { estimate: 'regression' } } });
  });

  it('leave the verdict keys alone', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    bench.rows.want([...bench.gallery.ids]);
    bench.gallery.selectIndex(0);
    const id = imageId(bench.gallery.selectedId ?? expect.fail());
    await vi.waitUntil(() => bench.rows.slot(id).row !== null);
    await show(opened, id);
    bridge.settle(id, 64);
    await bench.verdicts.press('ambiguous');
    expect(bench.rows.slot(id).row?.verdict?.kind).toBe('ambiguous');
    expect(bench.inspector.settling?.scored).toBe(64);
  });
});

describe('a request that another one takes the place of', () => {
  it('is no error of the image', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    bridge.fake.failures.set('explain.get', new AppError('CANCELLED', 'Another image was asked for.'));
    await show(opened, imageId(1));
    bench.inspector.addClass(7 as never);
    await vi.waitUntil(() => bridge.held === 2);
    await bridge.release();
    expect(bench.inspector.explanation.state).toBe('ready');
  });

  it('leaves nothing behind when it belonged to another project', async () => {
    const opened = await open();
    const { bench, bridge } = opened;
    await show(opened, imageId(1));
    await bridge.fake.call('project.close', undefined);
    await bridge.release();
    bench.inspector.show(imageId(1));
    expect(bench.inspector.explanation.state).toBe('loading');
  });
});

describe('how maps were computed, in words', () => {
  const published = { masks: 1024, ratio: 0.5, seed: 0 };

  it('is short for published maps', () => {
    expect(explanationWords(published, 1024)).toEqual(['1,024 masks', 'ratio 0.5']);
    expect(explanationNote(published, 1024)).toBe('1,024 masks');
    expect(projectTisWords(published)).toEqual(['1,024 masks', 'ratio 0.5', 'seed 0']);
  });

  it('names everything that departs from them', () => {
    const parameters = { ...published, stability: 0.95, estimate: 'regression', precision: 'int8' } as const;
    expect(explanationWords(parameters, 448)).toEqual([
      '448 of 1,024 masks, stable',
      'ratio 0.5',
      'regression',
      'int8: approximate',
    ]);
    expect(explanationNote(parameters, 448)).toBe('int8 · 448 of 1,024 masks · regression');
    expect(projectTisWords(parameters)).toEqual([
      'at most 1,024 masks, until stable at 0.95',
      'ratio 0.5',
      'regression',
      'int8: approximate',
      'seed 0',
    ]);
  });

  it('calls maps of all masks by their number alone', () => {
    expect(explanationWords({ ...published, stability: 0.99 }, 1024)[0]).toBe('1,024 masks');
  });
});
