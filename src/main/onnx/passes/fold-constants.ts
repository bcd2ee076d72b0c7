/** Computes what the arithmetic of shapes decides ahead of time, and removes operators that do nothing. */

import { type Attribute, type Graph, type Model, type Node, intAttribute } from '../graph.js';
import { constantTensor } from '../constant-node.js';
import { prune } from '../prune.js';
import { renameValues } from '../rename.js';
import { allNames, freshNames } from '../scopes.js';
import { tensorOf } from '../shapes/elements.js';
import { Inference } from '../shapes/inference.js';
import { type Tensor, dataTypeOf } from '../tensor.js';

/** Most elements of a value that is computed here; anything larger is left to the runtime. */
const limit = 65_536;

/** `node` with the values that it reads, also inside its graphs, under the names of `aliases`. */
function withAliases(node: Node, aliases: ReadonlyMap<string, string>): Node {
  const only: Graph = { name: '', nodes: [node], initializers: new Map(), inputs: [], outputs: [] };
  return renameValues(only, (name) => aliases.get(name) ?? name).nodes[0] ?? node;
}

/** Folds one graph; the graphs inside its nodes are folded when they are inlined, and left alone otherwise. */
class Folding {
  readonly #inference: Inference;
  readonly #nodes: Node[] = [];
  readonly #initializers: Map<string, Tensor>;
  readonly #aliases = new Map<string, string>();
  readonly #outputs: ReadonlySet<string>;
  readonly #fresh: (hint: string) => string;

  constructor(graph: Graph) {
    this.#initializers = new Map(graph.initializers);
    this.#inference = new Inference(graph.initializers, { limit });
    for (const info of graph.inputs) this.#inference.input(info);
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    this.#fresh = freshNames(allNames(graph));
  }

  run(graph: Graph): Graph {
    for (const node of graph.nodes) this.#visit(node);
    return { ...graph, nodes: this.#nodes, initializers: this.#initializers };
  }

  #visit(original: Node): void {
    const node = withAliases(original, this.#aliases);
    const branch = this.#takenBranch(node);
    if (branch) {
      this.#inline(node, branch);
      return;
    }
    this.#inference.step(node);
    if (this.#isNothing(node)) this.#alias(node.outputs[0] ?? '', node.inputs[0] ?? '', node);
    else if (!this.#replaced(node)) this.#nodes.push(node);
  }

  #constant(name: string, tensor: Tensor): void {
    // An output of the graph has to be written by a node: not every runtime returns a constant.
    const held = this.#outputs.has(name) ? this.#fresh(`${name}_value`) : name;
    this.#initializers.set(held, tensor);
    this.#inference.constant(held, tensor);
    if (held !== name) this.#alias(name, held, null);
  }

  /** Lets `name` stand for `source`. An output of the graph keeps its name through an Identity. */
  #alias(name: string, source: string, node: Node | null): void {
    if (!this.#outputs.has(name)) {
      this.#aliases.set(name, source);
      return;
    }
    this.#nodes.push({ name: node?.name ?? name, op: 'Identity', domain: '', inputs: [source], outputs: [name], attributes: new Map() }); // prettier-ignore
    this.#inference.assume(name, this.#inference.fact(source));
  }

  /** Puts constants in the place of a node whose results are all known. */
  #replaced(node: Node): boolean {
    const stored = constantTensor(node);
    if (stored && node.outputs[0] !== undefined) {
      this.#constant(node.outputs[0], stored);
      return true;
    }
    const outputs = node.outputs.filter((output) => output !== '');
    const tensors = outputs.map((output) => this.#known(output));
    if (outputs.length === 0 || tensors.includes(undefined)) return false;
    outputs.forEach((output, index) => {
      const tensor = tensors[index];
      if (tensor) this.#constant(output, tensor);
    });
    return true;
  }

  #known(name: string): Tensor | undefined {
    const { type, dims } = this.#inference.fact(name);
    const numbers = this.#inference.numbers(name);
    if (type === undefined || dims === null || numbers === null) return undefined;
    return tensorOf(type, dims.filter((dim) => typeof dim === 'number'), numbers); // prettier-ignore
  }

  /** Whether a node hands its first input on unchanged. */
  #isNothing(node: Node): boolean {
    const [input = '', ratio, mode = ''] = node.inputs;
    if (node.domain !== '' || input === '') return false;
    if (node.op === 'Identity') return true;
    if (node.op === 'Cast') return this.#inference.fact(input).type === dataTypeOf(intAttribute(node, 'to', 0));
    if (node.op !== 'Dropout') return false;
    const training = mode === '' ? 0 : this.#inference.numbers(mode)?.[0];
    const masked = (node.outputs[1] ?? '') !== '';
    return !masked && (training === 0 || ratio === undefined);
  }

  #takenBranch(node: Node): Graph | null {
    if (node.op !== 'If' || node.domain !== '') return null;
    const [condition] = this.#inference.numbers(node.inputs[0] ?? '') ?? [];
    if (condition === undefined) return null;
    const attribute: Attribute | undefined = node.attributes.get(condition === 0 ? 'else_branch' : 'then_branch');
    return attribute?.kind === 'graph' ? attribute.value : null;
  }

  /** Writes the nodes of a branch into the graph around it under fresh names. */
  #inline(node: Node, branch: Graph): void {
    const names = new Map<string, string>();
    for (const name of branch.initializers.keys()) names.set(name, this.#fresh(name));
    for (const { outputs } of branch.nodes) {
      for (const output of outputs) if (output !== '') names.set(output, this.#fresh(output));
    }
    const renamed = renameValues(branch, (name) => names.get(name) ?? name);
    for (const [name, tensor] of renamed.initializers) this.#constant(name, tensor);
    for (const inner of renamed.nodes) this.#visit(inner);
    node.outputs.forEach((output, index) => {
      const source = renamed.outputs[index]?.name ?? '';
      if (output !== '' && source !== '') this.#alias(output, this.#aliases.get(source) ?? source, null);
    });
  }
}

/**
 * The model with everything computed that shape arithmetic decides: integers, booleans and short lists of floats become
 * constants, an If whose condition is known becomes its branch, and Identity, Dropout and Casts to the same type are
 * gone. Large weights under operators (a transposed matrix, a cast) stay expressions: nothing big is read or copied.
 */
export function foldConstants(model: Model): Model {
  return { ...model, graph: prune(new Folding(model.graph).run(model.graph)) };
}
