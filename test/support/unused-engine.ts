/** Engines for tests: every call that a test does not speak of rejects. */

import { type Engine, engineMethods } from '../../src/main/engine/engine.js';
import { AppError } from '../../src/shared/errors.js';

class Unused {
  constructor() {
    Object.assign(
      this,
      engineMethods((call) => Promise.reject(new AppError('INTERNAL', `"${call}" is not part of this test.`))),
    );
  }

  readonly close = (): Promise<void> => Promise.resolve();
}

/** To be extended by engines that remember something; no call is part of the test until the subclass makes it. */
export const UnusedEngine = Unused as unknown as new () => Engine;

/** An engine that can do this alone. */
export function engineWith(calls: Partial<Engine>): Engine {
  return { ...new UnusedEngine(), ...calls };
}
