/** Removes what exporters put around operators for cases that a classifier never meets: guards against NaN, unused outputs. */

import type { Model, Node } from '../graph.js';
import { isOp } from './patterns.js';
import { Rewriter } from './rewrite.js';

/** `Where(IsNaN(x), constant, x)` as `x`: PyTorch writes it behind the softmax for rows that are masked entirely. */
function dropNanGuards(model: Model): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) {
    const [condition = '', instead = '', x = ''] = node.inputs;
    const test = isOp(node, 'Where') ? rewriter.index.producer(condition) : undefined;
    if (!isOp(test, 'IsNaN') || test.inputs[0] !== x || !rewriter.index.isConstant(instead)) continue;
    rewriter.replace([node], node, (g) => {
      g.write('Identity', [x], node.outputs);
      return true;
    });
  }
  return rewriter.result();
}

/** Outputs that fused operators may leave out. */
function mayLeaveOut(node: Node): boolean {
  return (
    node.domain === 'com.microsoft' ||
    node.op === 'LayerNormalization' ||
    node.op === 'Dropout' ||
    node.op === 'Attention'
  );
}

function dropUnusedOutputs(model: Model): Model {
  const { graph } = model;
  const used = new Set(graph.outputs.map(({ name }) => name));
  const { index } = new Rewriter(model);
  const isUsed = (name: string): boolean => used.has(name) || index.consumers(name).length > 0;
  const nodes = graph.nodes.map((node) => {
    if (!mayLeaveOut(node) || node.outputs.slice(1).every((name) => name === '' || isUsed(name))) return node;
    return { ...node, outputs: node.outputs.map((name, at) => (at === 0 || isUsed(name) ? name : '')) };
  });
  return { ...model, graph: { ...graph, nodes } };
}

/** The model without guards against NaN and without outputs of fused operators that nobody reads. */
export function dropGuards(model: Model): Model {
  return dropUnusedOutputs(dropNanGuards(model));
}
