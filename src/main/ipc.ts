/** Answers the window's calls: checks who asks, validates what is asked, and returns errors as data. */

import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';
import * as v from 'valibot';

import { AppError, toAppError } from '../shared/errors.js';
import {
  callChannel,
  type CallName,
  type CallReply,
  callSchemas,
  eventChannel,
  type EventName,
  type Events,
} from '../shared/ipc.js';
import type { CallHandlers } from './call-handlers.js';
import { isApplicationUrl } from './protocol.js';

function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(callSchemas, name);
}

/** Only the top frame of a window that shows the application itself may call. */
function isTrusted(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame === event.sender.mainFrame && isApplicationUrl(frame.url);
}

/** @throws AppError `REFUSED` when `input` does not fit the call's schema. */
function validInput<N extends CallName>(name: N, input: unknown): v.InferOutput<(typeof callSchemas)[N]> {
  const result = v.safeParse(callSchemas[name], input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = v.getDotPath(issue);
  throw new AppError('REFUSED', `The call ${name} got a wrong ${place ?? 'input'}: ${issue.message}`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function answer<N extends CallName>(handlers: CallHandlers, name: N, input: unknown): Promise<CallReply<N>> {
  try {
    return { ok: true, value: await handlers[name](validInput(name, input)) };
  } catch (error) {
    const told = toAppError(error);
    // An error nobody foresaw: the window shows the message, the log keeps where it came from.
    if (told.code === 'INTERNAL') process.stderr.write(`${name}: ${stackOf(error)}\n`);
    return { ok: false, error: told.toData() };
  }
}

/** Starts answering calls. */
export function serveCalls(handlers: CallHandlers): void {
  ipcMain.handle(callChannel, async (event, name: unknown, input: unknown): Promise<CallReply<CallName>> => {
    if (!isTrusted(event)) {
      return { ok: false, error: new AppError('REFUSED', 'This page may not call Hognose.').toData() };
    }
    if (!isCallName(name)) {
      return { ok: false, error: new AppError('REFUSED', 'There is no such call.').toData() };
    }
    return answer(handlers, name, input);
  });
}

/** Tells a window about an event; nothing when the window is gone. */
export function sendEvent<E extends EventName>(contents: WebContents, event: E, payload: Events[E]): void {
  if (!contents.isDestroyed()) contents.send(eventChannel, event, payload);
}
