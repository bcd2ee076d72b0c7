/** Picking images in the gallery, and the contact sheet made of them. */

import { filterOf } from '../../support/filter.js';
import { describe, expect, it, vi } from 'vitest';

import { AppPictures } from '../../../src/renderer/state/pictures.svelte.js';
import { AppState } from '../../../src/renderer/state/app-state.svelte.js';
import { imageId } from '../../../src/shared/audit.js';
import { FakeBridge, type FakeOptions } from '../../support/fake-bridge.js';
import { runCommand } from '../../../src/renderer/state/commands.js';

const labels = Array.from({ length: 60 }, (_, index) => index % 3);

async function open(options: Partial<FakeOptions> = {}): Promise<{ bridge: FakeBridge; bench: AppState }> {
  const bridge = new FakeBridge({ labels, names: ['Boot', 'Coat', 'Shirt'], reviewer: 'Ana', ...options });
  const bench = new AppState(bridge, new AppPictures());
  bench.start();
  await vi.waitUntil(() => bench.started && bench.gallery.loaded);
  await bench.gallery.reload();
  return { bridge, bench };
}

describe('picking', () => {
  it('toggles the selected image by key', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(2);
    const id = bench.gallery.selectedId ?? expect.fail();
    runCommand(bench, 'pick');
    expect(bench.picks.ids).toEqual([id]);
    expect(bench.picks.has(id)).toBe(true);
    runCommand(bench, 'pick');
    expect(bench.picks.ids).toEqual([]);
  });

  it('takes a range from the selected image, in the order of going', async () => {
    const { bench } = await open();
    const { ids } = bench.gallery;
    bench.gallery.selectIndex(5);
    bench.picks.extendTo(3);
    expect(bench.picks.ids).toEqual([ids[5], ids[4], ids[3]]);
    bench.gallery.selectIndex(4);
    bench.picks.extendTo(7);
    expect(bench.picks.ids).toEqual([ids[5], ids[4], ids[3], ids[6], ids[7]]);
    bench.picks.extendTo(99);
    expect(bench.picks.ids).toHaveLength(5);
  });

  it('ends at 24 images and says so', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(0);
    bench.picks.extendTo(40);
    expect([bench.picks.ids.length, bench.picks.full]).toEqual([24, true]);
    expect(bench.notices.items[0]).toMatchObject({ message: 'A contact sheet holds at most 24 images' });
    bench.picks.toggle(imageId(bench.gallery.ids[50] ?? 0));
    expect(bench.picks.ids).toHaveLength(24);
    expect(bench.notices.items[0]?.hint).toBe('Let one go before picking another.');
  });

  it('outlives a filter, not the project', async () => {
    const { bench, bridge } = await open();
    bench.gallery.selectIndex(0);
    runCommand(bench, 'pick');
    bench.gallery.setFilter(filterOf('coat'));
    expect(bench.picks.ids).toHaveLength(1);
    await bridge.call('project.close', undefined);
    expect(bench.picks.ids).toEqual([]);
  });
});

describe('the contact sheet', () => {
  it('begins with the methods of the compare view that the model allows', async () => {
    const { bench } = await open({ refused: { tis: 'Not with this model.' } });
    bench.contact.start();
    expect(bench.contact.open).toBe(false);
    bench.picks.toggle(imageId(1));
    bench.contact.start();
    expect([bench.contact.open, bench.contact.ready]).toEqual([true, false]);
    await vi.waitUntil(() => bench.contact.ready);
    expect(bench.contact.methods).toEqual(['vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout']);
    bench.contact.toggle('rise');
    expect(bench.contact.methods).toEqual(['vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout', 'rise']);
    expect(bench.settings.value.methods).not.toContain('rise');
  });

  it('is written by a job, and its end is told', async () => {
    const { bench, bridge } = await open();
    bench.gallery.selectIndex(0);
    bench.picks.extendTo(2);
    bench.contact.start();
    await vi.waitUntil(() => bench.contact.ready);
    const call = vi.spyOn(bridge, 'call');
    bench.contact.of = 'prediction';
    bench.contact.format = 'png';
    await bench.contact.create();
    expect(call).toHaveBeenCalledWith('compare.contact', {
      ids: [...bench.picks.ids],
      methods: ['tis', 'vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout'],
      of: 'prediction',
      look: { transposed: true, scale: 'method', colourMap: 'magma', opacity: 0.65 },
      format: 'png',
    });
    expect(bench.contact.open).toBe(false);
    await vi.waitUntil(() => bench.notices.items.some((item) => item.message === 'The contact sheet is written'));
  });

  it('closes when its last image is taken away', async () => {
    const { bench } = await open();
    bench.picks.toggle(imageId(1));
    bench.contact.start();
    bench.contact.remove(imageId(1));
    expect(bench.contact.open).toBe(false);
  });
});
