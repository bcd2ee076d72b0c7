/** The compare view's state: what is fetched in which order, kept, given up and asked again; picking, pinning and exporting. */

import { runCommand } from '../../../src/renderer/state/commands.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { usualMethods } from '../../../src/renderer/state/sheet-parts.js';
import { classIndex, type ImageId, imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import type { CallInput } from '../../../src/shared/calls/calls.js';
import { contrastRow, type RowId } from '../../../src/shared/sheet-rows.js';
import { openWindow, type OpenedWindow, type StartOptions, until } from '../../support/window.js';

const names = ['Boot', 'Coat', 'Shirt', 'Bag', 'Dress', 'Sandal'];
const labels = Array.from({ length: 60 }, (_, index) => index % names.length);

interface Opened extends OpenedWindow {
  /** The calls for maps so far: `image method classes`. */
  readonly asked: string[];
}

/** @param pause milliseconds between two steps of maps */
async function open({ pause = 0, ...options }: Partial<StartOptions> & { pause?: number } = {}): Promise<Opened> {
  const opened = await openWindow({ labels, names, ...options });
  opened.engine.pause = pause;
  const asked: string[] = [];
  const { bridge } = opened;
  const real = bridge.call.bind(bridge);
  vi.spyOn(bridge, 'call').mockImplementation((name, input) => {
    if (name === 'compare.maps') {
      const { id, method, classes } = input as CallInput<'compare.maps'>;
      asked.push(`${String(id)} ${method} ${classes.join(',')}`);
    }
    return real(name, input);
  });
  return { ...opened, asked };
}

/** Shows an image as the view does. */
function show({ app, row }: Opened, id: ImageId): void {
  app.compare.show(id, row(id).prediction);
}

async function view(opened: Opened, id: number, methods?: readonly RowId[]): Promise<void> {
  if (methods !== undefined) opened.app.compare.setMethods(methods);
  show(opened, imageId(id));
  opened.app.compare.enter();
  await until(() => opened.app.compare.offers.state !== 'loading');
}

const finished = ({ app }: Opened) =>
  until(() => app.compare.rows.length > 0 && app.compare.rows.every(({ phase }) => phase === 'ready'));
const order = (asked: readonly string[]): string[] => asked.map((call) => call.split(' ')[1] ?? '');

describe('the maps of a sheet', () => {
  it('come a call a method with all classes, cheap methods first, else in the order of the sheet', async () => {
    const opened = await open();
    await view(opened, 1);
    await finished(opened);
    expect(order(opened.asked)).toEqual(['chefer1', 'chefer2', 'rollout', 'vit-cx', 'bt-h', 'tis']);
    const classes = opened.app.compare.classes;
    expect(classes.length).toBeGreaterThanOrEqual(3);
    expect(opened.asked[0]).toBe(`1 chefer1 ${classes.join(',')}`);
    expect(opened.asked[2]).toBe(`1 rollout ${String(classes[0])}`);
  });

  it('of the contrast come before those of TIS, which come out of the same masks', async () => {
    const opened = await open();
    await view(opened, 1, ['tis', contrastRow, 'chefer1']);
    await finished(opened);
    expect(order(opened.asked)).toEqual(['chefer1', contrastRow, 'tis']);
    const { compare } = opened.app;
    const [label = 0, ...others] = compare.classes;
    const maps = compare.rows[1]?.maps ?? [];
    expect(maps.map((map) => map?.contrast?.against)).toEqual([others[0], ...others.map(() => label)]);
    compare.pick({ method: contrastRow, column: 0 });
    compare.pick({ method: contrastRow, column: 1 });
    const [a, b] = compare.pair.map(({ map }) => map.contrast?.whole.values ?? new Float32Array());
    // The label rather than the prediction is the prediction rather than the label with the sign turned.
    expect(a?.map((value) => 0 - value)).toEqual(b);
  });

  it('of the contrast are not to be had where TIS is not', async () => {
    const opened = await open({ refused: { tis: 'It drops tokens.' } });
    await view(opened, 1, [contrastRow, 'chefer1']);
    await finished(opened);
    expect(opened.app.compare.methods).toEqual(['chefer1']);
    expect(opened.app.compare.refusals.get(contrastRow)).toBe('It drops tokens.');
  });

  it('tell what they took', async () => {
    const opened = await open();
    await view(opened, 1, ['tis']);
    await finished(opened);
    expect(opened.app.compare.rows[0]?.took).toMatchObject({ cost: { forward: 577, backward: 0 }, cached: false });
  });

  it('are kept while other images and views are shown', async () => {
    const opened = await open();
    await view(opened, 1);
    await finished(opened);
    show(opened, imageId(2));
    await finished(opened);
    const before = opened.asked.length;
    opened.app.compare.leave();
    opened.app.compare.enter();
    show(opened, imageId(1));
    expect(opened.app.compare.rows.every(({ phase }) => phase === 'ready')).toBe(true);
    await Promise.resolve();
    expect(opened.asked.length).toBe(before);
  });

  it('are asked for only where they are missing', async () => {
    const opened = await open();
    await view(opened, 1, ['chefer1', 'rollout']);
    await finished(opened);
    const { compare } = opened.app;
    const other = names.findIndex((_, index) => !compare.classes.includes(classIndex(index)));
    compare.addClass(classIndex(other));
    await finished(opened);
    expect(opened.asked.slice(2)).toEqual([`1 chefer1 ${String(other)}`]);
    compare.toggleMethod('tam');
    await finished(opened);
    expect(opened.asked.slice(3)).toEqual([`1 tam ${compare.classes.join(',')}`]);
  });

  it('do not come by methods that the model does not allow', async () => {
    const opened = await open({ refused: { 'vit-cx': 'It reads one class token.' } });
    await view(opened, 1, ['vit-cx', 'chefer1']);
    await finished(opened);
    expect(order(opened.asked)).toEqual(['chefer1']);
    expect(opened.app.compare.methods).toEqual(['chefer1']);
    expect(opened.app.compare.refusals.get('vit-cx')).toBe('It reads one class token.');
    expect(opened.app.settings.value.methods).toEqual(['vit-cx', 'chefer1']);
  });

  it('are not asked for on images that are only passed by', async () => {
    const opened = await open();
    await view(opened, 1, ['chefer1']);
    await finished(opened);
    show(opened, imageId(2));
    for (let id = 3; id < 9; id += 1) show(opened, imageId(id));
    await finished(opened);
    const images = opened.asked.map((call) => call.split(' ')[0]);
    expect(images.at(-1)).toBe('8');
    expect(images.slice(1, -1).every((id) => id === '2')).toBe(true);
  });

  it('wait for the prediction', async () => {
    const opened = await open();
    opened.app.compare.show(imageId(1), null);
    opened.app.compare.enter();
    await until(() => opened.app.compare.offers.state === 'ready');
    expect(opened.app.compare.classes).toEqual([]);
    expect(opened.asked).toEqual([]);
    show(opened, imageId(1));
    await finished(opened);
  });
});

describe('giving up', () => {
  const running = ({ app }: Opened, method: RowId) => until(() => app.compare.queue.running?.method === method);

  it('happens when the image changes, and the new image’s maps come', async () => {
    const opened = await open({ pause: 10 });
    await view(opened, 1, ['tis']);
    await running(opened, 'tis');
    show(opened, imageId(2));
    expect(opened.bridge.count('compare.cancel')).toBe(1);
    await finished(opened);
    expect(opened.asked.map((call) => call.slice(0, 5))).toEqual(['1 tis', '2 tis']);
    expect(opened.app.compare.queue.errors.size).toBe(0);
  });

  it('happens when the running method is taken away, not when another is added', async () => {
    const opened = await open({ pause: 10 });
    await view(opened, 1, ['tis']);
    await running(opened, 'tis');
    opened.app.compare.toggleMethod('chefer1');
    expect(opened.bridge.count('compare.cancel')).toBe(0);
    opened.app.compare.toggleMethod('tis');
    expect(opened.bridge.count('compare.cancel')).toBe(1);
    await finished(opened);
    expect(order(opened.asked)).toEqual(['tis', 'chefer1']);
  });

  it('happens when the view is left, and goes on when it is opened again', async () => {
    const opened = await open({ pause: 10 });
    await view(opened, 1, ['chefer1', 'tis']);
    await running(opened, 'tis');
    opened.app.compare.leave();
    expect(opened.bridge.count('compare.cancel')).toBe(1);
    await until(() => opened.app.compare.queue.running === null);
    opened.app.compare.enter();
    await finished(opened);
    expect(order(opened.asked)).toEqual(['chefer1', 'tis', 'tis']);
  });

  it('is what Stop does, until the person goes on', async () => {
    const opened = await open({ pause: 10 });
    await view(opened, 1, ['tis', 'chefer1']);
    await running(opened, 'tis');
    const { queue } = opened.app.compare;
    queue.stop();
    expect(opened.app.compare.rows.map(({ phase }) => phase)).toEqual(['stopped', 'ready']);
    await until(() => opened.bridge.count('compare.cancel') === 1);
    expect(order(opened.asked)).toEqual(['chefer1', 'tis']);
    queue.resume();
    await finished(opened);
    expect(order(opened.asked)).toEqual(['chefer1', 'tis', 'tis']);
  });

  it('comes with progress before', async () => {
    const opened = await open({ pause: 10 });
    await view(opened, 1, ['tis']);
    await until(() => (opened.app.compare.rows[0]?.progress?.done ?? 0) > 1);
    const { masks } = opened.backend.project.info.tis;
    expect(opened.app.compare.rows[0]?.progress).toMatchObject({ id: 1, method: 'tis', total: masks });
    opened.app.compare.leave();
  });
});

describe('errors', () => {
  const failure = new AppError('ENGINE_STOPPED', 'The engine stopped.', 'Try again.');

  it('stay with their method, the others go on, and another try helps', async () => {
    const opened = await open();
    opened.bridge.failures.set('compare.maps', failure);
    await view(opened, 1, ['tis', 'chefer1']);
    const { compare } = opened.app;
    await until(() => compare.rows[0]?.phase === 'ready');
    expect(compare.rows[1]).toMatchObject({ id: 'chefer1', phase: 'failed', error: { hint: 'Try again.' } });
    compare.queue.retry('chefer1');
    await finished(opened);
    expect(order(opened.asked)).toEqual(['chefer1', 'tis', 'chefer1']);
  });

  it('do not follow to the next image', async () => {
    const opened = await open();
    opened.bridge.failures.set('compare.maps', failure);
    await view(opened, 1, ['chefer1']);
    await until(() => opened.app.compare.rows[0]?.phase === 'failed');
    show(opened, imageId(2));
    await finished(opened);
  });

  it('of the list of methods are told, and the list can be asked for again', async () => {
    const opened = await open();
    opened.bridge.failures.set('compare.methods', failure);
    await view(opened, 1, ['chefer1']);
    expect(opened.app.compare.offers).toMatchObject({ state: 'failed', error: { message: 'The engine stopped.' } });
    expect(opened.asked).toEqual([]);
    await opened.app.compare.loadOffers();
    await finished(opened);
  });
});

describe('the chosen methods', () => {
  it('are remembered, in their order', async () => {
    const { app, bridge } = await open();
    expect(app.settings.value.methods).toEqual(usualMethods);
    app.compare.setMethods(['tis', 'rise', 'rollout']);
    app.compare.moveMethod('rollout', -1);
    expect(app.compare.methods).toEqual(['tis', 'rollout', 'rise']);
    await app.settings.flush();
    const stored = await bridge.call('settings.get', undefined);
    expect(stored).toMatchObject({ ok: true, value: { methods: ['tis', 'rollout', 'rise'] } });
  });

  it('stay at the ends', async () => {
    const { app } = await open();
    app.compare.moveMethod('tis', -1);
    app.compare.moveMethod('rollout', 1);
    expect(app.compare.methods).toEqual(usualMethods);
  });
});

describe('picking maps', () => {
  it('takes A, then B, and a third in place of B', async () => {
    const opened = await open();
    await view(opened, 1, ['tis', 'chefer1']);
    await finished(opened);
    const { compare } = opened.app;
    compare.pick({ method: 'tis', column: 0 });
    compare.pick({ method: 'chefer1', column: 1 });
    compare.pick({ method: 'chefer1', column: 0 });
    expect(compare.pair.map(({ method, classIndex: of }) => [method.id, of])).toEqual([
      ['tis', compare.classes[0]],
      ['chefer1', compare.classes[0]],
    ]);
    compare.swapPicks();
    expect(compare.pair[0]?.method.id).toBe('chefer1');
    compare.pick({ method: 'chefer1', column: 0 });
    expect(compare.picks).toEqual([{ method: 'tis', column: 0 }]);
  });

  it('keeps its places on the next image and when a class before them goes', async () => {
    const opened = await open();
    await view(opened, 1, ['tis']);
    await finished(opened);
    const { compare } = opened.app;
    compare.pick({ method: 'tis', column: 1 });
    compare.pick({ method: 'tis', column: 2 });
    const [, second, third] = compare.classes;
    compare.removeClass(compare.classes[0] ?? expect.fail());
    expect(compare.pair.map((one) => one.classIndex)).toEqual([second, third]);
    compare.removeClass(second ?? expect.fail());
    expect(compare.picks).toEqual([{ method: 'tis', column: 0 }]);
    show(opened, imageId(2));
    await finished(opened);
    expect(compare.pair).toHaveLength(1);
  });
});

describe('the sheet in a file', () => {
  it('holds what is shown, and its name is told', async () => {
    const opened = await open();
    await view(opened, 1, ['chefer1']);
    await finished(opened);
    const file = join(opened.dataset, '../boot-methods.svg');
    opened.backend.system.chosen.push(file);
    await opened.app.compare.exportAs('svg');
    expect(opened.app.notices.items[0]?.message).toBe('Saved boot-methods.svg');
    expect(await readFile(file, 'utf8')).toContain('Chefer1');
    expect(opened.app.compare.exporting).toBe(false);
  });
});

describe('the keys of the compare view', () => {
  it('open it, step through the images, close the comparison, and go back', async () => {
    const { app } = await open();
    app.gallery.selectIndex(3);
    runCommand(app, 'compare');
    expect(app.view).toBe('compare');
    runCommand(app, 'right');
    runCommand(app, 'right');
    runCommand(app, 'left');
    expect(app.gallery.selectedIndex).toBe(4);
    runCommand(app, 'verdict-4');
    expect(app.rows.slot(app.gallery.selectedId ?? 0).row?.verdict).toBeNull();
    app.compare.fitting = 100;
    runCommand(app, 'larger');
    expect(app.compare.cell).toBe(120);
    app.compare.pick({ method: 'tis', column: 0 });
    runCommand(app, 'close');
    expect([app.view, app.compare.picks.length]).toEqual(['compare', 0]);
    runCommand(app, 'close');
    expect(app.view).toBe('gallery');
    runCommand(app, 'compare');
    runCommand(app, 'compare');
    expect(app.view).toBe('gallery');
  });
});
