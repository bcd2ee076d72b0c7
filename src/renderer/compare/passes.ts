/** What maps cost in passes of the model, measured or estimated, in words. */

import type { Settings } from '../../shared/settings.js';
import type { CostClass, MethodCost, MethodOffer } from '../../shared/methods.js';
import { contrastRow, offerOf, rowFacts, type RowId } from '../../shared/sheet-rows.js';
import { count } from '../../shared/figures.js';
import { tisDefaults } from '../../shared/tis-parameters.js';

export const costNames: Readonly<Record<CostClass, string>> = {
  light: 'a pass or two',
  medium: 'tens of passes',
  heavy: 'hundreds to thousands of passes',
};

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
        const { classIndependent, passes } = rowFacts(id);
        return offer ? [passes(offer.parameters, classIndependent ? 1 : classes)] : [];
      }),
  );
}

export function addCosts(costs: readonly MethodCost[]): MethodCost {
  return {
    forward: costs.reduce((sum, cost) => sum + cost.forward, 0),
    backward: costs.reduce((sum, cost) => sum + cost.backward, 0),
  };
}
