/** Measures how near maps of rough numbers are to those of float32, on the images that can be read. */

import type { EngineInput } from '../exchange.js';
import type { Images } from '../images.js';
import type { ModelRuntime } from '../runtime.js';
import { measureFidelity } from '../speed.js';
import type { Task } from './task.js';

export const task: Task<'measureFidelity'> = async ({ model, inputs, request }, { models, images, turn, signal }) => {
  const runtime = await models.of(model);
  const readable = pixelsOf(inputs, { runtime, images, signal });
  return turn.run(() => measureFidelity(runtime, readable, request, () => turn.giveWay()));
};

/** The pixels of those that can be read, one image after the other. */
async function* pixelsOf(
  inputs: readonly EngineInput[],
  {
    runtime,
    images,
    signal,
  }: { readonly runtime: ModelRuntime; readonly images: Images; readonly signal: AbortSignal },
): AsyncGenerator<Float32Array> {
  for (const input of inputs) {
    const one = await images.tryToPrepare(input, runtime, signal);
    if (one.ok) yield one.prepared.pixels;
  }
}
