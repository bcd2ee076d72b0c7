/** Gives every fused Attention operator a bias: ONNX Runtime 1.29 ends the whole process on one without (CPU provider). */

import { AppError } from '../../../shared/errors.js';
import type { Model, Node } from '../graph.js';
import { type Tensor, dataTypes } from '../tensor.js';

function lacksBias(node: Node): boolean {
  return node.op === 'Attention' && node.domain === 'com.microsoft' && (node.inputs[2] ?? '') === '';
}

/** The model with zeros where an Attention of com.microsoft has no bias; the same model when all have one. */
export function withAttentionBias(model: Model): Model {
  const { graph } = model;
  if (!graph.nodes.some(lacksBias)) return model;
  const initializers = new Map<string, Tensor>(graph.initializers);
  const nodes = graph.nodes.map((node, at) => {
    if (!lacksBias(node)) return node;
    const weight = graph.initializers.get(node.inputs[1] ?? '');
    const columns = weight?.dims[1];
    if (weight === undefined || columns === undefined) {
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `The Attention operator '${node.name}' has no bias, which ONNX Runtime cannot run.`,
        'Export the model again with a bias, or without fused attention.',
      );
    }
    const name = `${node.outputs[0] ?? node.name}_no_bias_${String(at)}`;
    const bytes = new Uint8Array(columns * dataTypes[weight.type].bytes);
    initializers.set(name, { type: weight.type, dims: [columns], bytes });
    const [input = '', matrix = '', , ...rest] = node.inputs;
    return { ...node, inputs: [input, matrix, name, ...rest] };
  });
  return { ...model, graph: { ...graph, nodes, initializers } };
}
