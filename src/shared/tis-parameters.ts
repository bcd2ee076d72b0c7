/** The parameters of TIS: how they are as published, in which order they are named, and when two runs have the same. */

import type { TisParameters } from './audit.js';

/** As published: every mask is scored in float32, and a map is the mean of the scores. */
export const tisDefaults = {
  masks: 1024,
  ratio: 0.5,
  seed: 0,
  stability: 1,
  estimate: 'published',
  precision: 'float32',
} as const satisfies Required<TisParameters>;

export type TisParameterName = keyof typeof tisDefaults;

/** All names in the order in which keys of caches name them. */
export const tisParameterNames = Object.keys(tisDefaults) as readonly TisParameterName[];

/** Whether two runs have the same of these parameters, all unless said otherwise. */
export function sameTisParameters(
  a: TisParameters,
  b: TisParameters,
  names: readonly TisParameterName[] = tisParameterNames,
): boolean {
  return names.every((name) => a[name] === b[name]);
}
