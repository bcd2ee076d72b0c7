/** Starts the engine for a command, and ends both in an orderly way. */

import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import { hostEngine } from '../engine/host.js';
import { engineStarter, type EngineSettings } from '../engine/messages.js';
import { forkNode } from '../processes/fork-node.js';
import { say } from './terminal.js';

/** Signals this close together are one Ctrl+C: a wrapper may pass on what the terminal has sent to us already. */
const onePress = 500;

/**
 * Runs a command's work with an engine that is closed afterwards, whatever happens. Ctrl+C aborts the signal, so that
 * the work ends after the batch it is in; a second Ctrl+C ends the program at once.
 */
export async function withEngine(
  settings: EngineSettings,
  work: (engine: Engine, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const engine = hostEngine(
    engineStarter(forkNode, join(import.meta.dirname, 'worker.cjs'), settings),
    ({ message, hint }) => {
      say(`${message} ${hint}`);
    },
  );
  const controller = new AbortController();
  let stopping = 0;
  const interrupt = (): void => {
    const now = performance.now();
    if (!controller.signal.aborted) {
      stopping = now;
      say('Stopping ...');
      controller.abort();
    } else if (now - stopping > onePress) process.exit(130);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    await work(engine, controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await engine.close();
  }
}
