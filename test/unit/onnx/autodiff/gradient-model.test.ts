/** Models from files with gradients as further outputs. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { withGradients } from '../../../../src/main/onnx/autodiff/gradient-model.js';
import { GraphBuilder } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { floatOutput, floats } from '../../../../src/main/onnx/runner.js';

/** `y = softmax(x) * [1, 2, 3]`, the softmax being an output too, as files have it. */
function softmaxModel(): Model {
  const g = new GraphBuilder('main', 'added_', { opset: 17 });
  const x = g.input('x', 'float32', ['batch', 3]);
  const probabilities = g.softmax(x);
  const y = g.mul(probabilities, g.floats(Float32Array.of(1, 2, 3), [3]));
  const outputs = [y, probabilities].map((name) => ({ name, type: 'float32', dims: ['batch', 3] }) as const);
  return { ...g.model(), graph: { ...g.graph(), outputs } };
}

describe('withGradients', () => {
  it('keeps the outputs and the names of the model and adds a gradient for each value', async () => {
    const model = softmaxModel();
    const [y = '', probabilities = ''] = model.graph.outputs.map(({ name }) => name);
    const after = withGradients(model, y, ['x', probabilities]);
    expect(after.graph.inputs).toEqual(model.graph.inputs);
    expect(after.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
      [y, ['batch', 3]],
      [probabilities, ['batch', 3]],
      ['gradient/x', ['batch', 3]],
      [`gradient/${probabilities}`, ['batch', 3]],
    ]);
    expect(after.graph.nodes.map(({ outputs }) => outputs)).toEqual(
      expect.arrayContaining(model.graph.nodes.map(({ outputs }) => outputs)),
    );
    const session = await cpuSessions(1)(after);
    const outputs = await session.run({ x: floats(Float32Array.of(0, 0, 0), 1, 3) });
    await session.release();
    expect([...floatOutput(outputs, `gradient/${probabilities}`)]).toEqual([1, 2, 3]);
    const slopes = [...floatOutput(outputs, 'gradient/x')];
    [-1 / 3, 0, 1 / 3].forEach((slope, index) => expect(slopes[index]).toBeCloseTo(slope, 6));
  });

  it('names a value that is not there', () => {
    expect(() => withGradients(softmaxModel(), 'logits', ['x'])).toThrow(
      new RangeError("The model has no value 'logits'"),
    );
    expect(() => withGradients(softmaxModel(), 'x', ['pixels'])).toThrow(
      new RangeError("The model has no value 'pixels'"),
    );
  });
});
