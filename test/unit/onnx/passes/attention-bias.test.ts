/** Attention without a bias runs as one with zeros, and does not end the process. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { GraphBuilder } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { withAttentionBias } from '../../../../src/main/onnx/passes/attention-bias.js';
import { floatOutput, floats } from '../../../../src/main/onnx/runner.js';

const wave = (count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => Math.sin(at * 1.7));

function attention(biased: boolean): Model {
  const g = new GraphBuilder('attention');
  const x = g.input('x', 'float32', [1, 5, 8]);
  const bias = biased ? g.floats(new Float32Array(24), [24]) : null;
  const y = g.op('Attention', [x, g.floats(wave(192), [8, 24]), bias], { num_heads: 2 }, 'com.microsoft');
  g.output('y', y, 'float32', [1, 5, 8]);
  return g.model();
}

async function run(model: Model): Promise<Float32Array> {
  const session = await cpuSessions(1)(model);
  const y = floatOutput(await session.run({ x: floats(wave(40), 1, 5, 8) }), 'y');
  await session.release();
  return y;
}

describe('an Attention operator', () => {
  it('without a bias gives what zeros give', async () => {
    expect(await run(attention(false))).toEqual(await run(attention(true)));
  });

  it('with a bias stays as it is', () => {
    const model = attention(true);
    expect(withAttentionBias(model)).toBe(model);
  });
});
