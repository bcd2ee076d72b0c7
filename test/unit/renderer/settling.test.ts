import { describe, expect, it } from 'vitest';

import { type ImageId, imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { explanationNote, explanationWords, projectTisWords } from '../../../src/shared/tis-words.js';
import { listedIds } from '../../support/listed-ids.js';
import { openWindow, type OpenedWindow, until } from '../../support/window.js';

const names = ['Boot', 'Coat', 'Shirt', 'Dress', 'Bag', 'Sandal', 'Sneaker', 'Trouser'];
const labels = Array.from({ length: 20 }, (_, index) => index % 8);

/** With the maps of `explain.get` held back until they are let go. */
async function open(): Promise<OpenedWindow> {
  const opened = await openWindow({ labels, names });
  opened.bridge.hold('explain.get');
  return opened;
}

/** Tells of maps that settle. */
function settle({ backend }: OpenedWindow, id: ImageId, scored: number): void {
  backend.workspace.tell('settling', { imageId: id, gridWidth: 14, gridHeight: 14, maps: [], scored, total: 576 });
}

/** Lets the maps go that are held back, and waits until they have come. */
async function release({ bridge }: OpenedWindow): Promise<void> {
  bridge.answer('explain.get');
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Shows an image and waits until its maps are asked for. */
async function show({ app, bridge }: OpenedWindow, id: ImageId): Promise<void> {
  const before = bridge.held('explain.get');
  app.inspector.show(id);
  await until(() => bridge.held('explain.get') > before);
}

describe('settling maps', () => {
  const [one, other] = [imageId(1), imageId(2)];

  it('are shown from the first event until the explanation comes', async () => {
    const opened = await open();
    const { app } = opened;
    await show(opened, one);
    expect(app.inspector.settling).toBeNull();
    settle(opened, one, 64);
    settle(opened, one, 128);
    expect(app.inspector.settling).toMatchObject({ imageId: 1, scored: 128 });
    expect(app.inspector.explanation.state).toBe('loading');
    await release(opened);
    expect(app.inspector.explanation.state).toBe('ready');
    expect(app.inspector.settling).toBeNull();
    settle(opened, one, 512);
    expect(app.inspector.settling).toBeNull();
  });

  it('are those of the image on screen alone', async () => {
    const opened = await open();
    const { app } = opened;
    await show(opened, one);
    settle(opened, one, 64);
    await show(opened, other);
    expect(app.inspector.settling).toBeNull();
    settle(opened, one, 128);
    expect(app.inspector.settling).toBeNull();
    settle(opened, other, 64);
    expect(app.inspector.settling?.imageId).toBe(2);
    app.inspector.show(null);
    expect(app.inspector.settling).toBeNull();
  });

  it('go when the explanation fails, and come back with another try', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    bridge.failures.set('explain.get', new AppError('ENGINE_STOPPED', 'The engine stopped.'));
    await show(opened, one);
    settle(opened, one, 64);
    await release(opened);
    expect(app.inspector.explanation.state).toBe('failed');
    expect(app.inspector.settling).toBeNull();
    settle(opened, one, 128);
    expect(app.inspector.settling).toBeNull();
    app.inspector.retry();
    settle(opened, one, 64);
    expect(app.inspector.settling?.scored).toBe(64);
  });

  it('stand for a class that was added, beside the maps that are there', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    await show(opened, one);
    await release(opened);
    const held = app.inspector.explanation.state === 'ready' ? app.inspector.explanation.value.maps : [];
    const added = app.project.classes.findIndex((_, index) => !held.some((map) => map.classIndex === index));
    app.inspector.addClass(added as never);
    settle(opened, one, 64);
    expect(app.inspector.explanation.state).toBe('ready');
    expect(app.inspector.settling?.scored).toBe(64);
    await until(() => bridge.held('explain.get') === 1);
    await release(opened);
    expect(app.inspector.settling).toBeNull();
  });

  it('do not outlive the parameters they were computed with', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    await show(opened, one);
    settle(opened, one, 64);
    app.settings.change({ estimate: 'regression' });
    await app.settings.flush();
    expect(app.inspector.settling).toBeNull();
    await until(() => bridge.held('explain.get') === 2);
    await release(opened);
    expect(app.inspector.explanation).toMatchObject({ value: { parameters: { estimate: 'regression' } } });
  });

  it('leave the verdict keys alone', async () => {
    const opened = await open();
    const { app } = opened;
    app.rows.want(listedIds(app.gallery));
    app.gallery.selectIndex(0);
    const id = imageId(app.gallery.selectedId ?? expect.fail());
    await until(() => app.rows.slot(id).row !== null);
    await show(opened, id);
    settle(opened, id, 64);
    await app.verdicts.press('ambiguous');
    expect(app.rows.slot(id).row?.verdict?.kind).toBe('ambiguous');
    expect(app.inspector.settling?.scored).toBe(64);
  });
});

describe('a request that another one takes the place of', () => {
  it('is no error of the image', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    bridge.failures.set('explain.get', new AppError('CANCELLED', 'Another image was asked for.'));
    await show(opened, imageId(1));
    app.inspector.addClass(7 as never);
    await until(() => bridge.held('explain.get') === 2);
    await release(opened);
    expect(app.inspector.explanation.state).toBe('ready');
  });

  it('leaves nothing behind when it belonged to another project', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    await show(opened, imageId(1));
    await bridge.call('project.close', undefined);
    await release(opened);
    app.inspector.show(imageId(1));
    expect(app.inspector.explanation.state).toBe('loading');
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
