/** Infers types, shapes and small integer values of everything in a graph. */

import type { Dimension, Model } from './graph.js';
import { Inference } from './shapes/inference.js';
import type { DataType } from './tensor.js';

/** What is known about the values of a graph, by name. */
export interface Shapes {
  type(name: string): DataType | undefined;
  /** Numbers, names of dynamic dimensions (also sums and products of them) or null; null when even the rank is unknown. */
  dims(name: string): readonly Dimension[] | null;
  /** The elements of a small integer or boolean tensor (at most 1,024), null where unknown; undefined for other values. */
  integers(name: string): readonly (number | null)[] | undefined;
}

/** Most elements of a value that shape inference follows. */
const limit = 1024;

/**
 * Shapes of all values of the model, with the dimensions of some inputs replaced by `inputs`. Integers are followed
 * through shape arithmetic. What an unknown operator writes is unknown; nothing throws, whatever the model says. A shape
 * that inference does not find is taken from what the file declares.
 */
export function inferShapes(model: Model, inputs: ReadonlyMap<string, readonly Dimension[]> = new Map()): Shapes {
  const { graph } = model;
  const inference = new Inference(graph.initializers, { limit });
  for (const info of graph.inputs) inference.input(info, inputs.get(info.name) ?? info.dims);
  // Declared shapes of values in between hold for the declared inputs only.
  const declared = new Map(
    inputs.size === 0 ? [...(graph.valueInfo ?? []), ...graph.outputs].map((i) => [i.name, i]) : [],
  );
  for (const node of graph.nodes) {
    inference.step(node);
    for (const output of node.outputs) {
      const info = declared.get(output);
      const fact = inference.fact(output);
      if (info && fact.dims === null) inference.assume(output, { type: fact.type ?? info.type, dims: info.dims });
    }
  }
  return {
    type: (name) => inference.fact(name).type,
    dims: (name) => inference.fact(name).dims,
    integers: (name) => inference.integers(name),
  };
}
