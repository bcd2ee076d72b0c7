/** Checks that a graph can be run at all (every value defined once and before its use) and brings its nodes into order. */

import type { Attribute, Graph, Node } from './graph.js';
import { readValues, subgraphs } from './scopes.js';

/** Why a graph cannot be run, naming the node and the value. */
export class GraphError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GraphError';
  }
}

function describe(node: Node): string {
  return node.name === '' ? `a node ${node.op}` : `node '${node.name}' (${node.op})`;
}

/** Whether a graph or one around it defines a value. */
type Scope = (name: string) => boolean;

/** What inputs, constants and nodes define, each value with its node. Throws GraphError for a value defined twice. */
function producersOf(graph: Graph): Map<string, Node | null> {
  const producers = new Map<string, Node | null>();
  for (const name of graph.initializers.keys()) producers.set(name, null);
  const inputs = new Set<string>();
  for (const { name } of graph.inputs) {
    if (inputs.has(name)) throw new GraphError(`there are two inputs '${name}'`);
    inputs.add(name);
    producers.set(name, null);
  }
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producers.has(output))
        throw new GraphError(`'${output}' is defined twice, the second time by ${describe(node)}`);
      producers.set(output, node);
    }
  }
  return producers;
}

/** Whether every node comes after those that it reads from. */
function isOrdered(graph: Graph, producers: ReadonlyMap<string, Node | null>): boolean {
  const written = new Set<string>();
  for (const node of graph.nodes) {
    for (const name of readValues(node)) if (producers.get(name) && !written.has(name)) return false;
    for (const output of node.outputs) written.add(output);
  }
  return true;
}

/** The nodes, each after those that it reads from and otherwise in the given order. Throws GraphError for a cycle. */
function sorted(graph: Graph, producers: ReadonlyMap<string, Node | null>): Node[] {
  const result: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const stack = [...graph.nodes].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const before = state.get(node);
    if (before === 'done') continue;
    if (before === 'open') {
      state.set(node, 'done');
      result.push(node);
      continue;
    }
    state.set(node, 'open');
    stack.push(node);
    for (const name of readValues(node)) {
      const producer = producers.get(name);
      if (!producer || state.get(producer) === 'done') continue;
      if (state.get(producer) === 'open') {
        throw new GraphError(`'${name}', which ${describe(node)} reads, depends on itself`);
      }
      stack.push(producer);
    }
  }
  return result;
}

function orderedInside(node: Node, known: Scope): Node {
  if (subgraphs(node).length === 0) return node;
  const attributes = new Map<string, Attribute>();
  for (const [name, attribute] of node.attributes) {
    const inner = attribute.kind === 'graph';
    attributes.set(name, inner ? { kind: 'graph', value: orderedWithin(attribute.value, known) } : attribute);
  }
  return { ...node, attributes };
}

function orderedWithin(graph: Graph, outside: Scope): Graph {
  const producers = producersOf(graph);
  // A chain of lookups and no joined sets: a graph may hold many small graphs.
  const known: Scope = (name) => producers.has(name) || outside(name);
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name !== '' && !known(name)) throw new GraphError(`${describe(node)} reads '${name}', which nothing defines`);
    }
  }
  for (const { name } of graph.outputs) {
    if (!known(name)) throw new GraphError(`the output '${name}' is defined by nothing`);
  }
  const inside = { ...graph, nodes: graph.nodes.map((node) => orderedInside(node, known)) };
  if (isOrdered(inside, producers)) return inside;
  return { ...inside, nodes: sorted(inside, producersOf(inside)) };
}

/**
 * The graph in topological order, subgraphs too; one that is in order stays as it is.
 * @throws GraphError for a value that is defined twice or never, and for a cycle.
 */
export function orderedGraph(graph: Graph): Graph {
  return orderedWithin(graph, () => false);
}
