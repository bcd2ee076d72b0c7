/** The TIS parameters a run really has: what was asked for, within what the model allows. */

import type { TisEstimate, TisParameters } from '../../shared/audit.js';
import type { Precision } from '../../shared/precision.js';
import type { ModelSummary } from '../../shared/model.js';
import { sameTisParameters, tisDefaults, tisParameterNames } from '../../shared/tis-parameters.js';

/** What may be left open. */
export interface TisWish {
  readonly masks?: number | undefined;
  readonly ratio?: number | undefined;
  readonly seed?: number | undefined;
  /** 1 scores every mask. */
  readonly stability?: number | undefined;
  readonly estimate?: TisEstimate | undefined;
  readonly precision?: Precision | undefined;
}

/**
 * Fills in the defaults; there are never more masks than hidden columns to start clusters from. What is as published is left
 * out, so that parameters of today and of earlier projects are the same.
 */
export function tisParameters(wish: TisWish, model: Pick<ModelSummary, 'blocks' | 'width'>): TisParameters {
  return {
    masks: Math.min(wish.masks ?? tisDefaults.masks, model.blocks * model.width),
    ratio: wish.ratio ?? tisDefaults.ratio,
    seed: wish.seed ?? tisDefaults.seed,
    ...(wish.stability === undefined || wish.stability >= tisDefaults.stability ? {} : { stability: wish.stability }),
    ...(wish.estimate === undefined || wish.estimate === tisDefaults.estimate ? {} : { estimate: wish.estimate }),
    ...(wish.precision === undefined || wish.precision === tisDefaults.precision ? {} : { precision: wish.precision }),
  };
}

/** Whether two runs make the same maps, apart from the seed. */
export function sameTis(a: TisParameters, b: TisParameters): boolean {
  return sameTisParameters(
    a,
    b,
    tisParameterNames.filter((name) => name !== 'seed'),
  );
}

/** Whether the maps are those of the paper: every mask scored in float32, and the mean of the scores. */
export function isPublished({ stability, estimate, precision }: TisParameters): boolean {
  return stability === undefined && estimate === undefined && precision === undefined;
}
