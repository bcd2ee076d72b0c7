/** Which models are the same to the engine. */

import { expect, it } from 'vitest';
import { modelKey } from '../../../src/main/engine/model-key.js';

it('tells models apart by path and choice, and takes no choice for an empty one', () => {
  const nothing = { preprocessing: null, classNames: null, values: null };
  const key = modelKey({ path: 'a.onnx' });
  expect(modelKey({ path: 'a.onnx', choice: nothing })).toBe(key);
  expect(modelKey({ path: 'b.onnx' })).not.toBe(key);
  const squashed = { ...nothing, preprocessing: { resizeKind: 'exact' as const } };
  expect(modelKey({ path: 'a.onnx', choice: squashed })).not.toBe(key);
  expect(modelKey({ path: 'a.onnx', choice: { ...nothing, values: { pixels: 'x' } } })).not.toBe(key);
  expect(modelKey({ path: 'a.onnx', choice: { ...nothing, classNames: { kind: 'imagenet' } } })).not.toBe(key);
});
