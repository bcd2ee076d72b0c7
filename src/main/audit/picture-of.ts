/** A picture of an image at whichever size: made for people, or as a model sees it. */

import { AppError } from '../../shared/errors.js';
import type { PictureSize } from '../../shared/picture-address.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Engine, ModelLocation, Picture } from '../engine/engine.js';

export interface PictureWish {
  readonly source: ImageSource;
  readonly size: PictureSize;
  /** Only size `model` needs one. */
  readonly model: ModelLocation | null;
}

/** Rejects as the engine does. */
export async function pictureOf(
  engine: Engine,
  { source, size, model }: PictureWish,
  signal?: AbortSignal,
): Promise<Picture> {
  if (size !== 'model') return engine.picture({ source, size }, { signal });
  if (model === null) throw new AppError('INTERNAL', 'A picture as the model sees it needs a model.');
  return engine.modelPicture({ model, source }, { signal });
}
