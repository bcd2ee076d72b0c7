/** The main process's end of the bridge: answers calls of the window, and of nobody else, and sends it events. */

import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';

import { callChannel, type CallReply, eventChannel } from '../shared/bridge.js';
import type { CallName } from '../shared/calls/calls.js';
import { AppError } from '../shared/errors.js';
import type { EventName, Events } from '../shared/events.js';
import { answer, isCallName } from './calls/answer.js';
import type { Calls } from './calls/context.js';
import { isApplicationUrl } from './protocol.js';

/** Only the top frame of a window that shows the application itself may call. */
function isTrusted(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame === event.sender.mainFrame && isApplicationUrl(frame.url);
}

/** Starts answering calls. */
export function serveCalls(calls: Calls): void {
  ipcMain.handle(callChannel, async (event, name: unknown, input: unknown): Promise<CallReply<CallName>> => {
    if (!isTrusted(event)) {
      return { ok: false, error: new AppError('REFUSED', 'This page may not call Hognose.').toData() };
    }
    if (!isCallName(name)) {
      return { ok: false, error: new AppError('REFUSED', 'There is no such call.').toData() };
    }
    return answer(calls, name, input);
  });
}

/** Tells a window about an event; nothing when the window is gone. */
export function sendEvent<E extends EventName>(contents: WebContents, event: E, payload: Events[E]): void {
  if (!contents.isDestroyed()) contents.send(eventChannel, event, payload);
}
