/** The engine as the rest of the main side sees it: a method a call of the table in `calls.ts`, and the words they use. */

import { type EngineCall, engineCalls, type InputOf, type OptionsOf, type ResultOf } from './calls.js';

export type { InputOf } from './calls.js';
export type * from './exchange.js';

/** Makes one call, whichever it is. */
type Ask = <C extends EngineCall>(call: C, input: InputOf<C>, options: OptionsOf<C>) => Promise<ResultOf<C>>;

/** The engine's calls as methods. */
type EngineMethods = {
  readonly [C in keyof typeof engineCalls]: (input: InputOf<C>, options?: OptionsOf<C>) => Promise<ResultOf<C>>;
};

/**
 * The engine: decoding and ONNX Runtime in processes of their own. Every call rejects with AppError; `ENGINE_STOPPED`
 * when the process died (the next call starts a new one), `CANCELLED` when `signal` was aborted.
 */
export interface Engine extends EngineMethods {
  readonly close: () => Promise<void>;
}

/** A method for every call in the table, all of them made by `ask`. */
export function engineMethods(ask: Ask): EngineMethods {
  const method =
    <C extends EngineCall>(call: C) =>
    (input: InputOf<C>, options: OptionsOf<C> = {}) =>
      ask(call, input, options);
  const names = Object.keys(engineCalls) as EngineCall[];
  return Object.fromEntries(names.map((name) => [name, method(name)])) as unknown as EngineMethods;
}
