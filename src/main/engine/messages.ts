/** The protocol between the main side and the engine process: typed requests, answers, and cancelling. */

import { defaultSettings } from '../../shared/default-settings.js';
import type { ErrorData } from '../../shared/errors.js';
import { type ProviderInfo, type ProviderWish, providerWishes } from '../../shared/provider.js';
import {
  type EngineCall,
  type EngineRole,
  engineRoles,
  type InputOf,
  type ProgressOf,
  type ResultOf,
} from './calls.js';
import { poolSize } from './threads.js';

/** A call on its way to the engine process. */
export interface EngineRequest<C extends EngineCall = EngineCall> {
  readonly kind: 'request';
  readonly id: number;
  readonly call: C;
  readonly input: InputOf<C>;
  /** Whether somebody hears what it tells on the way. */
  readonly watched: boolean;
}

/** Everything the main side sends. */
export type ToEngine =
  | EngineRequest
  /** Gives up a call: queued work is dropped at once, running work stops between batches. No answer follows. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** Asks the process to free its models and exit. */
  | { readonly kind: 'close' };

/** Everything the engine process sends. */
export type FromEngine =
  /** What a call tells on the way. */
  | { readonly kind: 'progress'; readonly id: number; readonly progress: ProgressOf<EngineCall> }
  | { readonly kind: 'result'; readonly id: number; readonly value: ResultOf<EngineCall> }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ErrorData }
  /** What graphs run on, told when that is known; `notice` where it is not what a person may expect. */
  | { readonly kind: 'provider'; readonly provider: ProviderInfo; readonly notice: ErrorData | null };

/** How a process ended: exit code, or the signal that killed it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running engine process, whatever forked it. */
export interface EngineProcess {
  post(message: ToEngine): void;
  onMessage(listener: (message: FromEngine) => void): void;
  /** Called once, also when the process could not be started at all. */
  onExit(listener: (exit: ProcessExit) => void): void;
  /** Ends the process at once. */
  kill(): void;
}

/** Starts one process of the engine. */
export type StartProcess = (role: EngineRole) => EngineProcess;

/** What a person decides about every process of the engine. */
export interface EngineSettings {
  /** Threads of ONNX Runtime; 0 for one a core. */
  readonly threads: number;
  readonly provider: ProviderWish;
  /** Gigabytes that the sessions of explanation methods may take together. */
  readonly memory?: number | undefined;
}

/** How many arguments {@link processArguments} gives. */
export const argumentCount = 4;

/** The arguments every engine process is started with. */
export function processArguments(
  role: EngineRole,
  { threads, provider, memory = defaultSettings.memory }: EngineSettings,
): string[] {
  return [role, String(threads), provider, String(memory)];
}

/** The environment every engine process is started with: libuv takes the number of its threads from there. */
export function processEnvironment({ threads }: EngineSettings): NodeJS.ProcessEnv {
  return { ...process.env, UV_THREADPOOL_SIZE: String(poolSize(threads)) };
}

/** Reads back what {@link processArguments} wrote. */
export function readProcessArguments(argv: readonly string[]): EngineSettings & { readonly role: EngineRole } {
  const [role, threads, provider, memory] = argv;
  const [count, gigabytes] = [Number(threads), Number(memory)];
  return {
    role: engineRoles.find((known) => known === role) ?? 'compute',
    threads: Number.isInteger(count) ? count : 0,
    provider: providerWishes.find((wish) => wish === provider) ?? 'auto',
    memory: gigabytes > 0 ? gigabytes : defaultSettings.memory,
  };
}
