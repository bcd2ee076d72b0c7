/** Exit codes of the command line: 0 success, 1 failure, 2 bad usage. */

import { CommanderError } from 'commander';
import { AppError, toAppError } from '../../shared/errors.js';
import { say } from './terminal.js';

const usageCodes: readonly string[] = ['BAD_USAGE', 'UNKNOWN_CLASS'];

/** Says on stderr what went wrong and what to do, and tells the exit code for it. */
export function reportFailure(error: unknown): number {
  // Commander has printed its message (or the help that was asked for) already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const failure = toAppError(error);
  say(`hognose: ${failure.message}`);
  if (failure.hint !== '') say(failure.hint);
  if (!(error instanceof AppError) && process.env.HOGNOSE_DEBUG !== undefined) {
    say(error instanceof Error ? (error.stack ?? '') : String(error));
  }
  return usageCodes.includes(failure.code) ? 2 : 1;
}
