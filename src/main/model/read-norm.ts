/** Reads a normalisation node of the normal form. */

import { type Node, floatAttribute } from '../onnx/graph.js';
import type { GraphWeights } from './graph-weight.js';
import type { Norm } from './vit.js';

/** The norm of a LayerNormalization or RMS normalisation over `width` numbers. */
export function readNorm(weights: GraphWeights, node: Node, width: number): Norm {
  const [, scale = '', shift = ''] = node.inputs;
  const layer = node.op === 'LayerNormalization';
  return {
    kind: layer ? 'layer' : 'rms',
    scale: weights.weight(scale, [width]),
    shift: layer && shift !== '' ? weights.weight(shift, [width]) : null,
    epsilon: floatAttribute(node, 'epsilon', 1e-5),
  };
}
