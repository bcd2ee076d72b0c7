/** Fixes the sizes that a graph leaves open, so that everything its shape arithmetic decides becomes a constant. */

import type { Model } from '../graph.js';
import { foldConstants } from './fold-constants.js';

/** The model with its inputs of the given shapes, folded. What the file declares of values in between is forgotten. */
export function fixSizes(model: Model, inputs: ReadonlyMap<string, readonly number[]>): Model {
  const { valueInfo: _declared, ...graph } = model.graph;
  return foldConstants({
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map((info) => ({ ...info, dims: inputs.get(info.name) ?? info.dims })),
      outputs: graph.outputs.map((info) => ({ ...info, dims: null })),
    },
  });
}
