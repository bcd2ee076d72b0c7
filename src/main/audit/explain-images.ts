/** The step that explains a list of images in the background. */

import type { ImageId } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { TaskOutcome } from '../project/ledger.js';
import type { Terms } from '../project/project-info.js';
import { type ExplainQueue, mostAhead } from './explain-queue.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Work } from '../jobs/pace.js';

/** Errors that are one image's own: it is passed over. */
const ownErrors: readonly string[] = ['IMAGE_NOT_FOUND', 'IMAGE_UNREADABLE', 'TENSOR_FILE_INVALID'];

/** Whether it is an error of the image alone, which is passed over. */
export function isImagesOwn(error: unknown): boolean {
  return error instanceof AppError && ownErrors.includes(error.code);
}

/** Whether the file of the image is not there: it may be, another time. */
export function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'IMAGE_NOT_FOUND';
}

/** Seconds an image may take while none was explained. */
const guess = 3;

/** Explaining so many images under these terms. */
export function explainWork(items: number, { model, tis }: Terms): Work {
  return { like: `explain ${model.hash} ${JSON.stringify(tis)}`, items, guess };
}

export interface ExplainStep {
  readonly ids: readonly ImageId[];
  readonly terms: Terms;
  readonly queue: ExplainQueue;
  readonly signal: AbortSignal;
  /** Hears of every image whose maps are there now. */
  readonly explained: (id: ImageId) => Promise<void>;
  /** Hears of every image that is dealt with, before that is told as progress; not of one whose file is not there. */
  readonly noted?: (id: ImageId, outcome: TaskOutcome) => Promise<void>;
}

/** What came of one image: `kept` had its maps already. */
type Outcome = 'explained' | 'kept' | 'passed over' | 'missing';

/** An engine that stops gets a second chance. */
async function explainOne({ queue, signal, terms }: ExplainStep, image: ImageId): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { cached } = await queue.background({ image, classes: [], terms }, signal);
      return cached ? 'kept' : 'explained';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (isMissing(error)) return 'missing';
      if (isImagesOwn(error)) return 'passed over';
      if (error.code !== 'ENGINE_STOPPED' || attempt === 2) throw error;
    }
  }
}

/** An image on its way. It never rejects, so that it may fail while nobody waits for it yet. */
interface Flight {
  readonly id: ImageId;
  readonly explained: Promise<{ readonly value: Outcome } | { readonly error: unknown }>;
}

function take(step: ExplainStep, id: ImageId): Flight {
  const explained = explainOne(step, id).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  return { id, explained };
}

/** Explains the images in order, the next one on its way while one is scored; what is kept already counts as done. */
export async function* explainImages(step: ExplainStep): AsyncGenerator<StepProgress> {
  const { like } = explainWork(step.ids.length, step.terms);
  const left = [...step.ids];
  const flights: Flight[] = [];
  for (;;) {
    while (flights.length < mostAhead && left.length > 0) {
      const [id] = left.splice(0, 1);
      if (id !== undefined) flights.push(take(step, id));
    }
    const flight = flights.shift();
    if (flight === undefined) return;
    const outcome = await flight.explained;
    if ('error' in outcome) throw outcome.error;
    const { value } = outcome;
    const isPassed = value === 'passed over' || value === 'missing';
    if (!isPassed) await step.explained(flight.id);
    if (value !== 'missing') await step.noted?.(flight.id, isPassed ? value : 'done');
    yield { done: 1, skipped: isPassed ? 1 : 0, computed: value === 'explained' ? 1 : 0, like };
  }
}
