/** Picking images in the gallery, and the contact sheet made of them. */

import { runCommand } from '../../../src/renderer/state/commands.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { imageId } from '../../../src/shared/audit.js';
import { listedIds } from '../../support/listed-ids.js';
import { filterOf } from '../../support/filter.js';
import { openWindow, type OpenedWindow, type StartOptions, until } from '../../support/window.js';

const labels = Array.from({ length: 60 }, (_, index) => index % 3);

const open = (options: Partial<StartOptions> = {}): Promise<OpenedWindow> =>
  openWindow({ labels, names: ['Boot', 'Coat', 'Shirt'], ...options });

describe('picking', () => {
  it('toggles the selected image by key', async () => {
    const { app } = await open();
    app.gallery.selectIndex(2);
    const id = app.gallery.selectedId ?? expect.fail();
    runCommand(app, 'pick');
    expect(app.picks.ids).toEqual([id]);
    expect(app.picks.has(id)).toBe(true);
    runCommand(app, 'pick');
    expect(app.picks.ids).toEqual([]);
  });

  it('takes a range from the selected image, in the order of going', async () => {
    const { app } = await open();
    const ids = listedIds(app.gallery);
    app.gallery.selectIndex(5);
    app.picks.extendTo(3);
    expect(app.picks.ids).toEqual([ids[5], ids[4], ids[3]]);
    app.gallery.selectIndex(4);
    app.picks.extendTo(7);
    expect(app.picks.ids).toEqual([ids[5], ids[4], ids[3], ids[6], ids[7]]);
    app.picks.extendTo(99);
    expect(app.picks.ids).toHaveLength(5);
  });

  it('ends at 24 images and says so', async () => {
    const { app } = await open();
    app.gallery.selectIndex(0);
    app.picks.extendTo(40);
    expect([app.picks.ids.length, app.picks.full]).toEqual([24, true]);
    expect(app.notices.items[0]).toMatchObject({ message: 'A contact sheet holds at most 24 images' });
    app.picks.toggle(imageId(listedIds(app.gallery)[50] ?? 0));
    expect(app.picks.ids).toHaveLength(24);
    expect(app.notices.items[0]?.hint).toBe('Let one go before picking another.');
  });

  it('outlives a filter, not the project', async () => {
    const { app, bridge } = await open();
    app.gallery.selectIndex(0);
    runCommand(app, 'pick');
    app.gallery.setFilter(filterOf('coat'));
    expect(app.picks.ids).toHaveLength(1);
    await bridge.call('project.close', undefined);
    expect(app.picks.ids).toEqual([]);
  });
});

describe('the contact sheet', () => {
  it('begins with the methods of the compare view that the model allows', async () => {
    const { app } = await open({ refused: { tis: 'Not with this model.' } });
    app.contact.start();
    expect(app.contact.open).toBe(false);
    app.picks.toggle(imageId(1));
    app.contact.start();
    expect([app.contact.open, app.contact.ready]).toEqual([true, false]);
    await until(() => app.contact.ready);
    expect(app.contact.methods).toEqual(['vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout']);
    app.contact.toggle('rise');
    expect(app.contact.methods).toEqual(['vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout', 'rise']);
    expect(app.settings.value.methods).not.toContain('rise');
  });

  it('is written by a job, and its end is told', async () => {
    const { app, bridge, backend, dataset } = await open();
    const file = join(dataset, '../contact.svg');
    backend.system.chosen.push(file);
    app.gallery.selectIndex(0);
    app.picks.extendTo(2);
    app.contact.start();
    await until(() => app.contact.ready);
    const call = vi.spyOn(bridge, 'call');
    app.contact.of = 'prediction';
    app.contact.format = 'svg';
    await app.contact.create();
    expect(call).toHaveBeenCalledWith('compare.contact', {
      ids: [...app.picks.ids],
      methods: ['tis', 'vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout'],
      of: 'prediction',
      look: { transposed: true, scale: 'method', colourMap: 'magma', opacity: 0.7 },
      format: 'svg',
    });
    expect(app.contact.open).toBe(false);
    await until(() => app.notices.items.some((item) => item.message === 'The contact sheet is written'));
    expect(await readFile(file, 'utf8')).toContain('>ViT-CX<');
  });

  it('closes when its last image is taken away', async () => {
    const { app } = await open();
    app.picks.toggle(imageId(1));
    app.contact.start();
    app.contact.remove(imageId(1));
    expect(app.contact.open).toBe(false);
  });
});
