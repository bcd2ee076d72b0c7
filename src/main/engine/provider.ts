/** Which execution provider of ONNX Runtime runs the graphs, and why not a faster one. */

import type { ModelCosts } from '../../shared/model.js';

/** The only provider so far: the ONNX Runtime that Hognose comes with has no library of a CUDA provider. */
export const provider: ModelCosts['provider'] = {
  name: 'CPU',
  note: 'CUDA is not used: no provider library for it is installed.',
};
