/** The window's side of the contract: calls that resolve to values or throw AppError, and events. */

import { type AppError, fromErrorData, toAppError } from '../../shared/errors.js';
import type { Bridge } from '../../shared/bridge.js';
import type { CallInput, CallName, CallResult } from '../../shared/calls/calls.js';
import type { EventName, Events } from '../../shared/events.js';

export class Client {
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** @throws AppError as the main process told it. */
  async call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallResult<N>> {
    const reply = await this.#bridge.call(name, input);
    if (!reply.ok) throw fromErrorData(reply.error);
    return reply.value;
  }

  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
    return this.#bridge.on(event, listener);
  }
}

/** A value that is being fetched: what the screen shows of it. */
export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: AppError };

export const loading: Loaded<never> = { state: 'loading' };

export function ready<T>(value: T): Loaded<T> {
  return { state: 'ready', value };
}

export function failed(error: unknown): Loaded<never> {
  return { state: 'failed', error: toAppError(error) };
}
