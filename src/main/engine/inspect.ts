/** Looks into a model: opens it, counts what it costs, and proves its two halves. */

import type { ModelInspection } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { costsOf } from '../model/costs.js';
import { openModel } from '../model/open.js';
import { proveCut } from '../model/prove-cut.js';
import { engineDevice } from './device.js';
import type { ModelLocation } from './engine.js';
import { cpuSessions, openingSessions } from './session.js';

/**
 * Everything there is to say about a model. Nothing of it stays open.
 * @param threads of ONNX Runtime; 0 for one a core.
 * @throws AppError `MODEL_*` naming the file; `CANCELLED`.
 */
export async function inspectModel(
  { path, choice }: ModelLocation,
  threads: number,
  signal: AbortSignal,
): Promise<ModelInspection> {
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
}
