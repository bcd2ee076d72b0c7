/** Gradients of the patch projection equal central differences. */

import { describe, it } from 'vitest';
import { expectGradients } from './central-differences.js';
import { randomFloats } from '../../../support/equal-graphs.js';

describe('Conv as patch projection', () => {
  const weight = randomFloats(3 * 2 * 2 * 3, 9);
  it.each([
    ['known sizes', ['batch', 2, 4, 6], { batch: 2 }],
    ['pixels left over', ['batch', 2, 5, 7], { batch: 1 }],
    ['dynamic sizes', ['batch', 2, 'height', 'width'], { batch: 2, height: 4, width: 3 }],
    ['dynamic sizes and pixels left over', ['batch', 2, 'height', 'width'], { batch: 1, height: 5, width: 4 }],
  ])('%s, with respect to pixels and bias', async (_, dims, sizes) => {
    await expectGradients({
      variables: [{ dims }, { dims: [3] }],
      write: (g, x, bias) =>
        g.op('Conv', [x, g.floats(weight, [3, 2, 2, 3]), bias], { kernel_shape: [2, 3], strides: [2, 3] }),
      sizes,
    });
  });
});
