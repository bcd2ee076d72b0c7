/** A process started ahead is given to whoever needs one, once, and never a dead one. */

import { describe, expect, it } from 'vitest';

import type { ProcessExit, RunningProcess } from '../../../src/main/processes/messages.js';
import { Spare } from '../../../src/main/processes/spare.js';

type Started = RunningProcess<string, string> & { readonly die: () => void };

function starter(): { readonly started: Started[]; readonly start: () => Started } {
  const started: Started[] = [];
  const start = (): Started => {
    const listeners: ((exit: ProcessExit) => void)[] = [];
    const process: Started = {
      post: () => undefined,
      onMessage: () => undefined,
      onExit: (listener) => listeners.push(listener),
      kill: () => undefined,
      die: () => {
        for (const listener of listeners) listener({ code: 1, signal: null });
      },
    };
    started.push(process);
    return process;
  };
  return { started, start };
}

describe('a spare process', () => {
  it('is started ahead, one at a time, and taken once', () => {
    const { started, start } = starter();
    const spare = new Spare(start);
    spare.prepare();
    spare.prepare();
    expect(started).toHaveLength(1);
    expect(spare.take()).toBe(started[0]);
    expect(spare.take()).toBe(started[1]);
    expect(started).toHaveLength(2);
  });

  it('that died while it waited is not given to anybody', () => {
    const { started, start } = starter();
    const spare = new Spare(start);
    spare.prepare();
    started[0]?.die();
    expect(spare.take()).toBe(started[1]);
    spare.prepare();
    // The end of one that was taken is nobody's business here.
    started[1]?.die();
    expect(spare.take()).toBe(started[2]);
    expect(started).toHaveLength(3);
  });
});
