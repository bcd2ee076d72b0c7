/** The calls under way in one engine process, with the types that they have. */

import { AppError } from '../../shared/errors.js';
import { ProcessChannel } from '../processes/channel.js';
import { endOf, type ProcessExit } from '../processes/messages.js';
import type { EngineCall, InputOf, OptionsOf, ProgressOf, ResultOf } from './calls.js';
import type { EngineProcess, EngineRequest, EngineTold } from './messages.js';

function stopped(exit: ProcessExit): AppError {
  return new AppError(
    'ENGINE_STOPPED',
    `The engine process ${endOf(exit)}.`,
    'It starts again with the next request. If this happens again with the same image or model, there may be too little memory.',
  );
}

/** As {@link ProcessChannel}: calls reject with `ENGINE_STOPPED` when the process dies meanwhile, or once it is closed. */
export class EngineChannel {
  readonly #channel: ProcessChannel<EngineRequest, EngineTold>;

  /** @param hear what the process says of its own accord */
  constructor(start: () => EngineProcess, hear: (told: EngineTold) => void) {
    const closed = (): AppError => new AppError('ENGINE_STOPPED', 'The engine was closed.');
    this.#channel = new ProcessChannel({ start, hear, stopped, closed });
  }

  /** Calls that wait for an answer. */
  get pending(): number {
    return this.#channel.pending;
  }

  ask<C extends EngineCall>(
    call: C,
    input: InputOf<C>,
    { signal, onProgress }: OptionsOf<C> = {},
  ): Promise<ResultOf<C>> {
    // What answers a call, and what it tells on the way, is of its kind.
    const tell = onProgress as ((progress: ProgressOf<EngineCall>) => void) | undefined;
    const heard =
      tell &&
      ((progress: unknown): void => {
        tell(progress as ProgressOf<EngineCall>);
      });
    return this.#channel.ask({ call, input }, { signal, onProgress: heard }) as Promise<ResultOf<C>>;
  }

  /** As {@link ProcessChannel.recycle}. */
  recycle(): Promise<void> {
    return this.#channel.recycle();
  }

  /** Ends the process for good. */
  close(): Promise<void> {
    return this.#channel.close();
  }
}
