/** All rules of differentiation by standard operator. */

import type { ReverseRule } from './reverse-walk.js';
import { arithmeticRules } from './rules/arithmetic.js';
import { gatheringRules } from './rules/gathering.js';
import { layoutRules } from './rules/layout.js';
import { normRules } from './rules/norms.js';
import { patchRules } from './rules/patches.js';
import { pointwiseRules } from './rules/pointwise.js';
import { productRules } from './rules/products.js';
import { reductionRules } from './rules/reductions.js';
import { slicingRules } from './rules/slicing.js';

export const gradientRules: Readonly<Record<string, ReverseRule>> = {
  ...arithmeticRules,
  ...gatheringRules,
  ...layoutRules,
  ...normRules,
  ...patchRules,
  ...pointwiseRules,
  ...productRules,
  ...reductionRules,
  ...slicingRules,
};
