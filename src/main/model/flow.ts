/** How the picture's data flows through a graph: which values carry it, and what lies beyond operators that only rearrange. */

import { type Graph, type Node, intsAttribute } from '../onnx/graph.js';

/** Operators that keep every number and only rearrange or relabel them. */
const movers: ReadonlySet<string> = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Cast',
  'CastLike',
  'Dropout',
]);

/** Operators that read the shape of a value, not its numbers. */
const shapeReaders: ReadonlySet<string> = new Set(['Shape', 'Size']);

/** Normalisations over the last axis, as the normal form writes them. */
const normOps: ReadonlySet<string> = new Set([
  'LayerNormalization',
  'RMSNormalization',
  'SimplifiedLayerNormalization',
]);

/** A node together with the value by which it was reached. */
export interface Reached {
  readonly node: Node;
  readonly value: string;
}

export class Flow {
  readonly graph: Graph;
  readonly #producer = new Map<string, Node>();
  readonly #consumers = new Map<string, Node[]>();
  readonly #data = new Set<string>();

  /** `source` is the picture input. */
  constructor(graph: Graph, source: string) {
    this.graph = graph;
    this.#data.add(source);
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output !== '') this.#producer.set(output, node);
      for (const input of new Set(node.inputs)) {
        const list = this.#consumers.get(input);
        if (list) list.push(node);
        else this.#consumers.set(input, [node]);
      }
      // CastLike reads the type of its second input alone.
      const read = node.op === 'CastLike' ? node.inputs.slice(0, 1) : node.inputs;
      if (shapeReaders.has(node.op) || !read.some((input) => this.#data.has(input))) continue;
      for (const output of node.outputs) if (output !== '') this.#data.add(output);
    }
  }

  producer(value: string): Node | undefined {
    return this.#producer.get(value);
  }

  consumers(value: string): readonly Node[] {
    return this.#consumers.get(value) ?? [];
  }

  /** Whether a value depends on the numbers of the picture (its shape alone does not count). */
  isData(value: string | undefined): boolean {
    return value !== undefined && this.#data.has(value);
  }

  /** The inputs of a node that carry data. */
  dataInputs(node: Node): readonly string[] {
    return node.inputs.filter((input) => this.#data.has(input));
  }

  /** The value that `value` is a rearrangement of. */
  core(value: string): string {
    let name = value;
    for (let node = this.#producer.get(name); node && movers.has(node.op); node = this.#producer.get(name)) {
      const [from] = node.inputs;
      if (from === undefined || !this.#data.has(from)) break;
      name = from;
    }
    return name;
  }

  /** The nodes that use a value or a rearrangement of it, in the graph's order. */
  onward(value: string): readonly Reached[] {
    const found: Reached[] = [];
    const queue = [value];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      for (const node of this.consumers(name)) {
        if (shapeReaders.has(node.op)) continue;
        if (movers.has(node.op)) {
          if (node.inputs[0] === name) queue.push(node.outputs[0] ?? '');
        } else found.push({ node, value: name });
      }
    }
    return found;
  }

  /** The normalisation that makes a value (or what it rearranges). */
  normOf(value: string): Node | undefined {
    const node = this.#producer.get(this.core(value));
    return node && isNorm(node) ? node : undefined;
  }

  /** A product of data with a constant matrix. */
  isLinear(node: Node): boolean {
    return node.op === 'MatMul' && this.isData(node.inputs[0]) && !this.isData(node.inputs[1]);
  }

  /** A product of two values that both carry data. */
  isProduct(node: Node): boolean {
    return node.op === 'MatMul' && this.isData(node.inputs[0]) && this.isData(node.inputs[1]);
  }

  /** A sum of two values that both carry data: where a branch joins the residual stream. */
  isJoin(node: Node): boolean {
    return (node.op === 'Add' || node.op === 'Sum') && node.inputs.length === 2 && this.dataInputs(node).length === 2;
  }

  /**
   * What lies between `value` and the linear layers before it: walks back over everything that carries data and stops at
   * products with constants and at `borders`.
   */
  regionBefore(value: string, borders: ReadonlySet<string>): Region {
    const nodes = new Set<Node>();
    const linears = new Set<Node>();
    const reached = new Set<string>();
    const queue = [value];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (borders.has(name)) {
        reached.add(name);
        continue;
      }
      const node = this.#producer.get(name);
      if (!node) {
        reached.add(name);
        continue;
      }
      if (nodes.has(node)) continue;
      if (this.isLinear(node)) {
        linears.add(node);
        continue;
      }
      nodes.add(node);
      queue.push(...this.dataInputs(node));
    }
    const order = (set: ReadonlySet<Node>): Node[] => this.graph.nodes.filter((node) => set.has(node));
    return { nodes: order(nodes), linears: order(linears), reached };
  }
}

/** Nodes between a value and the linear layers before it. */
export interface Region {
  /** In the graph's order. */
  readonly nodes: readonly Node[];
  readonly linears: readonly Node[];
  /** Borders and graph inputs that the walk met. */
  readonly reached: ReadonlySet<string>;
}

/** A normalisation with constant scale over the last axis. */
export function isNorm(node: Node): boolean {
  return normOps.has(node.op);
}

/** Whether a Transpose swaps the last two axes and keeps the others. */
export function swapsLastTwo(node: Node): boolean {
  const perm = intsAttribute(node, 'perm');
  const rank = perm?.length ?? 0;
  return (
    perm?.every((from, axis) => from === (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis)) === true
  );
}
