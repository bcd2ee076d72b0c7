/** The engine as the main side runs it: its processes, which start when they are needed and end when their models are not. */

import { AppError, type ErrorData } from '../../shared/errors.js';
import type { ProviderInfo } from '../../shared/provider.js';
import { type EngineCall, engineCalls, type EngineRole, type InputOf, type OptionsOf, type ResultOf } from './calls.js';
import { EngineChannel } from './channel.js';
import { type Engine, engineMethods } from './engine.js';
import type { StartProcess } from './messages.js';
import { modelKey } from './model-key.js';

/** Asks once more when the engine stopped meanwhile. */
async function twice<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'ENGINE_STOPPED') throw error;
    return ask();
  }
}

/** A process of the engine, and what has to happen to it around a call. */
interface Server {
  readonly ask: EngineChannel['ask'];
  readonly close: () => Promise<void>;
}

/** Opening another model while nothing runs starts the process anew: only its end frees the one before. */
class ComputeServer implements Server {
  readonly #channel: EngineChannel;
  #model: string | null = null;
  #recycling: Promise<void> = Promise.resolve();

  constructor(channel: EngineChannel) {
    this.#channel = channel;
  }

  async ask<C extends EngineCall>(call: C, input: InputOf<C>, options?: OptionsOf<C>): Promise<ResultOf<C>> {
    await this.#recycling;
    if (call === 'openModel' && input !== null && 'model' in input) {
      const key = modelKey(input.model);
      if (this.#model !== null && this.#model !== key && this.#channel.pending === 0) {
        this.#recycling = this.#channel.recycle();
        await this.#recycling;
      }
      this.#model = key;
    }
    return this.#channel.ask(call, input, options);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}

/** The process ends with the last call that runs in it, so that models looked into leave nothing behind. */
class PassingServer implements Server {
  readonly #channel: EngineChannel;
  #running = 0;
  #ends: Promise<void> = Promise.resolve();

  constructor(channel: EngineChannel) {
    this.#channel = channel;
  }

  async ask<C extends EngineCall>(call: C, input: InputOf<C>, options?: OptionsOf<C>): Promise<ResultOf<C>> {
    this.#running += 1;
    try {
      await this.#ends;
      return await this.#channel.ask(call, input, options);
    } finally {
      this.#running -= 1;
      // Nobody waits for the end: who cancelled goes on at once.
      if (this.#running === 0) this.#ends = this.#channel.recycle();
    }
  }

  async close(): Promise<void> {
    await this.#ends;
    await this.#channel.close();
  }
}

/** An {@link Engine} that knows what its processes run graphs on. */
export interface EngineHost extends Engine {
  /** What graphs run on, as a process has told last; null before any has. */
  readonly provider: ProviderInfo | null;
}

/**
 * An engine over processes of the same worker file, one a role, which start with their first call. Freeing a model takes the
 * end of its process (ONNX Runtime leaks sessions).
 * @param onNotice hears what is to be told though nobody asked, such as that CUDA is not used; the same thing once
 */
export function hostEngine(start: StartProcess, onNotice: (notice: ErrorData) => void = () => undefined): EngineHost {
  const told = new Set<string>();
  let provider: ProviderInfo | null = null;
  const channel = (role: EngineRole): EngineChannel =>
    new EngineChannel(
      () => start(role),
      (heard) => {
        provider = heard.provider;
        const { notice } = heard;
        if (notice === null || told.has(notice.message)) return;
        told.add(notice.message);
        onNotice(notice);
      },
    );
  const servers: Readonly<Record<EngineRole, Server>> = {
    compute: new ComputeServer(channel('compute')),
    pictures: channel('pictures'),
    inspector: new PassingServer(channel('inspector')),
  };
  return {
    ...engineMethods((call, input, options) => {
      const facts = engineCalls[call];
      const ask = () => servers[facts.role].ask(call, input, options);
      return facts.twice ? twice(ask) : ask();
    }),
    get provider() {
      return provider;
    },
    close: async () => {
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}
