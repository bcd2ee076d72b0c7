/** How far a job is, in the words of the bar, the list of jobs and the report page. */

import type { Job, ProjectSummary } from '../../shared/audit.js';
import { count, rate, timeLeft } from '../../shared/figures.js';

/** `1,280 of 3,781 · 12/s · about 4 min left`; `paused at 1,280 of 3,781 · waits for Explaining 12 images`. */
export function progressWords({ state, done, total, rate: speed, eta, skipped, waitsFor }: Job): string {
  const parts: string[] = [];
  const figure = total > 0 ? `${count(done)} of ${count(total)}` : count(done);
  if (state === 'running') parts.push(figure);
  if (state === 'paused') parts.push(`paused at ${figure}`);
  if (speed !== null) parts.push(rate(speed));
  if (eta !== null) parts.push(`${timeLeft(eta)} left`);
  if (skipped > 0) parts.push(`${count(skipped)} passed over`);
  if (waitsFor !== null) parts.push(`waits for ${waitsFor}`);
  else if (state === 'queued') parts.push('waiting');
  return parts.join(' · ');
}

/** `1,280 of 3,781 predicted; prediction was cancelled`; null where it was not, or nothing is left to predict. */
export function cancelledWords({ predictionCancelled, counts }: ProjectSummary): string | null {
  const { images, predicted, unreadable } = counts;
  if (!predictionCancelled || images - predicted - unreadable <= 0) return null;
  return `${count(predicted)} of ${count(images)} predicted; prediction was cancelled`;
}
