/** Writes ONNX graphs the way one writes formulas: `g.add(g.matMul(x, w), b)`. */

import type { Attribute, Dimension, Graph, Model, Node, ValueInfo } from './graph.js';
import { renameValues } from './rename.js';
import { allNames } from './scopes.js';
import { type DataType, type Tensor, dataTypes, floatTensor, intTensor } from './tensor.js';

declare const brand: unique symbol;
/** The name of a value inside one graph. */
export type Value = string & { readonly [brand]: 'Value' };

/** Attribute values as plain data: whole numbers become ints, `{ float }` marks a float. */
export type AttributeInput = number | string | readonly number[] | { readonly float: number } | Tensor | Graph;

/** The operator sets every graph of ours is written in: the newest that the pinned ONNX Runtime runs fully. */
const opsets = new Map([
  ['', 20],
  ['com.microsoft', 1],
]);
const irVersion = 9;

const absent = '' as Value;

/** An attribute as the intermediate representation has it. */
export function attributeOf(input: AttributeInput): Attribute {
  if (typeof input === 'number') return { kind: 'int', value: input };
  if (typeof input === 'string') return { kind: 'string', value: input };
  if (Array.isArray(input)) return { kind: 'ints', value: input as readonly number[] };
  if ('float' in input) return { kind: 'float', value: input.float };
  if ('nodes' in input) return { kind: 'graph', value: input };
  return { kind: 'tensor', value: input as Tensor };
}

interface OpOptions {
  readonly domain?: string;
  /** Number of outputs; 1 by default. */
  readonly outputs?: number;
}

/** Collects nodes in order of use, which is a topological order by construction. */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, Tensor>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #prefix: string;
  readonly #opsets: ReadonlyMap<string, number>;
  /** Constants that came in with other graphs: one that comes in twice is written once. */
  readonly #inlined = new Map<Tensor, Value>();
  /** What the file of a graph that is built on says about values in between. */
  #declared: readonly ValueInfo[] | undefined;
  #count = 0;

  /**
   * `prefix` keeps the names of a subgraph apart from those of the graph around it; `opset` is the version of the
   * standard operators, for graphs that are not for our own runtime.
   */
  constructor(name: string, prefix = '', options: { readonly opset?: number } = {}) {
    this.#name = name;
    this.#prefix = prefix;
    this.#opsets = new Map([...opsets, ['', options.opset ?? 20]]);
  }

  /** A builder that goes on with a graph: its values keep their names, new ones get names that are not in it. */
  static over(graph: Graph): GraphBuilder {
    const names = [...allNames(graph)];
    let prefix = 'added_';
    while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
    const g = new GraphBuilder(graph.name, prefix);
    g.#nodes.push(...graph.nodes);
    for (const [name, tensor] of graph.initializers) g.#initializers.set(name, tensor);
    g.#inputs.push(...graph.inputs);
    g.#outputs.push(...graph.outputs);
    g.#declared = graph.valueInfo;
    return g;
  }

  #fresh(hint: string): Value {
    this.#count += 1;
    return `${this.#prefix}${hint}_${String(this.#count)}` as Value;
  }

  input(name: string, type: DataType, dims: readonly Dimension[]): Value {
    this.#inputs.push({ name, type, dims });
    return name as Value;
  }

  /** Names `value` as an output of the graph. */
  output(name: string, value: Value, type: DataType, dims: readonly Dimension[]): void {
    this.#nodes.push({
      name: `output_${name}`,
      op: 'Identity',
      domain: '',
      inputs: [value],
      outputs: [name],
      attributes: new Map(),
    });
    this.#outputs.push({ name, type, dims });
  }

  constant(tensor: Tensor, hint = 'const'): Value {
    const name = this.#fresh(hint);
    this.#initializers.set(name, tensor);
    return name;
  }

  floats(data: Float32Array, dims: readonly number[], hint?: string): Value {
    return this.constant(floatTensor(data, dims), hint);
  }

  /** A rank-0 float32. */
  float(value: number): Value {
    return this.constant(floatTensor(Float32Array.of(value), []));
  }

  /** A rank-1 int64. */
  ints(...values: number[]): Value {
    return this.constant(intTensor(values));
  }

  /** Adds any operator and returns its outputs. */
  ops(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
    options: OpOptions = {},
  ): Value[] {
    const outputs = Array.from({ length: options.outputs ?? 1 }, () => this.#fresh(op));
    this.#nodes.push({
      name: outputs[0] ?? op,
      op,
      domain: options.domain ?? '',
      inputs: inputs.map((input) => input ?? absent),
      outputs,
      attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)])),
    });
    return outputs;
  }

  /** Adds an operator with one output. */
  op(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
    domain = '',
  ): Value {
    const [output] = this.ops(op, inputs, attributes, { domain });
    return output ?? absent;
  }

  add(a: Value, b: Value): Value {
    return this.op('Add', [a, b]);
  }

  sub(a: Value, b: Value): Value {
    return this.op('Sub', [a, b]);
  }

  mul(a: Value, b: Value): Value {
    return this.op('Mul', [a, b]);
  }

  div(a: Value, b: Value): Value {
    return this.op('Div', [a, b]);
  }

  matMul(a: Value, b: Value): Value {
    return this.op('MatMul', [a, b]);
  }

  transpose(x: Value, ...perm: number[]): Value {
    return this.op('Transpose', [x], { perm });
  }

  /** `shape` as ONNX Reshape reads it: 0 keeps a dimension, -1 takes the rest. */
  reshape(x: Value, ...shape: number[]): Value {
    return this.op('Reshape', [x, this.ints(...shape)]);
  }

  concat(axis: number, ...values: readonly Value[]): Value {
    return this.op('Concat', values, { axis });
  }

  /** Elements `from` up to but not including `to` along `axis`. */
  slice(x: Value, axis: number, from: number, to: number, step = 1): Value {
    return this.op('Slice', [x, this.ints(from), this.ints(to), this.ints(axis), this.ints(step)]);
  }

  gather(x: Value, indices: Value, axis: number): Value {
    return this.op('Gather', [x, indices], { axis });
  }

  cast(x: Value, type: DataType): Value {
    return this.op('Cast', [x], { to: dataTypes[type].code });
  }

  reduceSum(x: Value, axis: number, keep: boolean): Value {
    return this.op('ReduceSum', [x, this.ints(axis)], { keepdims: keep ? 1 : 0 });
  }

  softmax(x: Value, axis = -1): Value {
    return this.op('Softmax', [x], { axis });
  }

  /**
   * Writes the nodes and constants of `graph` into this one under fresh names and returns its outputs; `inputs` says
   * which values stand for its inputs. Throws RangeError for an input that is not given.
   */
  inline(graph: Graph, inputs: Readonly<Record<string, Value>>): Value[] {
    const names = new Map<string, Value>();
    for (const { name } of graph.inputs) {
      const value = inputs[name];
      if (value !== undefined) names.set(name, value);
      else if (!graph.initializers.has(name)) throw new RangeError(`Input '${name}' of '${graph.name}' is not given`);
    }
    for (const [name, tensor] of graph.initializers) {
      if (names.has(name)) continue;
      const value = this.#inlined.get(tensor) ?? this.constant(tensor);
      this.#inlined.set(tensor, value);
      names.set(name, value);
    }
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output !== '') names.set(output, this.#fresh(node.op));
    }
    const renamed = renameValues(graph, (name) => names.get(name) ?? name);
    this.#nodes.push(...renamed.nodes.map((node) => ({ ...node, name: node.outputs[0] ?? node.name })));
    return graph.outputs.map(({ name }) => names.get(name) ?? absent);
  }

  /** The graph so far, for use as a subgraph. */
  graph(): Graph {
    return {
      name: this.#name,
      nodes: [...this.#nodes],
      initializers: new Map(this.#initializers),
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      ...(this.#declared && { valueInfo: this.#declared }),
    };
  }

  /** The whole model. */
  model(): Model {
    return { irVersion, opsets: this.#opsets, graph: this.graph(), metadata: new Map(), producer: 'hognose' };
  }
}
