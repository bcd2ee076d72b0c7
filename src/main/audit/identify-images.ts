/** The steps that read again the images whose files were written to since they were read. */

import { AppError } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import type { StepProgress } from '../jobs/job-progress.js';

/** Images in doubt read in one request to the engine. */
const readBatchSize = 32;

/** Reads the images whose files were written to since, one batch after the other; `changed` hears how many hold another picture. */
export async function* identifyImages(
  project: OpenProject,
  engine: Engine,
  signal: AbortSignal,
  changed: (count: number) => void,
): AsyncGenerator<StepProgress> {
  let after = 0;
  for (;;) {
    const batch = await project.imagesInDoubt(after, readBatchSize);
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.id;
    const inputs = batch.map(({ source }) => source);
    const outcomes = await engine.identify({ inputs }, { signal });
    // A project that was closed meanwhile takes nothing any more.
    if (signal.aborted) throw new AppError('CANCELLED', 'The scan was cancelled.');
    const read = batch.flatMap(({ id }, at) => {
      const outcome = outcomes[at];
      return outcome === undefined ? [] : [{ id, outcome }];
    });
    changed(await project.identify(read));
    yield { done: read.length, skipped: outcomes.filter((outcome) => !outcome.ok).length };
  }
}
