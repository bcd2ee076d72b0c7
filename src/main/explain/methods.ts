/** The table of explanation methods: everything the engine can explain a model with. */

import type { MethodId } from '../../shared/methods.js';
import { btH, btT } from './beyond-intuition.js';
import { chefer1 } from './chefer1.js';
import { chefer2 } from './chefer2.js';
import { integratedGradients } from './integrated-gradients.js';
import type { Method } from './method.js';
import { rise } from './rise.js';
import { rollout } from './rollout.js';
import { smoothgrad } from './smoothgrad.js';
import { tam } from './tam.js';
import { tis, tisPixels } from './tis-method.js';
import { vitCx } from './vit-cx.js';

/** In the order of `methodIds`. */
export const methods: readonly Method[] = [
  tis,
  tisPixels,
  vitCx,
  tam,
  chefer1,
  chefer2,
  btT,
  btH,
  rollout,
  rise,
  integratedGradients,
  smoothgrad,
];

/** The method of an id. */
export function methodOf(id: MethodId): Method {
  const method = methods.find((one) => one.id === id);
  if (method === undefined) throw new RangeError(`There is no method '${id}'`);
  return method;
}
