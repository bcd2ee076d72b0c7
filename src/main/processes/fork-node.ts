/** Forks a worker file from plain Node: the processes of the command line. */

import { fork } from 'node:child_process';

import type { FromProcess, ProcessPlan, RunningProcess } from './messages.js';

/**
 * The child gets none of our `execArgv` (no inherited inspector port or loader), speaks the structured-clone protocol, and ends
 * itself when this process is gone.
 */
export function forkNode<Request, Told>({ path, args, env }: ProcessPlan): RunningProcess<Request, Told> {
  const child = fork(path, args, {
    execArgv: [],
    env,
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
        listener(message as FromProcess<Told>);
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
}
