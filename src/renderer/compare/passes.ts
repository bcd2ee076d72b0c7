/** What maps cost in passes of the model, measured or estimated, in words. */

import { type CostClass, type MethodCost, type MethodId, type MethodParameters } from '../../shared/methods.js';
import { count } from '../../shared/figures.js';

export const costNames: Readonly<Record<CostClass, string>> = {
  light: 'a pass or two',
  medium: 'tens of passes',
  heavy: 'hundreds to thousands of passes',
};

/** ViT-CX makes a mask of each cluster of feature maps: how many depends on the image, this is a usual number. */
const usualClusters = 100;

/** About how many passes the maps of so many classes take; what a run really took comes with its maps. */
export function estimatedCost(id: MethodId, parameters: MethodParameters, classes: number): MethodCost {
  const { masks = 0, steps = 0, samples = 0 } = parameters;
  switch (id) {
    case 'tis':
    case 'tis-pixels':
    case 'rise':
      return { forward: masks, backward: 0 };
    case 'vit-cx':
      return { forward: usualClusters, backward: 0 };
    case 'rollout':
      return { forward: 1, backward: 0 };
    case 'chefer1':
      // Once for the gradient, once for the relevance.
      return { forward: classes, backward: 2 * classes };
    case 'chefer2':
      return { forward: classes, backward: classes };
    case 'tam':
    case 'bt-t':
    case 'bt-h':
    case 'integrated-gradients':
      return { forward: steps * classes, backward: steps * classes };
    case 'smoothgrad':
      return { forward: samples * classes, backward: samples * classes };
  }
}

/** `4,000 forward`, or `20 forward, 20 backward`. */
export function costText({ forward, backward }: MethodCost): string {
  const ahead = `${count(forward)} forward`;
  return backward === 0 ? ahead : `${ahead}, ${count(backward)} backward`;
}

export function addCosts(costs: readonly MethodCost[]): MethodCost {
  return {
    forward: costs.reduce((sum, cost) => sum + cost.forward, 0),
    backward: costs.reduce((sum, cost) => sum + cost.backward, 0),
  };
}
