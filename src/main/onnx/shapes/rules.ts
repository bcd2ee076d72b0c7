/** All rules of shape inference by operator; operators of other domains carry theirs before the name. */

import type { Rules, ValueRules } from './fact.js';
import { elementwiseRules } from './elementwise.js';
import { fusedRules } from './fused.js';
import { layoutRules } from './layout.js';
import { indexingRules } from './indexing.js';
import { productRules } from './products.js';
import { reductionRules } from './reductions.js';
import { sourceRules } from './sources.js';
import { arithmeticValues } from './arithmetic-values.js';
import { layoutValues } from './layout-values.js';

export const shapeRules: Rules = {
  ...elementwiseRules,
  ...fusedRules,
  ...layoutRules,
  ...indexingRules,
  ...productRules,
  ...reductionRules,
  ...sourceRules,
};

export const valueRules: ValueRules = { ...arithmeticValues, ...layoutValues };
