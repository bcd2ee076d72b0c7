/** The disagreement kinds in words, as filters and tooltips say them. */

import type { DisagreementKind } from '../../shared/audit.js';

export const kindNames: Readonly<Record<DisagreementKind, string>> = {
  contradicted: 'Contradicted',
  'same-evidence': 'Same evidence',
  elsewhere: 'Elsewhere',
  unfounded: 'Unfounded',
};

export const kindMeanings: Readonly<Record<DisagreementKind, string>> = {
  contradicted: 'The label is denied where the prediction is well founded: a label error is likely',
  'same-evidence': 'Label and prediction live on the same patches: fine-grained confusion or overlapping classes',
  elsewhere: 'Label and prediction are well founded on different regions: several objects',
  unfounded: 'No map rises above its sampling noise: neither class is seen',
};
