/** The thread that draws one sheet and ends. */

import { parentPort, workerData } from 'node:worker_threads';

import { toAppError } from '../../shared/errors.js';
import type { DrawAnswer, DrawOrder } from './draw-order.js';
import { drawOrder } from './draw-order.js';

function answer(message: DrawAnswer): void {
  parentPort?.postMessage(message);
}

drawOrder(workerData as DrawOrder)
  .then((bytes) => {
    answer({ ok: true, bytes });
  })
  .catch((error: unknown) => {
    answer({ ok: false, error: toAppError(error).toData() });
  });
