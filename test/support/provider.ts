/** The execution provider that the conformance suite tests: HOGNOSE_TEST_PROVIDER, `cpu` unless it says `cuda`. */

import { cpuSessions, cudaSessions } from '../../src/main/engine/session.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { type CreateSession, floatOutput, floats } from '../../src/main/onnx/runner.js';

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

/** Why sessions cannot be made or do not compute; null when they do. */
async function faultOf(create: CreateSession): Promise<string | null> {
  const g = new GraphBuilder('probe');
  const x = g.input('x', 'float32', [1]);
  g.output('y', g.add(x, x), 'float32', [1]);
  try {
    const session = await create(g.model());
    const outputs = await session.run({ x: floats(Float32Array.of(2), 1) });
    await session.release();
    return floatOutput(outputs, 'y')[0] === 4 ? null : 'the provider computes 2 + 2 wrong';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
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
