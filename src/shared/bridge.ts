/** The bridge between the window and the main process: calls one way, events the other, nothing else. */

import type { CallInput, CallName, CallResult } from './calls/calls.js';
import type { ErrorData } from './errors.js';
import type { EventName, Events } from './events.js';

/** What crosses the bridge for a call: errors are data. */
export type CallReply<N extends CallName> =
  { readonly ok: true; readonly value: CallResult<N> } | { readonly ok: false; readonly error: ErrorData };

/** The whole surface that the preload script exposes as `window.hognose`. */
export interface Bridge {
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallReply<N>>;
  /** Returns the function that unsubscribes. */
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void;
}

/** Channel names of the two directions. */
export const callChannel = 'hognose:call';
export const eventChannel = 'hognose:event';
