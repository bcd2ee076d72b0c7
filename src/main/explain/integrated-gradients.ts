/** Integrated Gradients (Sundararajan et al., ICML 2017, equation 1) by Gauss-Legendre quadrature from a mid-grey baseline. */

import { gaussLegendre } from './gauss-legendre.js';
import type { Method } from './method.js';
import { PixelGradients, type Sampling } from './pixel-gradients.js';

/**
 * The gradient of the logit at points `a x` between the baseline 0 (of the normalised space: mid-grey for a model that
 * centres its input) and the image x, times x, summed over the channels: signed.
 */
const sampling: Sampling = {
  name: 'integrated_gradients',
  sample: () => [],
  variants: (g, image, samples) => g.mul(image, g.reshape(samples, -1, 1, 1, 1)),
  contribution: (g, gradients, image) => g.mul(gradients, image),
  draw: (_vit, parameters) => {
    const { nodes, weights } = gaussLegendre(parameters.steps ?? 1);
    return {
      weights: Float32Array.from(weights),
      next: (from, to) => Float32Array.from(nodes.slice(from, to)),
    };
  },
};

export const integratedGradients: Method = {
  id: 'integrated-gradients',
  copies: 6,
  refusal: () => null,
  prepare: (vit, createSession) => PixelGradients.create(vit, createSession, sampling),
};
