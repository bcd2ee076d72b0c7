/** The protocol between the main side and the engine process: typed requests, answers, and cancelling. */

import type { ModelInspection, ModelSummary } from '../../shared/model.js';
import type { ErrorData } from '../../shared/errors.js';
import { type ProviderInfo, type ProviderWish, providerWishes } from '../../shared/provider.js';
import type { PictureSize } from '../../shared/picture-address.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { FidelityFigures, SpeedFigures } from '../../shared/speed.js';
import { poolSize } from './threads.js';
import type {
  EngineInput,
  FidelityRequest,
  IdentifyOutcome,
  MethodInput,
  MethodOutcome,
  MethodRequest,
  ModelLocation,
  Picture,
  PredictOutcome,
  SpeedRequest,
  TisOutcome,
  TisProgress,
  TisRequest,
} from './engine.js';

/** Every method of the engine process: what goes in and what comes back. */
export interface EngineMethods {
  openModel: { readonly input: { readonly model: ModelLocation }; readonly result: ModelSummary };
  inspectModel: { readonly input: { readonly model: ModelLocation }; readonly result: ModelInspection };
  predict: {
    readonly input: {
      readonly model: ModelLocation;
      readonly inputs: readonly EngineInput[];
      /** Whether somebody waits for it. */
      readonly awaited: boolean;
    };
    readonly result: readonly PredictOutcome[];
  };
  explainTis: {
    readonly input: {
      readonly model: ModelLocation;
      readonly input: EngineInput;
      readonly request: TisRequest;
      /** Whether somebody looks at the maps while they settle. */
      readonly watched: boolean;
    };
    readonly result: TisOutcome;
  };
  measureSpeed: {
    readonly input: { readonly model: ModelLocation; readonly input: EngineInput; readonly request: SpeedRequest };
    readonly result: SpeedFigures;
  };
  measureFidelity: {
    readonly input: {
      readonly model: ModelLocation;
      readonly inputs: readonly EngineInput[];
      readonly request: FidelityRequest;
    };
    readonly result: FidelityFigures;
  };
  methods: { readonly input: { readonly model: ModelLocation }; readonly result: readonly MethodOffer[] };
  explainWith: {
    readonly input: {
      readonly model: ModelLocation;
      readonly inputs: readonly MethodInput[];
      readonly request: MethodRequest;
    };
    readonly result: readonly MethodOutcome[];
  };
  identify: {
    readonly input: { readonly inputs: readonly ImageSource[] };
    readonly result: readonly IdentifyOutcome[];
  };
  picture: {
    readonly input: {
      readonly source: ImageSource;
      readonly size: PictureSize;
      readonly model: ModelLocation | null;
    };
    readonly result: Picture;
  };
}
export type EngineMethod = keyof EngineMethods;

/** A call on its way to the engine process. */
export type EngineRequest = {
  readonly [M in EngineMethod]: {
    readonly kind: 'request';
    readonly id: number;
    readonly method: M;
    readonly input: EngineMethods[M]['input'];
  };
}[EngineMethod];

/** Everything the main side sends. */
export type ToEngine =
  | EngineRequest
  /** Gives up a call: queued work is dropped at once, running work stops between batches. No answer follows. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** Asks the process to free its models and exit. */
  | { readonly kind: 'close' };

/** Everything the engine process sends. */
export type FromEngine =
  /** How far a call has come, in runs of a graph; at most ten times a second. */
  | { readonly kind: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  /** Maps that still settle; at most ten times a second. */
  | { readonly kind: 'maps'; readonly id: number; readonly maps: TisProgress }
  | { readonly kind: 'result'; readonly id: number; readonly value: EngineMethods[EngineMethod]['result'] }
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

/** The two processes of one engine: models on the one, thumbnails on the other, so that neither waits for the other. */
export type EngineRole = 'compute' | 'pictures';

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

/** Enough to hold the sessions of all methods of a ViT-Tiny (1.7 GB), so that one image after the other is compared at once. */
export const usualMemory = 2.5;

/** How many arguments {@link processArguments} gives. */
export const argumentCount = 4;

/** The arguments every engine process is started with. */
export function processArguments(
  role: EngineRole,
  { threads, provider, memory = usualMemory }: EngineSettings,
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
    role: role === 'pictures' ? 'pictures' : 'compute',
    threads: Number.isInteger(count) ? count : 0,
    provider: providerWishes.find((wish) => wish === provider) ?? 'auto',
    memory: gigabytes > 0 ? gigabytes : usualMemory,
  };
}
