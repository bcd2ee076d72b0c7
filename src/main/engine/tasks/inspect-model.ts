/** Looks into a model: what it is, what it costs, and whether its halves are the model. */

import { AppError } from '../../../shared/errors.js';
import { costsOf } from '../../model/costs.js';
import { openModel } from '../../model/open.js';
import { proveCut } from '../../model/prove-cut.js';
import { engineDevice } from '../device.js';
import { cpuSessions, openingSessions } from '../session.js';
import type { Task } from './task.js';

/** Opens the model for this alone: nothing of it stays open. */
export const task: Task<'inspectModel'> = ({ model: { path, choice } }, { turn, threads, signal }) =>
  turn.run(async () => {
    const onStep = (): void => {
      if (signal.aborted) throw new AppError('CANCELLED', 'The inspection was cancelled.');
    };
    const createSession = cpuSessions(threads);
    const { vit, summary, original } = await openModel(path, openingSessions(threads), choice);
    onStep();
    const { graph } = summary.anatomy;
    const proof = await proveCut(vit, original === null || graph === null ? null : { model: original, graph }, {
      createSession,
      createPlainSession: cpuSessions(threads, { optimise: false }),
      onStep,
    });
    const { provider } = await engineDevice();
    return { summary, costs: { ...costsOf(vit), provider }, proof };
  });
