/** The step that explains a list of images in the background. */

import type { ImageId } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { ExplainQueue } from './explain-queue.js';
import type { StepProgress } from './jobs.js';

/** Errors that are one image's own: it is passed over. */
const ownErrors: readonly string[] = ['IMAGE_NOT_FOUND', 'IMAGE_UNREADABLE', 'TENSOR_FILE_INVALID'];

export interface ExplainStep {
  readonly ids: readonly ImageId[];
  readonly queue: ExplainQueue;
  readonly signal: AbortSignal;
  /** Hears of every image whose maps are there now. */
  readonly explained: (id: ImageId) => void;
}

/** One image: true when explained, false when passed over. An engine that stops gets a second chance. */
async function explainOne({ queue, signal }: ExplainStep, id: ImageId): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await queue.background(id, signal);
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (ownErrors.includes(error.code)) return false;
      if (error.code !== 'ENGINE_STOPPED' || attempt === 2) throw error;
    }
  }
}

/** Explains the images in order; what is kept already counts as done. */
export async function* explainImages(step: ExplainStep): AsyncGenerator<StepProgress> {
  for (const id of step.ids) {
    const explained = await explainOne(step, id);
    if (explained) step.explained(id);
    yield { done: 1, skipped: explained ? 0 : 1 };
  }
}
