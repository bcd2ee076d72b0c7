/** Explains images by one method, and tells how many runs of its graphs are done. */

import { AppError } from '../../../shared/errors.js';
import { type Task, tellInterval } from './task.js';

export const task: Task<'explainWith'> = async (
  { model, inputs, request },
  { models, images, turn, signal, watched, tell },
) => {
  const runtime = await models.of(model);
  const preparations = await Promise.all(inputs.map(({ input }) => images.tryToPrepare(input, runtime, signal)));
  const good = preparations.flatMap((one, place) => {
    const input = inputs[place];
    return one.ok && input !== undefined ? [{ ...input, pixels: one.prepared.pixels }] : [];
  });
  let told = -Infinity;
  const made = await turn.run(() =>
    runtime.explainWith(good, request, async (done, total) => {
      const now = performance.now();
      if (watched && now - told >= tellInterval) {
        told = now;
        tell({ done, total });
      }
      await turn.giveWay();
      return true;
    }),
  );
  let next = 0;
  return preparations.map((one) => {
    const maps = one.ok ? made[next++] : undefined;
    if (!one.ok) return one;
    if (maps === undefined) throw new AppError('INTERNAL', 'An image got no maps.');
    return { ok: true, facts: one.prepared.facts, ...maps };
  });
};
