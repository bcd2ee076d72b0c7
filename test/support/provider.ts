/** The execution provider that the conformance suite tests: HOGNOSE_TEST_PROVIDER, `cpu` unless it says `cuda`. */

import { faultOf } from '../../src/main/engine/probe.js';
import { cpuSessions, cudaSessions } from '../../src/main/engine/session.js';
import type { CreateSession } from '../../src/main/onnx/runner.js';

export interface TestedProvider {
  readonly name: 'cpu' | 'cuda';
  readonly create: CreateSession;
  /** Widest difference from the reference on the processor, relative to the larger of 1 and the largest logit. */
  readonly tolerance: number;
  /** The same with the rebuilt model in half precision. */
  readonly halfTolerance: number;
  /** Why nothing can be tested with it; null when it works. */
  readonly missing: string | null;
}

/** The sessions whose results are tested. @throws RangeError for a name that is no provider. */
export async function testedProvider(): Promise<TestedProvider> {
  const name = process.env.HOGNOSE_TEST_PROVIDER ?? 'cpu';
  if (name === 'cpu') return { name, create: cpuSessions(1), tolerance: 1e-4, halfTolerance: 2e-2, missing: null };
  if (name !== 'cuda') throw new RangeError(`HOGNOSE_TEST_PROVIDER is '${name}': expected cpu or cuda`);
  const create = cudaSessions();
  return { name, create, tolerance: 1e-3, halfTolerance: 2e-2, missing: await faultOf(create) };
}

/** The plainest execution of a graph: on the processor, nothing fused. */
export const referenceSessions: CreateSession = cpuSessions(1, { optimise: false });
