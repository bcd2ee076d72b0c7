/** Makes a picture of an image as a model sees it, which for a tensor is what that was made from. */

import { readSource } from '../../dataset/source.js';
import { decodeRgb, encodePng } from '../decode.js';
import { isTensorFile, readTensorInput, tensorPicture } from '../tensor-input.js';
import type { Task } from './task.js';

export const task: Task<'modelPicture'> = async ({ model, source }, { models, images, turn, signal }) => {
  const runtime = await models.of(model);
  const seen = await images.hold(signal, async () => {
    if (isTensorFile(source)) {
      const { inputWidth: width, inputHeight: height } = runtime.summary;
      const { pixels } = await readTensorInput(source, runtime.summary);
      return { pixels: tensorPicture(pixels, runtime.summary), width, height };
    }
    const data = await readSource(source);
    const image = await images.decode(() => decodeRgb(data));
    return turn.run(() => runtime.modelPicture(image));
  });
  const bytes = await encodePng(seen.pixels, seen.width, seen.height);
  return { bytes, mime: 'image/png', width: seen.width, height: seen.height };
};
