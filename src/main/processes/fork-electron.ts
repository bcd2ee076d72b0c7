/** Forks a worker file as an Electron utility process, which dies with the application: the processes of the window. */

import { utilityProcess } from 'electron';

import type { FromProcess, ProcessPlan, RunningProcess } from './messages.js';

export function forkElectron<Request, Told>({ path, args, env, name }: ProcessPlan): RunningProcess<Request, Told> {
  const child = utilityProcess.fork(path, [...args], {
    execArgv: [],
    ...(env === undefined ? {} : { env }),
    serviceName: name,
    stdio: 'inherit',
  });
  return {
    post: (message) => {
      child.postMessage(message);
    },
    onMessage: (listener) => {
      child.on('message', (message) => {
        listener(message as FromProcess<Told>);
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
}
