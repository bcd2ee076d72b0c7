/** Puts the bodies of a model's local functions in place of their calls, so that no functions are left. */

import type { Attribute, Graph, Node } from '../graph.js';
import { renameNode } from '../rename.js';
import { allNames, freshNames, subgraphs } from '../scopes.js';

/** A FunctionProto: operators under a name of their own, as torch.onnx writes a module or an operator. */
export interface LocalFunction {
  /** With `:overload` at its end where it has one. */
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly opsets: ReadonlyMap<string, number>;
  /** Attributes that a call may leave out. */
  readonly defaults: ReadonlyMap<string, Attribute>;
}

/** Attributes of nodes inside functions that stand for an attribute of the call: its name by the node's attribute. */
type References = ReadonlyMap<Node, ReadonlyMap<string, string>>;

/** Functions that cannot be inlined: they call themselves, grow beyond measure or refer to what no call gives. */
export class InlineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InlineError';
  }
}

/** Functions that call functions can double with every level: beyond this number of nodes nobody means it. */
const mostNodes = 200_000;
const deepestCalls = 64;
const deepestGraphs = 32;

/** Names of calls pile up with the depth of the calls: their ends say the most. */
function shortName(name: string): string {
  return name.slice(-160);
}

function keyOf(domain: string, name: string): string {
  return `${domain}::${name}`;
}

class Inliner {
  readonly #functions: ReadonlyMap<string, LocalFunction>;
  readonly #references: References;
  readonly #fresh: (hint: string) => string;
  #made = 0;
  #depth = 0;

  constructor(graph: Graph, functions: readonly LocalFunction[], references: References) {
    this.#functions = new Map(functions.map((one) => [keyOf(one.domain, one.name), one]));
    this.#references = references;
    const taken = allNames(graph);
    for (const { nodes } of functions)
      allNames({ ...graph, nodes, initializers: new Map(), inputs: [], outputs: [] }, taken);
    this.#fresh = freshNames(taken);
  }

  graph(graph: Graph, call: ReadonlyMap<string, Attribute> | undefined, stack: readonly string[]): Graph {
    this.#depth += 1;
    if (this.#depth > deepestGraphs)
      throw new InlineError('The functions of the model unfold to graphs nested too deeply');
    const nodes = this.#nodes(graph.nodes, call, stack);
    this.#depth -= 1;
    return { ...graph, nodes };
  }

  #nodes(nodes: readonly Node[], call: ReadonlyMap<string, Attribute> | undefined, stack: readonly string[]): Node[] {
    const result: Node[] = [];
    for (const node of nodes) {
      const whole = this.#withAttributes(node, call, stack);
      const definition = this.#functions.get(keyOf(node.domain, node.op));
      if (definition) for (const inner of this.#body(whole, definition, stack)) result.push(inner);
      else result.push(whole);
    }
    this.#made += result.length;
    if (this.#made > mostNodes) throw new InlineError('The functions of the model unfold to too many nodes');
    return result;
  }

  /** The node with the attributes that its references stand for and with its subgraphs inlined. */
  #withAttributes(node: Node, call: ReadonlyMap<string, Attribute> | undefined, stack: readonly string[]): Node {
    const references = this.#references.get(node);
    if (!references && subgraphs(node).length === 0) return node;
    const attributes = new Map<string, Attribute>();
    for (const [name, attribute] of node.attributes) {
      const inner = attribute.kind === 'graph';
      attributes.set(name, inner ? { kind: 'graph', value: this.graph(attribute.value, call, stack) } : attribute);
    }
    for (const [name, reference] of references ?? []) {
      if (!call)
        throw new InlineError(`Node '${node.name}' (${node.op}) refers to '${reference}' of a function it is not in`);
      const given = call.get(reference);
      if (given) attributes.set(name, given);
    }
    return { ...node, attributes };
  }

  #body(call: Node, definition: LocalFunction, stack: readonly string[]): Node[] {
    const key = keyOf(definition.domain, definition.name);
    if (stack.includes(key)) throw new InlineError(`Function '${definition.name}' calls itself`);
    if (stack.length >= deepestCalls) throw new InlineError(`Function '${definition.name}' is called too deeply`);
    const attributes = new Map([...definition.defaults, ...call.attributes]);
    const names = new Map(definition.inputs.map((input, at) => [input, call.inputs[at] ?? '']));
    const copies: Node[] = [];
    for (const [at, output] of definition.outputs.entries()) {
      const target = call.outputs[at] ?? '';
      if (target === '') continue;
      // An output that is an input, or an output twice, needs a node that gives it its second name.
      if (names.has(output)) copies.push(identity(names.get(output) ?? '', target));
      else names.set(output, target);
    }
    const prefix = call.name === '' ? call.op : call.name;
    const local = (name: string): string => {
      const known = names.get(name);
      if (known !== undefined) return known;
      const made = this.#fresh(shortName(`${prefix}/${name}`));
      names.set(name, made);
      return made;
    };
    const body = this.#nodes(definition.nodes, attributes, [...stack, key]);
    const renamed = body.map((node) => ({
      ...renameNode(node, local),
      name: shortName(`${prefix}/${node.name || node.op}`),
    }));
    return [...renamed, ...copies];
  }
}

function identity(from: string, to: string): Node {
  return { name: '', op: 'Identity', domain: '', inputs: [from], outputs: [to], attributes: new Map() };
}

/**
 * The graph with every call of a function replaced by its nodes, also inside functions and subgraphs. Values inside get
 * fresh names that begin with the call's name; an input that the call leaves out is left out inside.
 * @throws InlineError for recursion, for functions that unfold to more than 200,000 nodes, and for references outside of functions.
 */
export function inlineFunctions(graph: Graph, functions: readonly LocalFunction[], references: References): Graph {
  if (functions.length === 0 && references.size === 0) return graph;
  return new Inliner(graph, functions, references).graph(graph, undefined, []);
}
