/** Runs a float32 graph in float64: a reference for gradients, and for methods that rounding to float32 spoils. */

import { constantTensor } from '../constant-node.js';
import type { Attribute, Graph, Model, Node } from '../graph.js';
import { prune } from '../prune.js';
import { renameValues } from '../rename.js';
import { allNames, freshNames } from '../scopes.js';
import { elementsOf, tensorOf } from '../shapes/elements.js';
import { type DataType, type Tensor, dataTypes, elementCount, floatTensor } from '../tensor.js';
import { retyped, withGraphs } from './graph-types.js';
import { Rewriter } from './rewrite.js';
import { activationOpeners } from './to-float64-activations.js';
import { patchOpeners } from './to-float64-patches.js';

/** Constants up to this size are converted, so that shape inference goes on seeing them. */
const small = 64;
const openers = new Map(Object.entries({ ...activationOpeners, ...patchOpeners }));
/** Operators without a kernel in double precision that are left when they could not be rewritten. */
const missing: ReadonlySet<string> = new Set(['Erf', 'Gelu', 'Conv', 'ConvTranspose']);

type Fresh = (hint: string) => string;

function float64(type: DataType): DataType {
  return type === 'float32' ? 'float64' : type;
}

function converted(tensor: Tensor): Tensor {
  return tensorOf('float64', tensor.dims, elementsOf(tensor) ?? []) ?? tensor;
}

function cast(input: string, output: string, to: DataType): Node {
  const attributes = new Map<string, Attribute>([['to', { kind: 'int', value: dataTypes[to].code }]]);
  return { name: output, op: 'Cast', domain: '', inputs: [input], outputs: [output], attributes };
}

/** Attributes that hold the number of a data type. */
const typeAttributes: ReadonlySet<string> = new Set(['to', 'dtype']);

function withFloat64(name: string, attribute: Attribute): Attribute {
  if (attribute.kind === 'tensor' && attribute.value.type === 'float32') {
    return { kind: 'tensor', value: converted(attribute.value) };
  }
  const isFloat32 = typeAttributes.has(name) && attribute.kind === 'int' && attribute.value === dataTypes.float32.code;
  return isFloat32 ? { kind: 'int', value: dataTypes.float64.code } : attribute;
}

/** Zeros without a value are float32. */
function withValue(node: Node): Node {
  if (node.op !== 'ConstantOfShape' || node.domain !== '' || node.attributes.has('value')) return node;
  const zero: Attribute = { kind: 'tensor', value: floatTensor(new Float32Array(1), [1]) };
  return { ...node, attributes: new Map([['value', zero]]) };
}

/** A graph whose float32 values are all float64, inputs and outputs too. */
class Widened {
  readonly nodes: Node[] = [];
  readonly initializers = new Map<string, Tensor>();
  readonly #fresh: Fresh;

  constructor(graph: Graph, fresh: Fresh) {
    this.#fresh = fresh;
    for (const [name, tensor] of graph.initializers) this.#place(name, tensor);
    for (const node of graph.nodes) this.#add(node);
  }

  /** Puts a constant under its name: converted when it is small, else stored as it is behind a Cast. */
  #place(name: string, tensor: Tensor): void {
    if (tensor.type !== 'float32') {
      this.initializers.set(name, tensor);
    } else if (elementCount(tensor.dims) <= small) {
      this.initializers.set(name, converted(tensor));
    } else {
      const stored = this.#fresh(`${name}_stored`);
      this.initializers.set(stored, tensor);
      this.nodes.push(cast(stored, name, 'float64'));
    }
  }

  #add(node: Node): void {
    const tensor = constantTensor(node);
    if (tensor?.type === 'float32' && node.outputs[0] !== undefined) {
      this.#place(node.outputs[0], tensor);
      return;
    }
    const attributes = [...withValue(node).attributes].map(([name, value]): [string, Attribute] => [
      name,
      withFloat64(name, value),
    ]);
    const inside = (inner: Graph): Graph => new Widened(inner, this.#fresh).of(inner);
    this.nodes.push(withGraphs({ ...node, attributes: new Map(attributes) }, inside));
  }

  of(graph: Graph): Graph {
    const { valueInfo: _declared, ...rest } = graph;
    const { nodes, initializers } = this;
    const inputs = retyped(graph.inputs, float64).filter(({ name }) => !graph.initializers.has(name));
    return { ...rest, nodes, initializers, inputs, outputs: retyped(graph.outputs, float64) };
  }
}

/** The model with operators that have no kernel in double precision written in ones that do. */
function withoutGaps(model: Model): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) {
    const open = node.domain === '' ? openers.get(node.op) : undefined;
    if (open) rewriter.replace([node], node, (g) => open(g, node, rewriter));
  }
  const result = rewriter.result();
  const left = result.graph.nodes.filter(({ op, domain }) => domain === '' && missing.has(op));
  if (left.length === 0) return result;
  const list = left.map(({ op, name }) => `${op} (node '${name}')`).join(', ');
  throw new RangeError(`Nothing computes in float64: ${list}`);
}

/** New names for the float32 inputs and outputs inside of the graph, behind the Casts at its borders. */
function innerNames(graph: Graph, fresh: Fresh): ReadonlyMap<string, string> {
  const borders = [...graph.inputs.filter(({ name }) => !graph.initializers.has(name)), ...graph.outputs];
  const names = new Set(borders.filter(({ type }) => type === 'float32').map(({ name }) => name));
  return new Map([...names].map((name) => [name, fresh(`${name}_float64`)]));
}

/**
 * The plain float32 model (operators of set 20, without fused ones) computed in float64. Inputs and outputs stay float32,
 * behind Casts; weights stay stored as they are, each behind a Cast that the runtime folds. Float64 constants stay, also
 * where a Cast brought them to float32: a graph can carry numbers that float32 would round. Erf and Gelu are evaluated to
 * 1e-15 and a patch projection as a matrix product, for which the runtime has no kernels in float64.
 *
 * Throws RangeError for other convolutions. Graphs inside nodes must be without those operators.
 */
export function toFloat64(model: Model): Model {
  const plain = withoutGaps(model);
  const { graph } = plain;
  const fresh = freshNames(allNames(graph));
  const inner = innerNames(graph, fresh);
  const renamed = renameValues(graph, (name) => inner.get(name) ?? name);
  const widened = new Widened(renamed, fresh).of(renamed);
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const inputNames = new Set(inputs.map(({ name }) => name));
  const casts = (names: readonly { readonly name: string }[], write: (outer: string, own: string) => Node): Node[] =>
    names.flatMap(({ name }) => {
      const own = inner.get(name);
      return own === undefined ? [] : [write(name, own)];
    });
  const nodes = [
    ...casts(inputs, (outer, own) => cast(outer, own, 'float64')),
    ...widened.nodes,
    ...casts(
      graph.outputs.filter(({ name }) => !inputNames.has(name)),
      (outer, own) => cast(own, outer, 'float32'),
    ),
  ];
  return { ...plain, graph: prune({ ...widened, nodes, inputs, outputs: graph.outputs }) };
}
