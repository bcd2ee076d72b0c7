/** The TIS parameters a run really has: what was asked for, within what the model allows. */

import type { TisParameters } from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';

const defaults: TisParameters = { masks: 1024, ratio: 0.5, seed: 0 };

/** What may be left open. */
export interface TisWish {
  readonly masks?: number | undefined;
  readonly ratio?: number | undefined;
  readonly seed?: number | undefined;
}

/** Fills in the defaults; there are never more masks than hidden columns to start clusters from. */
export function tisParameters(wish: TisWish, model: Pick<ModelSummary, 'blocks' | 'width'>): TisParameters {
  return {
    masks: Math.min(wish.masks ?? defaults.masks, model.blocks * model.width),
    ratio: wish.ratio ?? defaults.ratio,
    seed: wish.seed ?? defaults.seed,
  };
}
