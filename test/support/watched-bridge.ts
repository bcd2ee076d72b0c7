/** A bridge around another one: notes every call, and lets a test fail one or hold its answer back. */

import type { Bridge, CallReply } from '../../src/shared/bridge.js';
import type { CallInput, CallName } from '../../src/shared/calls/calls.js';
import type { AppError } from '../../src/shared/errors.js';

export class WatchedBridge implements Bridge {
  /** Names of the calls so far, in order. */
  readonly calls: CallName[] = [];
  /** Fails the next call of a name with this error, in place of asking the bridge. */
  readonly failures = new Map<CallName, AppError>();
  readonly on: Bridge['on'];
  readonly #bridge: Bridge;
  /** What goes on with answers that are held back, by the call's name. */
  readonly #held = new Map<CallName, (() => void)[]>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    this.on = (event, listener) => bridge.on(event, listener);
  }

  async call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallReply<N>> {
    this.calls.push(name);
    const failure = this.failures.get(name);
    this.failures.delete(name);
    const reply =
      failure === undefined ? await this.#bridge.call(name, input) : ({ ok: false, error: failure.toData() } as const);
    await new Promise<void>((resolve) => {
      const held = this.#held.get(name);
      if (held === undefined) resolve();
      else held.push(resolve);
    });
    return reply;
  }

  /** How often a call of this name was made. */
  count(name: CallName): number {
    return this.calls.filter((call) => call === name).length;
  }

  /** From now on calls of this name are done, but not answered. */
  hold(name: CallName): void {
    if (!this.#held.has(name)) this.#held.set(name, []);
  }

  /** Calls of this name that are done and not answered. */
  held(name: CallName): number {
    return this.#held.get(name)?.length ?? 0;
  }

  /** Answers what was held back so far; what comes is held still. */
  answer(name: CallName): void {
    for (const go of this.#held.get(name)?.splice(0) ?? []) go();
  }

  /** Answers everything of this name from now on. */
  release(name: CallName): void {
    this.answer(name);
    this.#held.delete(name);
  }
}
