/** The refusal of a model that is no plain ViT, in one wording. */

import { AppError } from '../../shared/errors.js';

/** An error `MODEL_NOT_VIT` that names the file, what was found, and what opens. */
export function notVit(file: string, reason: string): AppError {
  return new AppError(
    'MODEL_NOT_VIT',
    `${file} is not a plain Vision Transformer classifier: ${reason}.`,
    'Models that open: ViT and DeiT classifiers with pre-norm blocks, a CLS token and exact GELU, exported to ONNX or as a Hugging Face folder.',
  );
}
