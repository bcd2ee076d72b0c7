/** Takes an already preprocessed tensor from a safetensors file in place of an image. */

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { readSource } from '../dataset/source.js';
import { floatsFrom, parseSafetensors } from '../model/safetensors.js';
import type { EngineInput, ImageFacts } from './exchange.js';

/** Whether an input is a tensor rather than an image, by its name. */
export function isTensorFile(input: EngineInput): boolean {
  return input.member === undefined && input.path.toLowerCase().endsWith('.safetensors');
}

async function bytesOf(input: EngineInput): Promise<Uint8Array> {
  const data = await readSource(input);
  if (data.kind !== 'encoded') throw new AppError('INTERNAL', 'A tensor was asked for of a container of pictures.');
  return data.bytes;
}

/**
 * The tensor `pixels` `[1, channels, H, W]` of a file, of the model's input size.
 * @throws AppError `TENSOR_FILE_INVALID`; `IMAGE_*` when the file cannot be read.
 */
export async function readTensorInput(
  input: EngineInput,
  model: ModelSummary,
): Promise<{ readonly facts: ImageFacts; readonly pixels: Float32Array }> {
  const bytes = await bytesOf(input);
  const name = basename(input.path);
  const entry = parseSafetensors(bytes, name).tensors.get('pixels');
  const { inputWidth: width, inputHeight: height } = model;
  const wanted = [1, model.anatomy.channels, height, width];
  if (entry?.shape.join() !== wanted.join()) {
    throw new AppError(
      'TENSOR_FILE_INVALID',
      `"${name}" has ${entry === undefined ? "no tensor 'pixels'" : `'pixels' of shape [${entry.shape.join(', ')}]`}; the model takes [${wanted.join(', ')}].`,
      "Store the preprocessed image as a float tensor 'pixels' of that shape.",
    );
  }
  const facts: ImageFacts = {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    width,
    height,
    modelView: { left: 0, top: 0, width: 1, height: 1 },
    stamp: null,
  };
  return { facts, pixels: floatsFrom(entry, 'pixels') };
}

/** An input tensor as the RGB bytes it was made from, `[H, W, 3]`: normalisation undone, rounded, clamped. */
export function tensorPicture(pixels: Float32Array, model: ModelSummary): Uint8Array {
  const { mean, std, scale } = model.preprocessing;
  const plane = model.inputWidth * model.inputHeight;
  const rgb = new Uint8ClampedArray(plane * 3);
  for (let at = 0; at < plane; at++) {
    for (let channel = 0; channel < 3; channel++) {
      const from = model.anatomy.channels === 1 ? 0 : channel;
      const value = (pixels[from * plane + at] ?? 0) * (std[channel] ?? 1) + (mean[channel] ?? 0);
      rgb[at * 3 + channel] = value / scale;
    }
  }
  return new Uint8Array(rgb.buffer);
}
