/** What benchmarks measure with: rates, operations of an encoder, and the ceiling of the runtime's matrix product. */

import { cpuSessions } from '../../src/main/engine/session.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { floats } from '../../src/main/onnx/runner.js';

/** Runs `work` for about two seconds and returns how often it ran in a second. */
export async function perSecond(work: () => Promise<unknown>): Promise<number> {
  await work();
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 2000) {
    await work();
    count += 1;
  }
  return (count * 1000) / (performance.now() - start);
}

interface Shape {
  readonly width: number;
  readonly blocks: number;
}

/** Multiplications and additions of the encoder on `tokens` tokens, in operations (2 a multiply-add). */
export function encoderOperations({ width, blocks }: Shape, tokens: number): number {
  return blocks * (2 * tokens * 12 * width * width + 4 * tokens * tokens * width);
}

/** Operations a second of one dense product at the model's shapes: the ceiling of everything else. */
export async function ceiling({ width }: Shape, tokens: number): Promise<number> {
  const g = new GraphBuilder('ceiling');
  const x = g.input('x', 'float32', ['rows', width]);
  const weight = g.floats(new Float32Array(width * 4 * width).fill(0.01), [width, 4 * width]);
  g.output('y', g.reduceSum(g.matMul(x, weight), 1, false), 'float32', ['rows']);
  const session = await cpuSessions(0)(g.model());
  const rows = 8 * tokens;
  const feed = { x: floats(new Float32Array(rows * width).fill(0.5), rows, width) };
  const rate = await perSecond(() => session.run(feed));
  await session.release();
  return rate * 2 * rows * width * 4 * width;
}
