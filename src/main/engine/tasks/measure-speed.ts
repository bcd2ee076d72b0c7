/** Measures what computing with a model costs, on one image. */

import { measureSpeed } from '../speed.js';
import type { Task } from './task.js';

export const task: Task<'measureSpeed'> = async ({ model, input, request }, { models, images, turn, signal }) => {
  const runtime = await models.of(model);
  const { pixels } = await images.prepare(input, runtime, signal);
  return turn.run(() => measureSpeed(runtime, pixels, request, () => turn.giveWay()));
};
