/** Cuts the part of a model that computes some values from others out of it, as a model of its own. */

import { AppError } from '../../shared/errors.js';
import type { Graph, Model, Node, ValueInfo } from './graph.js';
import { neededValues } from './prune.js';
import { allNames, definedValues, freshNames } from './scopes.js';

/** A value named by a bare string: an input or output of the graph keeps what the graph says, a constant is what it is. */
function infoOf(value: string | ValueInfo, graph: Graph): ValueInfo {
  if (typeof value !== 'string') return value;
  const declared = [...graph.inputs, ...graph.outputs].find(({ name }) => name === value);
  return declared ?? { name: value, type: graph.initializers.get(value)?.type ?? 'float32', dims: null };
}

/** As {@link infoOf}, but an output of a type that is not known is left for the runtime to infer. */
function outputInfoOf(value: string | ValueInfo, graph: Graph): ValueInfo {
  const info = infoOf(value, graph);
  return info === value || info.dims !== null || graph.initializers.has(info.name) ? info : { ...info, untyped: true };
}

function refuseUnknown(graph: Graph, values: readonly ValueInfo[]): void {
  const defined = definedValues(graph);
  for (const { name } of values) {
    if (defined.has(name)) continue;
    throw new AppError(
      'BAD_USAGE',
      `The graph '${graph.name}' has no value named '${name}'.`,
      'Use the name of an input or output of one of its nodes, as a viewer of ONNX files shows it.',
    );
  }
}

/** A node without the outputs that are cut: the names that other values of the node leave behind must not clash with the inputs. */
function withoutCut(node: Node, cut: ReadonlySet<string>, fresh: (hint: string) => string): Node {
  if (!node.outputs.some((output) => cut.has(output))) return node;
  return { ...node, outputs: node.outputs.map((output) => (cut.has(output) ? fresh(`${output}_cut`) : output)) };
}

/**
 * The model that computes `outputs` from `inputs`, cut at `inputs`, in the given order. Inputs of the original that are
 * still needed follow as inputs; constants and nodes that are not needed are left out. Nothing is copied. An input given
 * by its bare name is float32 of unknown rank unless the graph declares it; an output may be of any type.
 * @throws AppError `BAD_USAGE` for a name that is no value of the graph.
 */
export function extract(
  model: Model,
  inputs: readonly (string | ValueInfo)[],
  outputs: readonly (string | ValueInfo)[],
): Model {
  const { graph } = model;
  const cutInputs = inputs.map((value) => infoOf(value, graph));
  const wanted = outputs.map((value) => outputInfoOf(value, graph));
  refuseUnknown(graph, [...cutInputs, ...wanted]);
  const cut = new Set(cutInputs.map(({ name }) => name));
  const needed = neededValues(graph.nodes, wanted, cut);
  const fresh = freshNames(allNames(graph));
  const kept = graph.nodes.filter((node) => node.outputs.some((output) => needed.has(output) && !cut.has(output)));
  const initializers = [...graph.initializers].filter(([name]) => needed.has(name) && !cut.has(name));
  const constants = new Map(initializers);
  const left = graph.inputs.filter(({ name }) => needed.has(name) && !cut.has(name));
  return {
    ...model,
    graph: {
      name: graph.name,
      nodes: kept.map((node) => withoutCut(node, cut, fresh)),
      initializers: constants,
      inputs: [...cutInputs, ...left],
      outputs: wanted,
      ...(graph.valueInfo && { valueInfo: graph.valueInfo.filter(({ name }) => needed.has(name) && !cut.has(name)) }),
    },
  };
}
