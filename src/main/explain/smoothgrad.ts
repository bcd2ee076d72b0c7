/** SmoothGrad (Smilkov et al., 2017): absolute gradients at noisy copies of the image, averaged. */

import { normalNoise } from './normal-noise.js';
import type { Method } from './method.js';
import { PixelGradients, type Sampling } from './pixel-gradients.js';

/** The absolute value is taken of each sample before the mean, then summed over the channels: never negative. */
export const smoothgradSampling: Sampling = {
  name: 'smoothgrad',
  sample: (vit) => [vit.channels, vit.inputHeight, vit.inputWidth],
  variants: (g, image, samples) => g.add(image, samples),
  contribution: (g, gradients) => g.op('Abs', [gradients]),
  draw: (vit, parameters) => {
    const count = parameters.samples ?? 1;
    const deviation = parameters.noise ?? 1;
    const size = vit.channels * vit.inputHeight * vit.inputWidth;
    const draw = normalNoise(parameters.seed ?? 0);
    return {
      weights: new Float32Array(count).fill(1 / count),
      next: (from, to) => draw((to - from) * size, deviation),
    };
  },
};

export const smoothgrad: Method = {
  id: 'smoothgrad',
  copies: 6,
  refusal: () => null,
  prepare: (vit, createSession) => PixelGradients.create(vit, createSession, smoothgradSampling),
};
