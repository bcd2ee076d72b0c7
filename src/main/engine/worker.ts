/** Entry of the engine process, in Node and in Electron alike: takes requests, runs them side by side, answers. */

import { constants, setPriority } from 'node:os';
import { toAppError } from '../../shared/errors.js';
import { drives } from '../files/patience.js';
import { wishForDevice } from './device.js';
import { argumentCount, type FromEngine, readProcessArguments, type ToEngine } from './messages.js';
import { EngineTasks } from './tasks.js';

/** Ends the process, also when threads hang in files: a plain exit would wait for them. */
function end(): never {
  if (drives.pending > 0) process.kill(process.pid, 'SIGKILL');
  process.exit(0);
}

/** The end of the line to the main side. */
interface Port {
  send(message: FromEngine): void;
  listen(listener: (message: ToEngine) => void): void;
}

/** What Electron gives a utility process in place of `process.send`. */
interface ParentPort {
  postMessage(message: FromEngine): void;
  on(event: 'message', listener: (event: { readonly data: ToEngine }) => void): void;
}

function electronPort(): Port | null {
  const { parentPort } = process as { readonly parentPort?: ParentPort };
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
  };
}

function nodePort(): Port {
  // Ctrl+C in a terminal reaches the whole group: our parent decides what it means. When the parent dies, so do we.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', end);
  return {
    send: (message) => {
      process.send?.(message);
    },
    listen: (listener) => {
      process.on('message', (message) => {
        listener(message as ToEngine);
      });
    },
  };
}

/** Answers every request once, unless it was cancelled: then nobody listens any more. */
function serve(port: Port, tasks: EngineTasks): void {
  const running = new Map<number, AbortController>();
  port.listen((message) => {
    if (message.kind === 'close') end();
    if (message.kind === 'cancel') {
      running.get(message.id)?.abort();
      return;
    }
    const controller = new AbortController();
    running.set(message.id, controller);
    tasks
      .run(message, controller.signal, (progress) => {
        if (!controller.signal.aborted) port.send({ kind: 'progress', id: message.id, progress });
      })
      .then(
        (value): FromEngine => ({ kind: 'result', id: message.id, value }),
        (error: unknown): FromEngine => ({ kind: 'failure', id: message.id, error: toAppError(error).toData() }),
      )
      .then((answer) => {
        running.delete(message.id);
        if (!controller.signal.aborted) port.send(answer);
      })
      .catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      });
  });
}

// Electron puts its own switches before ours, so ours are read from the end.
const { role, threads, provider, memory } = readProcessArguments(process.argv.slice(-argumentCount));
// Inference takes every core there is; the window and its pictures come first. Set before any thread is started.
if (role !== 'pictures') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const port = electronPort() ?? nodePort();
wishForDevice(provider, (found, notice) => {
  port.send({ kind: 'provider', provider: found, notice });
});
serve(port, new EngineTasks({ threads, memory }));
