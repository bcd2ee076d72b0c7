/** What stands in for pixels that are taken away: the blurred image, its mean, or nothing. */

import type { Vit } from '../model/vit.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';

/** Taps to either side of the middle one. */
const reach = 5;

/** `exp(-k^2 / 50)` for k from -5 to 5, scaled to sum 1: a Gaussian of deviation 5, cut off at one deviation. */
function taps(): readonly number[] {
  const raw = Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / 50));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((tap) => tap / sum);
}

/** `x [channels, 1, H, W]` blurred along an axis of the picture (2: down, 3: across), mirrored at the border pixels. */
function blurred(g: GraphBuilder, x: Value, axis: 2 | 3): Value {
  const along = (reached: number): number[] => [2, 3].map((other) => (other === axis ? reached : 0));
  const pads = g.ints(0, 0, ...along(reach), 0, 0, ...along(reach));
  const shape = axis === 2 ? [2 * reach + 1, 1] : [1, 2 * reach + 1];
  const kernel = g.floats(Float32Array.from(taps()), [1, 1, ...shape]);
  return g.op('Conv', [g.op('Pad', [x, pads], { mode: 'reflect' }), kernel], { kernel_shape: shape });
}

/**
 * `pixels [1, channels, H, W]` to `blurred` likewise, as the TIS repository blurs a normalised image: 11 taps an axis, and
 * beyond the border its mirror image, the border pixels not repeated.
 * @throws RangeError for images of fewer than 6 pixels a side, which have no such mirror image.
 */
export function blurGraph({ channels, inputHeight, inputWidth }: Vit): Model {
  if (Math.min(inputHeight, inputWidth) <= reach) {
    throw new RangeError(`Blurring takes at least ${String(reach + 1)} pixels a side`);
  }
  const dims = [1, channels, inputHeight, inputWidth];
  const g = new GraphBuilder('blur');
  const planes = g.reshape(g.input('pixels', 'float32', dims), channels, 1, inputHeight, inputWidth);
  g.output('blurred', g.reshape(blurred(g, blurred(g, planes, 2), 3), ...dims), 'float32', dims);
  return g.model();
}

/** One number, the mean over all channels and pixels of a normalised image, in place of every value. */
export function meanBaseline(pixels: Float32Array): Float32Array {
  return new Float32Array(pixels.length).fill(pixels.reduce((sum, value) => sum + value, 0) / pixels.length);
}

/** Zeros of normalised space, which the TIS repository calls black: the mean colour of the model's preprocessing, not black. */
export function blackBaseline(pixels: Float32Array): Float32Array {
  return new Float32Array(pixels.length);
}
