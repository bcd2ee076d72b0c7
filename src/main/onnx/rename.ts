/** Gives the values of a graph other names, in the graphs inside it too. */

import type { Attribute, Graph, Node, ValueInfo } from './graph.js';
import { capturedValues, definedValues, freshNames } from './scopes.js';

type Rename = (name: string) => string;

function renameAttribute(attribute: Attribute, rename: Rename): Attribute {
  return attribute.kind === 'graph' ? { kind: 'graph', value: renameCaptured(attribute.value, rename) } : attribute;
}

/** The same node under other names: `rename` for what it reads, in the graphs inside it too, `renameOutput` for what it writes. */
export function renameNode(node: Node, rename: Rename, renameOutput: Rename = rename): Node {
  return {
    ...node,
    inputs: node.inputs.map((name) => (name === '' ? '' : rename(name))),
    outputs: node.outputs.map((name) => (name === '' ? '' : renameOutput(name))),
    attributes: new Map([...node.attributes].map(([key, attribute]) => [key, renameAttribute(attribute, rename)])),
  };
}

/**
 * A graph inside a node: what it takes from outside gets the new name, what it defines keeps its own, unless that is the
 * new name of something taken from outside.
 */
function renameCaptured(graph: Graph, rename: Rename): Graph {
  const own = definedValues(graph);
  const names = new Map([...capturedValues(graph)].map((name) => [name, rename(name)]));
  const taken = new Set([...own, ...names.values()]);
  const fresh = freshNames(taken);
  for (const name of [...names.values()]) if (own.has(name)) names.set(name, fresh(name));
  return renameValues(graph, (name) => names.get(name) ?? name);
}

/** The same graph with `rename` applied to every value: inputs, outputs, constants and what nodes read and write. */
export function renameValues(graph: Graph, rename: Rename): Graph {
  const renameInfo = (info: ValueInfo): ValueInfo => ({ ...info, name: rename(info.name) });
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renameNode(node, rename, rename)),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
    inputs: graph.inputs.map(renameInfo),
    outputs: graph.outputs.map(renameInfo),
    ...(graph.valueInfo && { valueInfo: graph.valueInfo.map(renameInfo) }),
  };
}
