/** Lists the values of an ONNX graph that could be its picture, its tokens or its logits, for a person to name. */

import { choicesOf } from './chosen-answer.js';
import { type Dimension, type Graph, type Model, pureInputs } from '../onnx/graph.js';
import { inferShapes, type Shapes } from '../onnx/shapes.js';

export interface ValueCandidate {
  readonly name: string;
  readonly dims: readonly Dimension[];
  /** The operator that makes it; empty for an input. */
  readonly op: string;
}

export interface ValueCandidates {
  /** Inputs with four dimensions. */
  readonly pixels: readonly ValueCandidate[];
  /** Values `[B, S, D]` that are read by a norm or a layer and added to, as a residual stream is. In the order of the graph. */
  readonly tokens: readonly ValueCandidate[];
  /** Values `[B, C]` with as many columns as an output of the graph, or what one is chosen from, has. In the order of the graph. */
  readonly logits: readonly ValueCandidate[];
}

/** Operators that add a branch to the residual stream. */
const joins: ReadonlySet<string> = new Set(['Add', 'SkipLayerNormalization', 'SkipSimplifiedLayerNormalization']);

/** Values that a branch is added to and that something else reads as well. */
function branching(graph: Graph): ReadonlySet<string> {
  const readers = new Map<string, string[]>();
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node.op]);
  }
  const streams = [...readers].filter(([, ops]) => ops.length > 1 && ops.some((op) => joins.has(op)));
  return new Set(streams.map(([name]) => name));
}

/** Values of a rank that nodes make, in the order of the graph. */
function madeOfRank(graph: Graph, shapes: Shapes, rank: number): readonly ValueCandidate[] {
  return graph.nodes.flatMap((node) =>
    node.outputs.flatMap((name) => {
      const dims = name === '' ? null : shapes.dims(name);
      return dims?.length === rank ? [{ name, dims, op: node.op }] : [];
    }),
  );
}

/** The candidates of a graph; empty lists where there are none. */
export function valueCandidates(model: Model): ValueCandidates {
  const { graph } = model;
  const shapes = inferShapes(model);
  const streams = branching(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const made = madeOfRank(graph, shapes, 2);
  // A graph that goes on to choose has its scores before the choice.
  const choices = choicesOf(graph);
  const chosen = new Set(choices.map(({ output }) => output));
  const answers = new Set([
    ...[...outputs].filter((name) => !chosen.has(name)),
    ...choices.map(({ scores }) => scores),
  ]);
  const columns = new Set(made.filter(({ name }) => answers.has(name)).map(({ dims }) => dims[1]));
  return {
    pixels: pureInputs(graph).flatMap(({ name }) => {
      const dims = shapes.dims(name);
      return dims?.length === 4 ? [{ name, dims, op: '' }] : [];
    }),
    tokens: madeOfRank(graph, shapes, 3).filter(({ name }) => streams.has(name)),
    logits: made.filter(({ name, dims }) => answers.has(name) || (typeof dims[1] === 'number' && columns.has(dims[1]))),
  };
}
