/** The protocol between the main side and the engine process: typed requests, answers, and cancelling. */

import type { ModelReport, ModelSummary } from '../../shared/model.js';
import type { ErrorData } from '../../shared/errors.js';
import type { PictureSize } from '../../shared/ipc.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { MethodOffer } from '../../shared/methods.js';
import type {
  EngineInput,
  MethodInput,
  MethodOutcome,
  MethodRequest,
  ModelLocation,
  Picture,
  PredictOutcome,
  TisOutcome,
  TisRequest,
} from './engine.js';

/** Every method of the engine process: what goes in and what comes back. */
export interface EngineMethods {
  openModel: { readonly input: { readonly model: ModelLocation }; readonly result: ModelSummary };
  inspectModel: { readonly input: { readonly model: ModelLocation }; readonly result: ModelReport };
  predict: {
    readonly input: { readonly model: ModelLocation; readonly inputs: readonly EngineInput[] };
    readonly result: readonly PredictOutcome[];
  };
  explainTis: {
    readonly input: { readonly model: ModelLocation; readonly input: EngineInput; readonly request: TisRequest };
    readonly result: TisOutcome;
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
  | { readonly kind: 'result'; readonly id: number; readonly value: EngineMethods[EngineMethod]['result'] }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ErrorData };

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

/** The arguments every engine process is started with. */
export function processArguments(role: EngineRole, threads: number): string[] {
  return [role, String(threads)];
}

/** Reads back what {@link processArguments} wrote. */
export function readProcessArguments(argv: readonly string[]): { role: EngineRole; threads: number } {
  const threads = Number(argv[1]);
  return { role: argv[0] === 'pictures' ? 'pictures' : 'compute', threads: Number.isInteger(threads) ? threads : 0 };
}
