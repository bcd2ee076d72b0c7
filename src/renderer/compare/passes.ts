/** What maps cost in passes of the model, measured or estimated, in words. */

import type { Settings } from '../../shared/settings.js';
import type { CostClass, MethodCost, MethodOffer, MethodParameters } from '../../shared/methods.js';
import { contrastRow, methodOf, offerOf, rowFacts, type RowId } from '../../shared/sheet-rows.js';
import { count } from '../../shared/figures.js';
import { tisDefaults } from '../../shared/tis-parameters.js';

export const costNames: Readonly<Record<CostClass, string>> = {
  light: 'a pass or two',
  medium: 'tens of passes',
  heavy: 'hundreds to thousands of passes',
};

/** ViT-CX makes a mask of each cluster of feature maps: how many depends on the image, this is a usual number. */
const usualClusters = 100;

/** About how many passes the maps of so many classes take; what a run really took comes with its maps. */
export function estimatedCost(id: RowId, parameters: MethodParameters, classes: number): MethodCost {
  const { masks = 0, steps = 0, samples = 0 } = parameters;
  switch (methodOf(id)) {
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

/** What decides whether maps are those of the paper. */
type TisSettings = Pick<Settings, 'stability' | 'estimate' | 'precision'>;

/** Whether the contrast comes out of the masks of the TIS beside it, which it does where these are scored as published. */
export function sharesRun(ids: readonly RowId[], { stability, estimate, precision }: TisSettings): boolean {
  const published =
    stability >= tisDefaults.stability && estimate === tisDefaults.estimate && precision === tisDefaults.precision;
  return published && ids.includes(contrastRow) && ids.includes('tis');
}

/** About how many passes the maps of an image take by all these methods and the contrast. */
export function totalCost(
  ids: readonly RowId[],
  offers: readonly MethodOffer[],
  { classes, settings }: { readonly classes: number; readonly settings: TisSettings },
): MethodCost {
  const shared = sharesRun(ids, settings);
  return addCosts(
    ids
      .filter((id) => !(shared && id === contrastRow))
      .flatMap((id) => {
        const offer = offerOf(id, offers);
        return offer ? [estimatedCost(id, offer.parameters, rowFacts(id).classIndependent ? 1 : classes)] : [];
      }),
  );
}

export function addCosts(costs: readonly MethodCost[]): MethodCost {
  return {
    forward: costs.reduce((sum, cost) => sum + cost.forward, 0),
    backward: costs.reduce((sum, cost) => sum + cost.backward, 0),
  };
}
