/** Which values a graph defines and which a node reads: its inputs and what the graphs inside it take from around them. */

import type { Graph, Node } from './graph.js';

/** The values that a graph itself defines: inputs, constants and what its nodes write. */
export function definedValues(graph: Graph): Set<string> {
  const names = new Set<string>(graph.initializers.keys());
  for (const { name } of graph.inputs) names.add(name);
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== '') names.add(output);
  return names;
}

/** The values of the graphs around it that a subgraph (of Loop, If or Scan) reads. */
export function capturedValues(graph: Graph): Set<string> {
  const own = definedValues(graph);
  const captured = new Set<string>();
  for (const node of graph.nodes) for (const name of readValues(node)) if (!own.has(name)) captured.add(name);
  for (const { name } of graph.outputs) if (!own.has(name)) captured.add(name);
  return captured;
}

/** The graphs inside a node. */
export function subgraphs(node: Node): Graph[] {
  const graphs: Graph[] = [];
  for (const attribute of node.attributes.values()) if (attribute.kind === 'graph') graphs.push(attribute.value);
  return graphs;
}

/** The values a node reads, each once unless it is an input twice; left-out inputs are skipped. */
export function readValues(node: Node): readonly string[] {
  const names = node.inputs.includes('') ? node.inputs.filter((name) => name !== '') : node.inputs;
  const inner = subgraphs(node);
  if (inner.length === 0) return names;
  const captured = new Set(inner.flatMap((graph) => [...capturedValues(graph)]));
  for (const name of names) captured.delete(name);
  return [...names, ...captured];
}

/** Every name that appears in a graph or in a graph inside it. */
export function allNames(graph: Graph, names = new Set<string>()): Set<string> {
  for (const name of definedValues(graph)) names.add(name);
  for (const { name } of graph.outputs) names.add(name);
  for (const node of graph.nodes) {
    for (const name of node.inputs) names.add(name);
    for (const inner of subgraphs(node)) allNames(inner, names);
  }
  return names;
}

/** A source of names that are not in `taken`: `hint` itself when it is free, else `hint_2`, `hint_3`, ... */
export function freshNames(taken: Set<string>): (hint: string) => string {
  const counts = new Map<string, number>();
  return (hint) => {
    let name = hint;
    let count = counts.get(hint) ?? 1;
    while (taken.has(name)) {
      count += 1;
      name = `${hint}_${String(count)}`;
    }
    counts.set(hint, count);
    taken.add(name);
    return name;
  };
}
