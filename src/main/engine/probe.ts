/** Tries whether an execution provider works, with a tiny graph of what every model needs: a convolution and a product. */

import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { type CreateSession, floatOutput, floats } from '../onnx/runner.js';

/** The sum of four numbers, as a convolution, times two. */
function sumTimesTwo(): Model {
  const g = new GraphBuilder('probe');
  const x = g.input('x', 'float32', [1, 1, 2, 2]);
  const ones = g.floats(Float32Array.of(1, 1, 1, 1), [1, 1, 2, 2]);
  const sum = g.op('Conv', [x, ones], { kernel_shape: [2, 2] });
  g.output('y', g.matMul(sum, g.floats(Float32Array.of(2), [1, 1])), 'float32', [1, 1, 1, 1]);
  return g.model();
}

/** Why sessions cannot be made or do not compute; null when they do. */
export async function faultOf(create: CreateSession): Promise<string | null> {
  try {
    const session = await create(sumTimesTwo());
    const outputs = await session.run({ x: floats(Float32Array.of(1, 2, 3, 4), 1, 1, 2, 2) });
    await session.release();
    const [y] = floatOutput(outputs, 'y');
    return y === 20 ? null : `the provider computes ${String(y)} where 20 is right`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
