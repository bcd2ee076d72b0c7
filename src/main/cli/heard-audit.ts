/** An open audit on the command line: its jobs are lines of progress, its notices are said, Ctrl+C cancels what it does. */

import type { Job } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { EventName, Events } from '../../shared/events.js';
import { OpenAudit } from '../audit/open-audit.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import { printPdfWithElectron } from './pdf.js';
import { ProgressLine, say } from './terminal.js';
import { version } from './version.js';

/** The events that concern a terminal. */
type Hearing = { readonly [E in EventName]?: (payload: Events[E]) => void };

/** Does `work` on the audit of a project, which is closed afterwards. */
export async function withHeardAudit(
  project: OpenProject,
  engine: Engine,
  work: (audit: OpenAudit, progress: ProgressLine) => Promise<void>,
): Promise<void> {
  const progress = new ProgressLine();
  const hear: Hearing = {
    job: (job) => {
      if (job.state === 'running') progress.show(job);
      else progress.clear();
    },
    notice: ({ message, hint }) => {
      progress.clear();
      say(`${message} ${hint}`.trim());
    },
  };
  const audit = new OpenAudit({
    project,
    engine,
    version,
    printPdf: printPdfWithElectron,
    tell: (event, payload) => {
      hear[event]?.(payload);
    },
  });
  try {
    await work(audit, progress);
  } finally {
    progress.clear();
    await audit.close();
  }
}

/** Waits for a job; Ctrl+C cancels it. @throws what stopped it. */
export async function finishJob(audit: OpenAudit, job: Job, signal: AbortSignal): Promise<Job> {
  const cancel = (): void => {
    audit.jobs.cancel(job.id);
  };
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await audit.jobs.completed(job.id);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CANCELLED') throw error;
    throw new AppError('CANCELLED', 'Stopped. What was finished is kept.', 'Run the same command again to go on.');
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
