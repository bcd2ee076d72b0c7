/** Finds producers, consumers and constants of a graph by the name of a value. */

import { constantTensor } from './constant-node.js';
import type { Graph, Node } from './graph.js';
import { readValues } from './scopes.js';
import type { Tensor } from './tensor.js';

/** Operators whose result differs from run to run even on the same inputs. */
const random = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

/**
 * An index over one graph. What the graphs inside a Loop, If or Scan take from around them counts as read by that node.
 * Building it takes one pass over the graph; a new graph needs a new index.
 */
export class GraphIndex {
  readonly #producer = new Map<string, Node>();
  readonly #consumers = new Map<string, Node[]>();
  readonly #graph: Graph;
  #variable: ReadonlySet<string> | undefined;

  constructor(graph: Graph) {
    this.#graph = graph;
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output !== '') this.#producer.set(output, node);
      for (const name of new Set(readValues(node))) {
        const list = this.#consumers.get(name);
        if (list) list.push(node);
        else this.#consumers.set(name, [node]);
      }
    }
  }

  /** The node that writes a value; undefined for inputs, initializers and unknown names. */
  producer(value: string): Node | undefined {
    return this.#producer.get(value);
  }

  /** The nodes that read a value, in the graph's order, each once. */
  consumers(value: string): readonly Node[] {
    return this.#consumers.get(value) ?? [];
  }

  /** The tensor of an initializer or a Constant node, also through Identity. */
  tensor(value: string | undefined): Tensor | undefined {
    const seen = new Set<string>();
    for (let name = value; name !== undefined && !seen.has(name);) {
      const initializer = this.#graph.initializers.get(name);
      if (initializer) return initializer;
      seen.add(name);
      const node = this.#producer.get(name);
      if (node?.op === 'Constant') return constantTensor(node);
      name = node?.op === 'Identity' ? node.inputs[0] : undefined;
    }
    return undefined;
  }

  /** Whether a value is the same in every run: it depends on no graph input, no random operator and no value unknown here. */
  isConstant(value: string): boolean {
    this.#variable ??= this.#reached(this.#sources());
    return !this.#variable.has(value) && (this.#producer.has(value) || this.#graph.initializers.has(value));
  }

  /** Everything that makes a value vary: inputs without a default, random results, and names from outside of the graph. */
  #sources(): Set<string> {
    const { initializers, inputs, nodes } = this.#graph;
    const sources = new Set<string>();
    for (const { name } of inputs) if (!initializers.has(name)) sources.add(name);
    for (const name of this.#consumers.keys()) {
      if (!initializers.has(name) && !this.#producer.has(name)) sources.add(name);
    }
    for (const node of nodes) if (random.has(node.op)) for (const output of node.outputs) sources.add(output);
    return sources;
  }

  /** `sources` and all values computed from them. */
  #reached(sources: Iterable<string>): Set<string> {
    const reached = new Set(sources);
    const open = [...reached];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      for (const node of this.consumers(name)) {
        for (const output of node.outputs) {
          if (output === '' || reached.has(output)) continue;
          reached.add(output);
          open.push(output);
        }
      }
    }
    return reached;
  }
}
