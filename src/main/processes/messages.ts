/** The protocol between the main side and a process of its own: requests, answers, what is told unasked, cancelling and closing. */

import type { ErrorData } from '../../shared/errors.js';

/** A call on its way to the process. */
export interface RequestMessage<Request> {
  readonly kind: 'request';
  readonly id: number;
  readonly request: Request;
  /** Whether somebody hears what it tells on the way. */
  readonly watched: boolean;
}

/** Everything the main side sends. */
export type ToProcess<Request> =
  | RequestMessage<Request>
  /** Gives up a call: queued work is dropped at once, running work stops at its next pause. No answer follows. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** Asks the process to put everything away and exit. */
  | { readonly kind: 'close' };

/** Everything the process sends; `Told` is what it says unasked. */
export type FromProcess<Told> =
  /** What a call tells on the way. */
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ErrorData }
  | { readonly kind: 'told'; readonly told: Told };

/** How a process ended: exit code, or the signal that killed it; neither where it could not be started. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running process, whatever forked it. */
export interface RunningProcess<Request, Told> {
  post(message: ToProcess<Request>): void;
  onMessage(listener: (message: FromProcess<Told>) => void): void;
  /** Called once, also when the process could not be started at all. */
  onExit(listener: (exit: ProcessExit) => void): void;
  /** Ends the process at once. */
  kill(): void;
}

/** What a process is started with. */
export interface ProcessPlan {
  /** Its worker file. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** What it is called in lists of processes. */
  readonly name: string;
}

/** How a process ended, to stand behind its name. */
export function endOf({ signal, code }: ProcessExit): string {
  if (signal !== null) return `was ended by signal ${signal}`;
  return code !== null ? `ended with exit code ${String(code)}` : 'could not be started';
}
