/** The refusal of a model that token sampling cannot explain, in one wording. */

import { AppError } from '../../shared/errors.js';

const whatOpens =
  'Models that open: plain ViT classifiers (ViT, DeiT, DeiT III, DINOv2, CLIP vision towers with a linear classifier) exported to ONNX, or as a Hugging Face or timm folder.';

/** An error `MODEL_NOT_VIT` that names the file, what was found, why it matters, and what opens. */
export function notVit(file: string, reason: string, hint = whatOpens): AppError {
  return new AppError('MODEL_NOT_VIT', `${file} is not a plain Vision Transformer classifier: ${reason}.`, hint);
}

/** An error `MODEL_UNSUPPORTED`: a ViT perhaps, in a form that is not supported, with the way out. */
export function unsupported(file: string, reason: string, hint: string, options?: ErrorOptions): AppError {
  return new AppError('MODEL_UNSUPPORTED', `${file} cannot be opened: ${reason}.`, hint, options);
}
