/** The window's state, but no page, on the real main process with made-up images; for one test, with which it ends. */

import { onTestFinished, vi } from 'vitest';

import { AppPictures } from '../../src/renderer/state/pictures.svelte.js';
import { AppState } from '../../src/renderer/state/app-state.svelte.js';
import { imageId, type ImageRow } from '../../src/shared/audit.js';
import { listedIds } from './listed-ids.js';
import { startBackend as start, type Started, type StartOptions } from './made-up-backend.js';

export type { Started, StartOptions } from './made-up-backend.js';

export interface OpenedWindow extends Started {
  readonly app: AppState;
  /** What is known of an image now. */
  readonly row: (id: number) => ImageRow;
}

/** Waits for what the backend answers in milliseconds; ten seconds at most. */
export function until(condition: () => boolean): Promise<boolean> {
  return vi.waitUntil(condition, { interval: 1, timeout: 10_000 });
}

/** Starts the main process, with no project open. */
export async function startBackend(options: StartOptions): Promise<Started> {
  const started = await start(options);
  onTestFinished(started.close);
  return started;
}

/** Opens the window on the main process as it is now. */
export async function showWindow(started: Started): Promise<OpenedWindow> {
  const { backend, bridge } = started;
  const app = new AppState(bridge, new AppPictures());
  const stop = app.start();
  onTestFinished(async () => {
    stop();
    await app.settings.flush();
  });
  await until(() => app.started);
  return {
    ...started,
    app,
    row: (id) => backend.project.rows([imageId(id)])[0] ?? missing(id),
  };
}

/** Opens the window on the project, and waits until all its rows are there. */
export async function openWindow(options: StartOptions): Promise<OpenedWindow> {
  const started = await startBackend(options);
  await started.backend.workspace.openProject(started.project);
  const opened = await showWindow(started);
  const { gallery, rows } = opened.app;
  await until(() => gallery.loaded);
  rows.want(listedIds(gallery));
  await until(() => listedIds(gallery).every((id) => rows.slot(id).row !== null));
  return opened;
}

function missing(id: number): never {
  throw new Error(`The project has no image ${String(id)}.`);
}
