/** What a call does in the engine process: a function of its input, and the means it has there. */

import type { EngineCall, InputOf, ProgressOf, ResultOf } from '../calls.js';
import type { Images } from '../images.js';
import type { Models } from '../models.js';

/** The turns of one call, as urgent as the table says. */
export interface Turn {
  /** Runs graphs when it is this call's turn. Rejects with `CANCELLED` when it is cancelled before that. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Lets what is more urgent go first, between two runs of a graph. Rejects with `CANCELLED`. */
  giveWay(): Promise<void>;
}

export interface Means<C extends EngineCall> {
  readonly models: Models;
  readonly images: Images;
  /** Of ONNX Runtime; 0 for one a core. */
  readonly threads: number;
  readonly turn: Turn;
  readonly signal: AbortSignal;
  /** Whether somebody hears what is told on the way. */
  readonly watched: boolean;
  readonly tell: (progress: ProgressOf<C>) => void;
}

/** Rejects with AppError. */
export type Task<C extends EngineCall> = (input: InputOf<C>, means: Means<C>) => Promise<ResultOf<C>>;

/** What is told on the way is told at most this often, in milliseconds. */
export const tellInterval = 100;
