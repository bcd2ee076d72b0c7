/** The gallery's list in pages: what is fetched and what is not, what stays on screen meanwhile, and where the selection goes. */

import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Client } from '../../../src/renderer/state/client.js';
import { GalleryState } from '../../../src/renderer/state/gallery.svelte.js';
import { Notices } from '../../../src/renderer/state/notices.svelte.js';
import { PicksState } from '../../../src/renderer/state/picks.svelte.js';
import { imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { selectionPage } from '../../../src/shared/query.js';
import { idsUpTo, ListedBridge } from '../../support/listed-bridge.js';
import { WatchedBridge } from '../../support/watched-bridge.js';

const million = 1_000_000;
let lists: ListedBridge;
let bridge: WatchedBridge;
let gallery: GalleryState;

const until = (condition: () => boolean): Promise<boolean> => vi.waitUntil(condition, { interval: 1, timeout: 10_000 });
const pageOf = (place: number): number => Math.floor(place / selectionPage) * selectionPage;

beforeEach(async () => {
  lists = new ListedBridge(idsUpTo(million));
  bridge = new WatchedBridge(lists);
  gallery = new GalleryState(new Client(bridge));
  await gallery.reload();
});

/** The gallery looks at these places, and their pages have come. */
async function look(from: number, end: number): Promise<void> {
  gallery.show(from, end);
  await until(() => gallery.idsBetween(from, end) !== null);
}

/** Takes images out of the list. */
function without(...gone: number[]): void {
  lists.all = lists.all.filter((id) => !gone.includes(id));
}

describe('the pages', () => {
  it('come with the list as far as it is on screen, and not beyond', () => {
    gallery.show(0, 200);
    expect([gallery.count, gallery.total, gallery.idAt(0), gallery.idAt(511)]).toEqual([million, million, 1, 512]);
    expect(gallery.idAt(512)).toBeNull();
    expect(lists.pages).toEqual([]);
  });

  it('come in one call for what is in view, wherever that is', async () => {
    gallery.show(500_000, 500_400);
    expect(gallery.idAt(500_000)).toBeNull();
    await until(() => gallery.idAt(500_000) !== null);
    expect([gallery.idAt(500_000), gallery.idAt(500_399), gallery.idAt(million)]).toEqual([500_001, 500_400, null]);
    expect(lists.pages).toEqual([[pageOf(500_000), 2 * selectionPage]]);
  });

  it('that were only passed by are not fetched', async () => {
    bridge.hold('gallery.page');
    for (const place of [100_000, 200_000, 300_000, 400_000]) gallery.show(place, place + 100);
    await until(() => bridge.held('gallery.page') === 1);
    bridge.release('gallery.page');
    await until(() => gallery.idAt(400_000) !== null);
    expect(lists.pages.map(([from]) => from)).toEqual([pageOf(100_000), pageOf(400_000)]);
  });

  it('are kept least recently used, and fetched again', async () => {
    await look(1000, 1100);
    for (let page = 100; page < 300; page += 1) await look(page * selectionPage, page * selectionPage + 1);
    expect(gallery.idAt(1000)).toBeNull();
    expect(gallery.idAt(299 * selectionPage)).toBe(299 * selectionPage + 1);
    await look(1000, 1100);
    expect(gallery.idAt(1000)).toBe(1001);
  });

  it('that cannot be had are told, and had with the next try', async () => {
    bridge.failures.set('gallery.page', new AppError('INTERNAL', 'The disk is slow.'));
    gallery.show(5000, 5001);
    await until(() => gallery.error !== null);
    expect([gallery.error?.message, gallery.idAt(5000), gallery.idAt(0)]).toEqual(['The disk is slow.', null, 1]);
    await gallery.reload();
    expect([gallery.error, gallery.idAt(5000)]).toEqual([null, 5001]);
  });

  it('of a list that is gone have it asked for again', async () => {
    lists.forget();
    gallery.show(5000, 5100);
    await until(() => gallery.idAt(5000) === 5001);
    expect(bridge.count('gallery.select')).toBe(2);
  });

  it('of a list that keeps changing are asked for ever later, until they come', async () => {
    const call = lists.call.bind(lists);
    let changes = 6;
    vi.spyOn(lists, 'call').mockImplementation((name, input) => {
      if (name === 'gallery.page' && changes > 0) {
        changes -= 1;
        lists.forget();
      }
      return call(name, input);
    });
    gallery.show(5000, 5100);
    await until(() => gallery.idAt(5000) === 5001);
    expect([changes, bridge.count('gallery.select')]).toEqual([0, 7]);
  });

  it('of another project are not taken for those of this one', async () => {
    bridge.hold('gallery.page');
    gallery.show(5000, 5100);
    await until(() => bridge.held('gallery.page') === 1);
    gallery.reset();
    lists.all = idsUpTo(6000).reverse();
    await gallery.reload();
    gallery.show(5000, 5100);
    bridge.release('gallery.page');
    await until(() => gallery.idAt(5000) !== null);
    expect([gallery.count, gallery.idAt(5000)]).toEqual([6000, 1000]);
  });
});

describe('when the list changed', () => {
  it('only what comes after the change is fetched again, and only what is looked at', async () => {
    await look(2000, 2100);
    await look(5000, 5100);
    const before = lists.pages.length;
    without(4000);
    await gallery.reload();
    expect([gallery.count, gallery.idAt(2000), gallery.idAt(5000)]).toEqual([million - 1, 2001, 5002]);
    expect(lists.pages.slice(before)).toEqual([[pageOf(5000), selectionPage]]);
    without(6000);
    await gallery.reload();
    expect(lists.pages.length).toBe(before + 1);
  });

  it('what was shown stays until the new is there, whole', async () => {
    await look(5000, 5100);
    gallery.selectIndex(5050);
    await look(200_000, 200_100);
    without(60, 17);
    bridge.hold('gallery.page');
    const loading = gallery.reload();
    await until(() => bridge.held('gallery.page') > 0);
    const shown = (): unknown => [gallery.count, gallery.idAt(200_000), gallery.selectedIndex, gallery.selectedId];
    expect(shown()).toEqual([million, 200_001, 5050, 5051]);
    bridge.release('gallery.page');
    await loading;
    expect(shown()).toEqual([million - 2, 200_003, 5048, 5051]);
    expect(gallery.idAt(5048)).toBe(5051);
  });

  it('what lies around the selected image comes with the list, not in a call of its own', async () => {
    await look(5000, 5100);
    gallery.selectIndex(5050);
    bridge.hold('gallery.page');
    lists.all = idsUpTo(million).reverse();
    gallery.setOrder({ by: 'file', descending: true });
    await until(() => !gallery.waiting);
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([5051, million - 5051]);
    expect(gallery.idsBetween(million - 5150, million - 4950)).not.toBeNull();
    bridge.release('gallery.page');
  });

  it('letters typed on are asked for one at a time, and the last one counts', async () => {
    for (const [text, ids] of [
      ['o', 9000],
      ['ow', 900],
      ['owl', 90],
    ] as const)
      lists.byText.set(text, idsUpTo(ids));
    bridge.hold('gallery.select');
    for (const text of ['o', 'ow', 'owl']) gallery.search(text);
    await until(() => bridge.held('gallery.select') === 1);
    expect([gallery.waiting, gallery.count]).toEqual([true, million]);
    bridge.answer('gallery.select');
    await until(() => bridge.held('gallery.select') === 1);
    expect([gallery.waiting, gallery.count]).toEqual([true, million]);
    bridge.release('gallery.select');
    await until(() => !gallery.waiting);
    expect([gallery.count, bridge.count('gallery.select')]).toEqual([90, 3]);
  });

  it('the list does not wait for the counts beside the filters', async () => {
    lists.byText.set('owl', idsUpTo(90));
    bridge.hold('gallery.facets');
    gallery.setFilter([{ column: 'text', op: 'has', value: 'owl' }]);
    await until(() => !gallery.waiting);
    expect(gallery.count).toBe(90);
    bridge.release('gallery.facets');
  });

  it('the counts are asked for when the tiles have what they show, not before', async () => {
    let shown: (() => void) | undefined;
    const tiles = (): Promise<void> => new Promise((resolve) => (shown = resolve));
    const waiting = new GalleryState(new Client(bridge), tiles);
    const before = bridge.count('gallery.facets');
    await waiting.reload();
    await until(() => shown !== undefined);
    expect(bridge.count('gallery.facets')).toBe(before);
    shown?.();
    await until(() => bridge.count('gallery.facets') === before + 1);
    await until(() => waiting.facets !== null);
  });
});

describe('the selection', () => {
  it('goes to a place that is not known once its page is there', async () => {
    gallery.selectIndex(3);
    bridge.hold('gallery.page');
    gallery.selectIndex(million - 1);
    expect([gallery.selectedIndex, gallery.destination, gallery.seeking]).toEqual([3, million - 1, true]);
    bridge.release('gallery.page');
    await until(() => !gallery.seeking);
    expect([gallery.selectedIndex, gallery.selectedId]).toEqual([million - 1, million]);
  });

  it('takes several presses ahead of a page in their order', async () => {
    gallery.selectIndex(0);
    bridge.hold('gallery.page');
    gallery.selectIndex(million - 1);
    gallery.step(-1);
    gallery.step(-1);
    gallery.step(1);
    bridge.release('gallery.page');
    await until(() => !gallery.seeking);
    expect(gallery.selectedId).toBe(million - 1);
    bridge.hold('gallery.page');
    gallery.selectIndex(500_000);
    gallery.selectIndex(0);
    expect([gallery.selectedId, gallery.seeking]).toEqual([1, false]);
    bridge.release('gallery.page');
    await look(500_000, 500_001);
    expect(gallery.selectedId).toBe(1);
  });

  it('steps over the ends of pages without waiting', async () => {
    gallery.selectIndex(510);
    await until(() => gallery.idAt(2 * selectionPage - 1) !== null);
    for (let step = 0; step < 300; step += 1) gallery.step(1);
    expect([gallery.selectedIndex, gallery.selectedId, gallery.seeking]).toEqual([810, 811, false]);
    expect(gallery.ahead(2)).toEqual([812, 813, 810]);
    await until(() => gallery.idAt(3 * selectionPage - 1) !== null);
  });

  it('finds an image wherever it lies, and goes on from there', async () => {
    gallery.selectIndex(0);
    expect(await gallery.selectId(imageId(700_000))).toBe(699_999);
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([700_000, 699_999]);
    void gallery.selectId(imageId(300_000));
    gallery.step(1);
    gallery.step(1);
    await until(() => gallery.selectedIndex === 300_001);
    expect(gallery.selectedId).toBe(300_002);
    without(900_000);
    await gallery.reload();
    expect(await gallery.selectId(imageId(900_000))).toBe(-1);
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([900_000, -1]);
  });

  it('finds an image although the list it was looked for in is gone', async () => {
    lists.forget();
    without(5);
    expect(await gallery.selectId(imageId(700_000))).toBe(699_998);
    expect([gallery.selectedIndex, gallery.count]).toEqual([699_998, million - 1]);
  });

  it('of an image that left goes to the next one, else to the one before, else to its place', async () => {
    await look(5000, 5100);
    gallery.selectIndex(5050);
    await until(() => gallery.idAt(5600) !== null);
    without(5051, 5052);
    await gallery.reload();
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([5053, 5050]);
    lists.all = lists.all.slice(0, 5050);
    await gallery.reload();
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([5050, 5049]);
    lists.all = lists.all.slice(0, 100);
    await gallery.reload();
    expect([gallery.selectedId, gallery.selectedIndex, gallery.seeking]).toEqual([100, 99, false]);
  });

  it('that moves on while a list is on its way is found in it', async () => {
    gallery.selectIndex(10);
    without(3, 12, 13);
    bridge.hold('gallery.select');
    const loading = gallery.reload();
    await until(() => bridge.held('gallery.select') === 1);
    gallery.step(1);
    bridge.release('gallery.select');
    await loading;
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([14, 10]);
  });

  it('is the last one made, at whatever moment a list comes in', async () => {
    lists.all = idsUpTo(5000);
    await gallery.reload();
    for (let moment = 0; moment < 60; moment += 1) {
      gallery.selectIndex(100);
      without(4999 - moment);
      const loading = gallery.reload();
      for (let waited = 0; waited < moment; waited += 1) await Promise.resolve();
      gallery.selectIndex(200);
      await loading;
      expect([moment, gallery.selectedId, gallery.selectedIndex]).toEqual([moment, 201, 200]);
    }
  });

  it('stays on its image in another order, and what lies there is there at once', async () => {
    gallery.show(0, 60);
    gallery.selectIndex(20);
    lists.all = lists.all.toReversed();
    gallery.setOrder({ by: 'file', descending: true });
    await until(() => !gallery.waiting);
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([21, million - 21]);
    expect(gallery.idsBetween(million - 81, million)).not.toBeNull();
  });

  it('goes to the first image of another list that it is not in', async () => {
    await look(5000, 5100);
    gallery.selectIndex(5050);
    lists.byText.set('owl', idsUpTo(90));
    gallery.search('owl');
    await until(() => !gallery.waiting);
    expect([gallery.selectedId, gallery.selectedIndex]).toEqual([1, 0]);
  });
});

describe('picks', () => {
  it('know which of them are in the list, also far away', async () => {
    const picks = new PicksState(gallery, new Notices());
    picks.toggle(imageId(5));
    picks.toggle(imageId(800_000));
    await until(() => picks.listed.length === 2);
    without(5);
    await gallery.reload();
    expect(picks.listed).toEqual([800_000]);
    lists.byText.set('owl', Uint32Array.of(5, 7));
    gallery.search('owl');
    await until(() => !gallery.waiting);
    expect(picks.listed).toEqual([5]);
  });

  it('reach over pages that are not known, from the selected image on', async () => {
    const picks = new PicksState(gallery, new Notices());
    await gallery.selectId(imageId(600_001));
    picks.extendTo(600_003);
    await until(() => picks.ids.length > 0);
    expect(picks.ids).toEqual([600_001, 600_002, 600_003, 600_004]);
    picks.clear();
    picks.extendTo(0);
    await until(() => picks.ids.length > 0);
    expect([picks.ids[0], picks.ids.length, picks.ids.at(-1)]).toEqual([600_001, 24, 600_001 - 23]);
  });
});
