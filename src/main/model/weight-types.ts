/** How the weights of an ONNX file are stored. */

import type { Model } from '../onnx/graph.js';
import { elementCount } from '../onnx/tensor.js';

const names: Readonly<Record<string, string>> = {
  float32: 'float32',
  float64: 'float64',
  float16: 'float16',
  bfloat16: 'bfloat16',
  int8: 'int8',
  uint8: 'int8',
};

/** Types of the weights by the number of parameters in them, the most common first. */
export function weightTypesOf(model: Model): readonly string[] {
  const counts = new Map<string, number>();
  const packed = new Set(model.graph.nodes.filter(({ op }) => op === 'MatMulNBits').map((node) => node.inputs[1]));
  for (const [name, { type, dims }] of model.graph.initializers) {
    const stored = packed.has(name) ? 'int4' : names[type];
    if (stored === undefined) continue;
    counts.set(stored, (counts.get(stored) ?? 0) + elementCount(dims));
  }
  // Scales and zero points of quantised weights are not what the weights are stored as.
  const most = Math.max(...counts.values());
  return [...counts]
    .filter(([, count]) => count > most / 1000)
    .sort((a, b) => b[1] - a[1])
    .map(([type]) => type);
}
