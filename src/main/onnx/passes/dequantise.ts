/** Brings quantised models back to floats: weights as exact constant expressions, activations unrounded. */

import type { Graph, Model, Node } from '../graph.js';
import { GraphIndex } from '../graph-index.js';
import { prune } from '../prune.js';
import { allNames, freshNames } from '../scopes.js';
import { inferShapes } from '../shapes.js';
import type { Fragment } from './rewrite.js';
import { integerDequantisers } from './dequantise/integer.js';
import { type Dequantiser, linearDequantisers, writeLike } from './dequantise/linear.js';
import { Dequantising } from './dequantise/quantised.js';

/** Operators that do the same to quantised values as to floats. */
const moving: ReadonlySet<string> = new Set([
  'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'Expand', 'Tile', 'Identity', 'MaxPool',
]); // prettier-ignore

const move: Dequantiser = (state, g, node) => {
  const [input = '', ...rest] = node.inputs;
  const float = state.known(input);
  if (float === undefined || node.outputs.length !== 1) return false;
  const result = g.name('float');
  writeLike(g, node, node.op, [float, ...rest], [result]);
  state.stands(node.outputs[0] ?? '', result);
  return true;
};

/** Parts of a quantised value stand for the parts of its float. */
const split: Dequantiser = (state, g, node) => {
  const [input = '', ...rest] = node.inputs;
  const float = state.known(input);
  if (float === undefined) return false;
  const parts = node.outputs.map(() => g.name('float'));
  writeLike(g, node, 'Split', [float, ...rest], parts);
  node.outputs.forEach((output, index) => {
    state.stands(output, parts[index] ?? '');
  });
  return true;
};

const concat: Dequantiser = (state, g, node) => {
  const floats = node.inputs.map((input) => state.known(input));
  const known = floats.filter((float) => float !== undefined);
  if (known.length !== floats.length) return false;
  const result = g.name('float');
  writeLike(g, node, 'Concat', known, [result]);
  state.stands(node.outputs[0] ?? '', result);
  return true;
};

const dequantisers: ReadonlyMap<string, Dequantiser> = new Map<string, Dequantiser>([
  ...[...moving].map((op): [string, Dequantiser] => [op, move]),
  ['Split', split],
  ['Concat', concat],
  ...Object.entries(linearDequantisers),
  ...Object.entries(integerDequantisers),
]);

const marks =
  /^(com\.microsoft\.)?(Q[A-Z]|QuantizeLinear|DequantizeLinear|DynamicQuantize|MatMulNBits|MatMulInteger|ConvInteger)/;

function keyOf(node: Node): string {
  return node.domain === '' ? node.op : `${node.domain}.${node.op}`;
}

/** The outputs of a node that its float form writes under the same name. */
function written(fragment: Fragment): ReadonlySet<string> {
  return new Set(fragment.nodes.flatMap(({ outputs }) => outputs));
}

/** A float form that needs the outer graph only; the old node stays for readers that want the quantised value. */
function rewritten(graph: Graph, state: Dequantising): Graph {
  const nodes: Node[] = [];
  const initializers = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const write = dequantisers.get(keyOf(node));
    const fragment = state.fragment(node);
    const done = write?.(state, fragment, node) === true;
    if (done) {
      for (const [name, tensor] of fragment.constants) initializers.set(name, tensor);
      nodes.push(...fragment.nodes);
    }
    if (!done || !node.outputs.some((output) => written(fragment).has(output))) nodes.push(node);
  }
  return { ...graph, nodes, initializers };
}

/**
 * The model in floats: QuantizeLinear and DequantizeLinear pairs on activations are gone, quantised weights (per tensor,
 * per axis or in blocks) are `scale * (code - zero point)` in plain operators on the stored codes, integer and QLinear
 * products are plain MatMul, Conv, Gemm and Add, com.microsoft MatMulNBits (2, 4, 8 bits), QAttention and the dynamic forms
 * too. What is not known stays as it is. The activations of the result are those before rounding: it agrees with the
 * quantised model up to its quantisation steps. Needs operator set 18 or newer (see upgradeOpset).
 */
export function dequantise(model: Model): Model {
  if (!model.graph.nodes.some((node) => marks.test(keyOf(node)))) return model;
  const { graph } = model;
  const state = new Dequantising(new GraphIndex(graph), inferShapes(model), freshNames(allNames(graph)));
  const result = prune(rewritten(graph, state));
  return { ...model, graph: result };
}
