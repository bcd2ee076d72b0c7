/** Data processes of the built worker file that a test can kill at a moment of its choice. */

import { join } from 'node:path';

import { dataProcesses } from '../../src/main/data/data-processes.js';
import type { Data } from '../../src/main/data/data.js';
import { type DataProcess, type DataRequest, dataStarter, type DataTold } from '../../src/main/data/messages.js';
import { forkNode } from '../../src/main/processes/fork-node.js';
import type { FromProcess, RequestMessage } from '../../src/main/processes/messages.js';

const worker = join(import.meta.dirname, '../../out/main/data.cjs');

export type Message = FromProcess<DataTold>;
export type Request = RequestMessage<DataRequest>;

/** Name of what a request asks. */
const nameOf = ({ request }: Request): string => (request.kind === 'call' ? request.call.name : request.kind);

export class KilledProcesses {
  readonly data: Data;
  /** How many were started. */
  started = 0;
  /** How often a process that answers a call of this name is killed in place of its answer. */
  readonly #deaths = new Map<string, number>();
  #killOn: ((message: Message) => boolean) | null = null;
  #running: DataProcess | null = null;

  constructor() {
    const start = dataStarter(forkNode, worker);
    this.data = dataProcesses(() => this.#watched(start()));
  }

  /** Kills the process when it has done what a call of this name asks, so often, before anybody hears of it. */
  killAfter(name: string, times = 1): void {
    this.#deaths.set(name, times);
  }

  /** Kills the process with the first message for which `when` says so, before anybody hears of it. */
  killOn(when: (message: Message) => boolean): void {
    this.#killOn = when;
  }

  /** Kills the process that was started last. */
  kill(): void {
    this.#running?.kill();
  }

  #watched(process: DataProcess): DataProcess {
    this.started += 1;
    this.#running = process;
    const names = new Map<number, string>();
    let dead = false;
    const die = (): void => {
      dead = true;
      process.kill();
    };
    return {
      ...process,
      post: (message) => {
        if (message.kind === 'request') names.set(message.id, nameOf(message));
        process.post(message);
      },
      onMessage: (listener) => {
        process.onMessage((message) => {
          if (dead) return;
          if (message.kind === 'result' && this.#isDue(names.get(message.id) ?? '')) die();
          else if (this.#killOn?.(message) === true) {
            this.#killOn = null;
            die();
          } else listener(message);
        });
      },
    };
  }

  #isDue(name: string): boolean {
    const left = this.#deaths.get(name) ?? 0;
    this.#deaths.set(name, left - 1);
    return left > 0;
  }
}
