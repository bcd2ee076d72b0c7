/** Forks the engine from plain Node: the command line's engine process. */

import { fork } from 'node:child_process';
import {
  type EngineProcess,
  type EngineSettings,
  type FromEngine,
  processArguments,
  processEnvironment,
  type StartProcess,
} from './messages.js';

/**
 * A {@link StartProcess} that forks `workerPath` with Node. The child gets none of our `execArgv` (no inherited
 * inspector port or loader), speaks the structured-clone protocol, and ends itself when this process is gone.
 */
export function nodeProcessStarter(workerPath: string, settings: EngineSettings): StartProcess {
  return (role): EngineProcess => {
    const child = fork(workerPath, processArguments(role, settings), {
      execArgv: [],
      env: processEnvironment(settings),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return {
      post: (message) => {
        // A child that just died refuses the message; its exit event tells the caller, so the error says nothing new.
        if (child.connected) child.send(message, () => undefined);
      },
      onMessage: (listener) => {
        child.on('message', (message) => {
          listener(message as FromEngine);
        });
      },
      onExit: (listener) => {
        let told = false;
        const tell = (code: number | null, signal: string | null): void => {
          if (told) return;
          told = true;
          listener({ code, signal });
        };
        child.once('exit', tell);
        child.once('error', () => {
          if (child.pid === undefined) tell(null, null);
        });
      },
      kill: () => {
        child.kill('SIGKILL');
      },
    };
  };
}
