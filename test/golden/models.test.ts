/** One set of weights in five shapes of file: every one opens to the same model. */

import { afterAll, describe, expect, it } from 'vitest';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { floatsFrom, integersFrom, readSafetensors } from '../../src/main/model/safetensors.js';
import { shared, sharedIsPresent } from '../support/shared.js';

const tiny = {
  parameters: 5_717_416,
  inputWidth: 224,
  patchWidth: 16,
  gridWidth: 14,
  gridHeight: 14,
  prefixTokens: 1,
  width: 192,
  blocks: 12,
  heads: 3,
};
const demo = {
  parameters: 692_458,
  inputWidth: 28,
  patchWidth: 2,
  gridWidth: 14,
  gridHeight: 14,
  prefixTokens: 1,
  width: 96,
  blocks: 6,
  heads: 3,
};

describe.skipIf(!sharedIsPresent)('a model opens from any of its files', () => {
  const opened: ModelRuntime[] = [];
  afterAll(() => Promise.all(opened.map((runtime) => runtime.close())));

  it.each(['vit-tiny-hf', 'vit-tiny-dynamic.onnx', 'vit-tiny-static.onnx', 'vit-tiny-torchvision.onnx'])(
    '%s: anatomy and probabilities',
    async (file) => {
      const runtime = await ModelRuntime.open({ path: shared('models', file) }, { threads: 0 });
      opened.push(runtime);
      expect(runtime.summary).toMatchObject(tiny);
      const golden = await readSafetensors(shared('golden/n01729977/input.safetensors'));
      const tensor = (name: string): Float32Array => {
        const entry = golden.tensors.get(name);
        return entry ? floatsFrom(entry, name) : new Float32Array(0);
      };
      const found = await runtime.predict(tensor('pixels'), 1);
      const expected = tensor('probs');
      found.forEach((value, index) => {
        expect(Math.abs(value - (expected[index] ?? Number.NaN))).toBeLessThan(1e-4);
      });
    },
  );

  const pictures = ['n01729322', 'n01729977', 'n01734418', 'n03876231'];
  it.each(pictures)(
    '%s: the same TIS maps from the same initial rows, whatever file the weights lie in',
    async (picture) => {
      const file = async (name: string) =>
        (await readSafetensors(shared('golden', picture, `${name}.safetensors`))).tensors;
      const pixels = (await file('input')).get('pixels');
      const rows = (await file('tis_m256_r0.5')).get('init_indices');
      if (!pixels || !rows) throw new Error('The golden files lack pixels or initial rows');
      const request = {
        parameters: { masks: 256, ratio: 0.5, seed: 0 },
        classes: [],
        top: 5,
        initIndices: integersFrom(rows, 'init_indices'),
      };
      const [first, ...others] = opened.slice(0, 4);
      const reference = await first?.explainTis(floatsFrom(pixels, 'pixels'), request);
      expect(others).toHaveLength(3);
      for (const runtime of others) {
        const found = await runtime.explainTis(floatsFrom(pixels, 'pixels'), request);
        expect([...found.classes]).toEqual([...(reference?.classes ?? [])]);
        found.kept.forEach((value, index) => {
          expect(Math.abs(value - (reference?.kept[index] ?? Number.NaN))).toBeLessThan(1e-3);
        });
      }
    },
  );

  it.each(['demo/model', 'demo/model/fashion-vit.onnx'])(
    '%s: the demo model, also with its example batch baked in',
    async (file) => {
      const runtime = await ModelRuntime.open({ path: shared(file) }, { threads: 0 });
      opened.push(runtime);
      expect(runtime.summary).toMatchObject(demo);
      expect(runtime.summary.classes[9]).toBe('Ankle boot');
      expect(runtime.summary.preprocessing.mean).toEqual([0.286, 0.286, 0.286]);
    },
  );
});
