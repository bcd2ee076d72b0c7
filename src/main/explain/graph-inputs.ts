/** The inputs and the output that the graphs of most methods have, and the tensors that are fed to them. */

import { type Vit, patchCount } from '../model/vit.js';
import type { GraphBuilder, Value } from '../onnx/builder.js';
import { type RunTensor, floats } from '../onnx/runner.js';

/** The input `pixels` `[batch, channels, H, W]`. */
export function pixelsInput(g: GraphBuilder, vit: Vit, batch: number | string = 'batch'): Value {
  return g.input('pixels', 'float32', [batch, vit.channels, vit.inputHeight, vit.inputWidth]);
}

/** The input `classes` `[batch]`: one class an image. */
export function classesInput(g: GraphBuilder, batch: number | string = 'batch'): Value {
  return g.input('classes', 'int64', [batch]);
}

/** Names the output `map` `[batch, N]`. */
export function mapOutput(g: GraphBuilder, vit: Vit, map: Value): void {
  g.output('map', map, 'float32', ['batch', patchCount(vit)]);
}

/** Images back to back as the tensor that is fed to `pixels`. */
export function imagesTensor(vit: Vit, images: readonly Float32Array[]): RunTensor {
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  const pixels = new Float32Array(images.length * size);
  for (const [place, image] of images.entries()) pixels.set(image, place * size);
  return floats(pixels, images.length, vit.channels, vit.inputHeight, vit.inputWidth);
}

/** One image likewise, without a copy. */
export function imageTensor({ channels, inputHeight, inputWidth }: Vit, image: Float32Array): RunTensor {
  return floats(image, 1, channels, inputHeight, inputWidth);
}
