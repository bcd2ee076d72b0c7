/** All classifiers that the conformance suite opens. */

import type { Case } from './case.js';
import { common } from './common.js';
import { details } from './details.js';
import { families } from './families.js';
import { formats } from './formats.js';
import { hiddenStates, namedCases } from './outputs.js';
import { sizes } from './sizes.js';

export const cases: readonly Case[] = [
  ...common,
  ...families,
  ...sizes,
  ...details,
  ...formats,
  hiddenStates,
  ...namedCases,
];
