/** What the window tells of kept maps: true figures, also after they were taken away, and why they were not. */

import { describe, expect, it } from 'vitest';

import { AppError } from '../../../src/shared/errors.js';
import { imageId } from '../../../src/shared/audit.js';
import { openWindow, type OpenedWindow, showWindow, startBackend, until } from '../../support/window.js';

const names = ['Boot', 'Coat', 'Shirt'];
const options = { labels: [0, 1, 2, 0], names };

async function openExplained(): Promise<OpenedWindow> {
  const opened = await openWindow(options);
  for (const id of [1, 2]) await opened.app.client.call('explain.get', { id: imageId(id) });
  return opened;
}

describe('kept maps', () => {
  it('are told of while somebody looks, and none once they were taken away', async () => {
    const { app, backend, row } = await openExplained();
    const stop = app.keptMaps.watch();
    await until(() => app.keptMaps.figures?.maps === backend.project.cacheFigures().maps);
    expect(app.keptMaps.figures?.maps).toBeGreaterThan(1);
    expect(app.keptMaps.figures).toEqual(backend.project.cacheFigures());
    expect(app.keptMaps.figures?.ceiling).toBe(8e9);
    await until(() => app.rows.slot(imageId(1)).row?.explained === true);
    const predicted = app.project.counts?.predicted;
    const freeing = app.keptMaps.free();
    expect(app.keptMaps.freeing).toBe(true);
    await freeing;
    expect(app.keptMaps).toMatchObject({ freeing: false, trouble: null, figures: { maps: 0, bytes: 0 } });
    expect(row(1).explained).toBe(false);
    expect(app.project.counts).toMatchObject({ explained: 0, predicted });
    app.rows.want([imageId(1), imageId(2)]);
    await until(() => [1, 2].every((id) => app.rows.slot(imageId(id)).row?.explained === false));
    stop();
  });

  it('are not asked for while nobody looks', async () => {
    const { app, bridge } = await openExplained();
    app.keptMaps.touch();
    expect(bridge.count('project.cache')).toBe(0);
    app.keptMaps.watch()();
    const asked = bridge.count('project.cache');
    app.keptMaps.touch();
    expect(bridge.count('project.cache')).toBe(asked);
  });

  it('go when the ceiling is lowered, and the figures follow by themselves', async () => {
    const { app, backend } = await openExplained();
    const stop = app.keptMaps.watch();
    await until(() => app.keptMaps.figures?.maps === backend.project.cacheFigures().maps);
    expect(app.keptMaps.figures?.maps).toBeGreaterThan(1);
    app.settings.change({ cacheGigabytes: 0.25 });
    await app.settings.flush();
    await until(() => app.keptMaps.figures?.ceiling === 0.25e9);
    expect(backend.project.cacheFigures().maps).toBeGreaterThan(1);
    await backend.workspace.closeProject();
    await until(() => app.keptMaps.figures === null);
    stop();
  });

  it('say in place why they are still there', async () => {
    const { app, backend, bridge } = await openExplained();
    const stop = app.keptMaps.watch();
    await until(() => app.keptMaps.figures?.maps === backend.project.cacheFigures().maps);
    expect(app.keptMaps.figures?.maps).toBeGreaterThan(1);
    bridge.failures.set('project.freeSpace', new AppError('DISK_FULL', 'The disk is full.', 'Make room.'));
    await app.keptMaps.free();
    expect(app.keptMaps).toMatchObject({ freeing: false, trouble: { code: 'DISK_FULL' } });
    expect(app.keptMaps.figures?.maps).toBeGreaterThan(1);
    expect(app.notices.items).toEqual([]);
    await app.keptMaps.free();
    expect(app.keptMaps).toMatchObject({ trouble: null, figures: { maps: 0 } });
    stop();
  });

  it('have a ceiling of the person, which every project that is opened gets', async () => {
    const started = await startBackend({ ...options, settings: { cacheGigabytes: 0.5 } });
    const { app } = await showWindow(started);
    const stop = app.keptMaps.watch();
    expect(app.keptMaps.figures).toBeNull();
    await started.backend.workspace.openProject(started.project);
    await until(() => app.keptMaps.figures?.ceiling === 0.5e9);
    stop();
  });
});
