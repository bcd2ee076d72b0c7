/** What goes to the engine process and comes from it, and what it is started with. */

import { defaultSettings } from '../../shared/default-settings.js';
import type { ErrorData } from '../../shared/errors.js';
import { type ProviderInfo, type ProviderWish, providerWishes } from '../../shared/provider.js';
import type { ProcessPlan, RunningProcess } from '../processes/messages.js';
import { type EngineCall, type EngineRole, engineRoles, type InputOf } from './calls.js';
import { poolSize } from './threads.js';

/** A call on its way to the engine process. */
export interface EngineRequest<C extends EngineCall = EngineCall> {
  readonly call: C;
  readonly input: InputOf<C>;
}

/** What the process says unasked: what graphs run on, when that is known; `notice` where it is not what a person may expect. */
export interface EngineTold {
  readonly provider: ProviderInfo;
  readonly notice: ErrorData | null;
}

/** A running engine process, whatever forked it. */
export type EngineProcess = RunningProcess<EngineRequest, EngineTold>;

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

/** Starts processes of the worker file by `fork`; libuv takes the number of its threads from the environment. */
export function engineStarter(
  fork: (plan: ProcessPlan) => EngineProcess,
  path: string,
  settings: EngineSettings,
): StartProcess {
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(poolSize(settings.threads)) };
  return (role) => fork({ path, args: processArguments(role, settings), env, name: `Hognose engine (${role})` });
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
