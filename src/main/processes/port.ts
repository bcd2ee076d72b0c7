/** The end of the line in a worker file, in Node and in Electron alike: takes requests, runs them side by side, answers. */

import { toAppError } from '../../shared/errors.js';
import { drives } from '../files/patience.js';
import type { FromProcess, RequestMessage, ToProcess } from './messages.js';

/** Sends what the process says unasked. */
export type Tell<Told> = (told: Told) => void;

/** What a call has while it runs. */
export interface CallPort {
  readonly signal: AbortSignal;
  /** Tells how far it has come; nobody hears it unless the call is `watched`. */
  readonly tell: (progress: unknown) => void;
  readonly watched: boolean;
}

/** What a worker does. */
export interface Service<Request> {
  /** Begins at once, in the order in which the requests come. */
  readonly run: (request: Request, port: CallPort) => unknown;
  /** Puts everything away before the process ends because it was asked to, or because the main side is gone. */
  readonly close?: () => void;
}

interface Port<Request, Told> {
  send(message: FromProcess<Told>): void;
  listen(listener: (message: ToProcess<Request>) => void): void;
  /** Hears that the main side is gone. */
  onLost(listener: () => void): void;
}

/** What Electron gives a utility process in place of `process.send`. */
interface ParentPort<Request, Told> {
  postMessage(message: FromProcess<Told>): void;
  on(event: 'message', listener: (event: { readonly data: ToProcess<Request> }) => void): void;
}

function electronPort<Request, Told>(): Port<Request, Told> | null {
  const { parentPort } = process as { readonly parentPort?: ParentPort<Request, Told> };
  if (parentPort === undefined) return null;
  return {
    send: (message) => {
      parentPort.postMessage(message);
    },
    listen: (listener) => {
      parentPort.on('message', (event) => {
        listener(event.data);
      });
    },
    // It is ended with the application.
    onLost: () => undefined,
  };
}

function nodePort<Request, Told>(): Port<Request, Told> {
  // Ctrl+C in a terminal reaches the whole group: our parent decides what it means.
  process.on('SIGINT', () => undefined);
  return {
    send: (message) => {
      process.send?.(message);
    },
    listen: (listener) => {
      process.on('message', (message) => {
        listener(message as ToProcess<Request>);
      });
    },
    onLost: (listener) => {
      process.on('disconnect', listener);
    },
  };
}

/** Ends the process, also when threads hang in files: a plain exit would wait for them. */
function end(): never {
  if (drives.pending > 0) process.kill(process.pid, 'SIGKILL');
  process.exit(0);
}

/** Nothing that is under way can be trusted after what nobody foresaw. */
function crash(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

/** Answers every request once, unless it was cancelled: then nobody listens any more. When the main side dies, so does the process. */
export function servePort<Request, Told>(serve: (tell: Tell<Told>) => Service<Request>): void {
  const port: Port<Request, Told> = electronPort<Request, Told>() ?? nodePort<Request, Told>();
  const { run, close } = serve((told) => {
    port.send({ kind: 'told', told });
  });
  const running = new Map<number, AbortController>();
  const putAway = (): never => {
    close?.();
    return end();
  };
  const answer = async ({ id, request, watched }: RequestMessage<Request>): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    running.set(id, controller);
    const tell = (progress: unknown): void => {
      if (!signal.aborted) port.send({ kind: 'progress', id, progress });
    };
    let message: FromProcess<Told>;
    try {
      message = { kind: 'result', id, value: await run(request, { signal, tell, watched }) };
    } catch (error) {
      message = { kind: 'failure', id, error: toAppError(error).toData() };
    }
    running.delete(id);
    if (!signal.aborted) port.send(message);
  };
  port.onLost(putAway);
  port.listen((message) => {
    if (message.kind === 'close') putAway();
    else if (message.kind === 'cancel') running.get(message.id)?.abort();
    else answer(message).catch(crash);
  });
}
