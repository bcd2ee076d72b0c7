/** Forks the engine as an Electron utility process: the window's engine process. */

import { utilityProcess } from 'electron';
import {
  type EngineProcess,
  type EngineSettings,
  type FromEngine,
  processArguments,
  processEnvironment,
  type StartProcess,
} from './messages.js';

/** A {@link StartProcess} that forks `workerPath` with Electron's utilityProcess; it dies with the application. */
export function electronProcessStarter(workerPath: string, settings: EngineSettings): StartProcess {
  return (role): EngineProcess => {
    const child = utilityProcess.fork(workerPath, processArguments(role, settings), {
      execArgv: [],
      env: processEnvironment(settings),
      serviceName: `Hognose engine (${role})`,
      stdio: 'inherit',
    });
    return {
      post: (message) => {
        child.postMessage(message);
      },
      onMessage: (listener) => {
        child.on('message', (message) => {
          listener(message as FromEngine);
        });
      },
      onExit: (listener) => {
        child.once('exit', (code) => {
          listener({ code, signal: null });
        });
      },
      kill: () => {
        child.kill();
      },
    };
  };
}
