/** Removes what no output of a graph needs: dead nodes, unused constants and the dead parts of graphs inside nodes. */

import type { Attribute, Graph, Node, ValueInfo } from './graph.js';
import { readValues, subgraphs } from './scopes.js';

function pruneInside(node: Node): Node {
  if (subgraphs(node).length === 0) return node;
  const attributes = new Map<string, Attribute>();
  for (const [name, attribute] of node.attributes) {
    attributes.set(name, attribute.kind === 'graph' ? { kind: 'graph', value: prune(attribute.value) } : attribute);
  }
  return { ...node, attributes };
}

/**
 * The values that `outputs` are computed from, themselves included. The walk ends at the values in `cut`, whose
 * producers are not asked for anything.
 */
export function neededValues(
  nodes: readonly Node[],
  outputs: readonly ValueInfo[],
  cut: ReadonlySet<string> = new Set(),
): Set<string> {
  const producers = new Map<string, Node>();
  for (const node of nodes) for (const output of node.outputs) if (output !== '') producers.set(output, node);
  const needed = new Set(outputs.map((output) => output.name));
  const visited = new Set<Node>();
  const open = [...needed];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = cut.has(name) ? undefined : producers.get(name);
    if (!node || visited.has(node)) continue;
    visited.add(node);
    for (const read of readValues(node)) {
      if (needed.has(read)) continue;
      needed.add(read);
      open.push(read);
    }
  }
  return needed;
}

/**
 * The graph without what its outputs do not need. Its inputs stay, apart from those that are only the names of unused
 * constants; unneeded outputs of a node that stays keep their names.
 */
export function prune(graph: Graph): Graph {
  const inside = graph.nodes.map(pruneInside);
  const needed = neededValues(inside, graph.outputs);
  const nodes = inside.filter((node) => node.outputs.some((output) => needed.has(output)));
  const initializers = new Map([...graph.initializers].filter(([name]) => needed.has(name)));
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name) || initializers.has(name));
  const known = graph.valueInfo?.filter(({ name }) => needed.has(name));
  return { ...graph, nodes, initializers, inputs, ...(known && { valueInfo: known }) };
}
