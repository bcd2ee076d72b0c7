/** Gradients of logits against torch autograd: with respect to the attention of every block, and to the pixels. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import { type Vit, classCount } from '../../src/main/model/vit.js';
import { type Encoded, embed, encode } from '../../src/main/model/vit-graph.js';
import { chosenScalar } from '../../src/main/onnx/autodiff/chosen-scalar.js';
import { differentiate } from '../../src/main/onnx/autodiff/differentiate.js';
import { GraphBuilder, type Value } from '../../src/main/onnx/builder.js';
import type { Model } from '../../src/main/onnx/graph.js';
import { toFloat64 } from '../../src/main/onnx/passes/to-float64.js';
import { type Session, floatOutput, floats, indices } from '../../src/main/onnx/runner.js';
import { classesOf, floatsOf, golden, goldenImages, largestDifference } from '../support/golden.js';
import { shared, sharedIsPresent } from '../support/shared.js';

const tokens = 197;
const heads = 3;

/** Pixels `[B, 3, 224, 224]` and classes `[B]` to gradients of the logits of these classes: `gradient_0`, `gradient_1`, ... */
function gradientGraph(vit: Vit, wanted: (pixels: Value, encoded: Encoded) => readonly Value[]): Model {
  const g = new GraphBuilder('gradients');
  const pixels = g.input('pixels', 'float32', ['batch', 3, 224, 224]);
  const classes = g.input('classes', 'int64', ['batch']);
  const encoded = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false, attention: true });
  const chosen = chosenScalar(g, encoded.logits, classes, classCount(vit));
  differentiate(g, chosen, wanted(pixels, encoded)).forEach((gradient, index) => {
    g.output(`gradient_${String(index)}`, gradient, 'float32', [null, null, null, null]);
  });
  return g.model();
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Largest difference as a share of the largest value. */
function error(values: Float32Array, expected: Float32Array): number {
  return largestDifference(values, expected) / largest(expected);
}

/** Sum over the channels of absolute values, `[224, 224]`. */
function absoluteOverChannels(gradient: Float32Array): Float32Array {
  const plane = 224 * 224;
  return Float32Array.from({ length: plane }, (_, pixel) =>
    [0, 1, 2].reduce((sum, channel) => sum + Math.abs(gradient[channel * plane + pixel] ?? 0), 0),
  );
}

describe.skipIf(!sharedIsPresent)('gradients equal those of torch', () => {
  let vit: Vit;
  const sessions: Session[] = [];
  const create = async (model: Model): Promise<Session> => {
    const session = await cpuSessions(0)(model);
    sessions.push(session);
    return session;
  };

  beforeAll(async () => {
    ({ vit } = await readVitFolder(shared('models/vit-tiny-hf')));
  });
  afterAll(() => Promise.all(sessions.map((session) => session.release())));

  it.each(['float32', 'float64'] as const)('with respect to the attention of every block, in %s', async (type) => {
    const model = gradientGraph(vit, (_, { attention }) => attention);
    const session = await create(type === 'float64' ? toFloat64(model) : model);
    const pixels = floatsOf(await golden('n01729322', 'input'), 'pixels');
    const outputs = await session.run({ pixels: floats(pixels, 1, 3, 224, 224), classes: indices([54], 1) });
    const gradients = vit.blocks.map((_, block) => floatOutput(outputs, `gradient_${String(block)}`));
    const expected = await golden('n01729322', 'chefer2');
    const row = (gradient: Float32Array): Float32Array =>
      Float32Array.from({ length: heads * tokens }, (_, at) => {
        const [head, column] = [Math.floor(at / tokens), at % tokens];
        return gradient[head * tokens * tokens + column] ?? 0;
      });
    // The reference ran in float32 too: its own rounding is in here.
    const last = floatsOf(expected, 'debug/attn_grad_block11/54');
    expect(error(gradients[11] ?? new Float32Array(0), last)).toBeLessThan(5e-5);
    const rows = Float32Array.from(gradients.flatMap((gradient) => [...row(gradient)]));
    expect(error(rows, floatsOf(expected, 'debug/attn_grad_cls_row/54'))).toBeLessThan(1e-4);
    const sums = Float32Array.from(gradients, (gradient) => gradient.reduce((sum, value) => sum + Math.abs(value), 0));
    floatsOf(expected, 'debug/attn_grad_abs_sum/54').forEach((sum, block) => {
      expect((sums[block] ?? 0) / sum).toBeCloseTo(1, 4);
    });
  });

  // The reference has the plain gradients of the first two images.
  it.each(goldenImages.slice(0, 2))('with respect to the pixels: %s', async (image) => {
    const session = sessions[2] ?? (await create(gradientGraph(vit, (pixels) => [pixels])));
    const pixels = floatsOf(await golden(image, 'input'), 'pixels');
    const file = await golden(image, 'smoothgrad');
    for (const classIndex of classesOf(file)) {
      const feeds = { pixels: floats(pixels, 1, 3, 224, 224), classes: indices([classIndex], 1) };
      const gradient = absoluteOverChannels(floatOutput(await session.run(feeds), 'gradient_0'));
      expect(error(gradient, floatsOf(file, `plain_abs_gradient/${String(classIndex)}`))).toBeLessThan(1e-4);
    }
  });
});
