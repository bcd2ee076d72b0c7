/** Answers one call: validates what is asked, runs the code behind it, and returns errors as data. */

import * as v from 'valibot';

import type { CallReply } from '../../shared/bridge.js';
import { type CallName, calls as table, type ValidInput } from '../../shared/calls/calls.js';
import { AppError, toAppError } from '../../shared/errors.js';
import type { Calls } from './context.js';

/** Whether there is such a call. */
export function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(table, name);
}

/** @throws AppError `REFUSED` when `input` does not fit the call's schema. */
function validInput<N extends CallName>(name: N, input: unknown): ValidInput<N> {
  const result = v.safeParse(table[name].input, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = v.getDotPath(issue);
  throw new AppError('REFUSED', `The call ${name} got a wrong ${place ?? 'input'}: ${issue.message}`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What crosses the bridge for the call `name`, whatever its input may be. */
export async function answer<N extends CallName>(calls: Calls, name: N, input: unknown): Promise<CallReply<N>> {
  try {
    return { ok: true, value: await calls[name](validInput(name, input)) };
  } catch (error) {
    const told = toAppError(error);
    // An error nobody foresaw: the window shows the message, the log keeps where it came from.
    if (told.code === 'INTERNAL') process.stderr.write(`${name}: ${stackOf(error)}\n`);
    return { ok: false, error: told.toData() };
  }
}
