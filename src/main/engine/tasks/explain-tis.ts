/** Explains an image by TIS, and tells its maps while they settle: so often that a person sees them move, and making them costs little. */

import { type Task, tellInterval } from './task.js';

/** Making maps to be told takes at most one part in so many of the time. */
const tellShare = 30;

export const task: Task<'explainTis'> = async (
  { model, input, request },
  { models, images, turn, signal, watched, tell },
) => {
  const runtime = await models.of(model);
  const { facts, pixels } = await images.prepare(input, runtime, signal);
  let [asked, told, pause] = [0, -Infinity, tellInterval];
  const outcome = await turn.run(() =>
    runtime.explainTis(pixels, request, {
      onStep: async () => {
        await turn.giveWay();
        return true;
      },
      wantsMaps: () => {
        asked = performance.now();
        return watched && asked - told >= pause;
      },
      onMaps: (maps) => {
        told = performance.now();
        pause = Math.max(tellInterval, tellShare * (told - asked));
        tell(maps);
      },
    }),
  );
  return { ...outcome, facts };
};
