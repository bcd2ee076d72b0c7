/** Draws sheets in a thread of their own: seconds of work that must not hold up the window's process. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { AppError, fromErrorData, toAppError } from '../../shared/errors.js';
import type { DrawAnswer, DrawnFormat, DrawOrder } from './draw-order.js';
import type { Sheet } from './sheet.js';

/** The built thread lies beside the program; not bundled (in unit tests) there is none, and the sheet is drawn right here. */
const threadFile = join(import.meta.dirname, 'sheet.cjs');

/**
 * The bytes of a sheet as SVG (UTF-8) or as PNG of 300 dots an inch.
 * @throws AppError `CANCELLED` when `signal` is aborted meanwhile
 */
export async function drawSheet(sheet: Sheet, format: DrawnFormat, signal?: AbortSignal): Promise<Uint8Array> {
  const order: DrawOrder = { sheet, format };
  if (signal?.aborted === true) throw cancelled();
  if (existsSync(threadFile)) return inThread(order, signal);
  const { drawOrder } = await import('./draw-order.js');
  return drawOrder(order);
}

const cancelled = (): AppError => new AppError('CANCELLED', 'Drawing the sheet was cancelled.');

function inThread(order: DrawOrder, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const thread = new Worker(threadFile, { workerData: order });
  const stop = (): void => void thread.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  return new Promise<Uint8Array>((resolve, reject) => {
    thread.once('message', (answer: DrawAnswer) => {
      if (answer.ok) resolve(answer.bytes);
      else reject(fromErrorData(answer.error));
    });
    thread.once('error', (cause: unknown) => {
      reject(toAppError(cause));
    });
    thread.once('exit', () => {
      reject(signal?.aborted === true ? cancelled() : new AppError('INTERNAL', 'The sheet cannot be drawn.'));
    });
  }).finally(() => {
    signal?.removeEventListener('abort', stop);
  });
}
