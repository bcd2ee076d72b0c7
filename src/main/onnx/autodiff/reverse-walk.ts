/** Walks a graph backwards from some of its values to others and appends what a table of rules says about every node between. */

import type { GraphBuilder, Value } from '../builder.js';
import type { Graph, Node } from '../graph.js';
import { GraphIndex } from '../graph-index.js';
import { neededValues } from '../prune.js';
import { readValues } from '../scopes.js';
import { type Shapes, inferShapes } from '../shapes.js';
import type { DataType } from '../tensor.js';
import { ReverseSite, describeNode } from './reverse-site.js';

export type { ReverseSite } from './reverse-site.js';

/**
 * What arrives at the inputs of a node when `upstream` arrived at its outputs (null where nothing did; at one something
 * did): one value an input, null for nothing. A value has the shape of the input that it belongs to. Inputs that are not
 * wanted may get null, what they get otherwise is ignored.
 */
export type ReverseRule = (site: ReverseSite, upstream: readonly (Value | null)[]) => readonly (Value | null)[];

/** What one reader of a value sends back to it. */
export interface Contribution {
  readonly upstream: Value;
  /** The node that read the value; null for the seed of the walk. */
  readonly consumer: Node | null;
}

export interface ReverseRules {
  /** The rule of a node; undefined when there is none, which is an error if the walk comes to it. */
  rule(node: Node): ReverseRule | undefined;
  /** How two and more contributions to one value come together: their sum for gradients. In the order of the readers. */
  join(g: GraphBuilder, value: Value, parts: readonly Contribution[]): Value;
}

const floating: ReadonlySet<DataType> = new Set(['float16', 'bfloat16', 'float32', 'float64']);

/** The values asked for and all that are computed from them in floating point: what else depends on them is flat. */
function reachedValues(graph: Graph, shapes: Shapes, wrt: readonly Value[]): ReadonlySet<string> {
  const reached = new Set<string>(wrt);
  for (const node of graph.nodes) {
    if (!readValues(node).some((name) => reached.has(name))) continue;
    for (const output of node.outputs) {
      const type = shapes.type(output);
      if (output !== '' && (type === undefined || floating.has(type))) reached.add(output);
    }
  }
  return reached;
}

/** The nodes between `wrt` and the seeds, in the graph's order. */
function nodesBetween(graph: Graph, seeds: Iterable<Value>, reached: ReadonlySet<string>): readonly Node[] {
  const ends = [...seeds].map((name) => ({ name, type: 'float32', dims: null }) as const);
  const needed = neededValues(graph.nodes, ends);
  return graph.nodes.filter(
    (node) =>
      node.outputs.some((output) => needed.has(output) && reached.has(output)) &&
      readValues(node).some((name) => reached.has(name)),
  );
}

/** The rule of every node. Throws RangeError that names all nodes without one. */
function rulesOf(nodes: readonly Node[], rules: ReverseRules): ReadonlyMap<Node, ReverseRule> {
  const found = new Map<Node, ReverseRule>();
  const missing: string[] = [];
  for (const node of nodes) {
    const rule = rules.rule(node);
    if (rule) found.set(node, rule);
    else missing.push(describeNode(node));
  }
  if (missing.length > 0) throw new RangeError(`No backward rule for ${missing.join(', ')}`);
  return found;
}

/** What was sent back to every value so far. */
class Arrivals {
  readonly #parts = new Map<string, Contribution[]>();
  readonly #joined = new Map<string, Value>();
  readonly #join: (value: Value, parts: readonly Contribution[]) => Value;

  constructor(join: (value: Value, parts: readonly Contribution[]) => Value) {
    this.#join = join;
  }

  add(value: string, part: Contribution): void {
    const parts = this.#parts.get(value);
    if (parts) parts.unshift(part);
    else this.#parts.set(value, [part]);
  }

  /** What came together at a value, null for nothing; all its readers must have delivered. */
  at(value: string): Value | null {
    const known = this.#joined.get(value);
    if (known !== undefined) return known;
    const parts = this.#parts.get(value) ?? [];
    const [first] = parts;
    if (first === undefined) return null;
    const joined = parts.length === 1 ? first.upstream : this.#join(value as Value, parts);
    this.#joined.set(value, joined);
    return joined;
  }
}

/**
 * Appends to `g` what the rules say, from `seeds` (what arrives at a value, by value, in its shape) back to `wrt`, and
 * returns what arrives at each of `wrt`; values at which nothing arrives are missing. Only nodes between the two are
 * visited. A value's contributions are joined once all its readers between the two have delivered.
 *
 * Throws RangeError that names operator and node of every node between without a rule.
 */
export function reverseWalk(
  g: GraphBuilder,
  seeds: ReadonlyMap<Value, Value>,
  wrt: readonly Value[],
  rules: ReverseRules,
): ReadonlyMap<Value, Value> {
  const model = g.model();
  const shapes = inferShapes(model);
  const reached = reachedValues(model.graph, shapes, wrt);
  const nodes = nodesBetween(model.graph, seeds.keys(), reached);
  const found = rulesOf(nodes, rules);
  const arrivals = new Arrivals((value, parts) => rules.join(g, value, parts));
  for (const [value, seed] of seeds) arrivals.add(value, { upstream: seed, consumer: null });
  const index = new GraphIndex(model.graph);
  const around = { g, shapes, index, isReached: (value: string) => reached.has(value) };
  for (const node of nodes.toReversed()) {
    const upstream = node.outputs.map((output) => (output === '' ? null : arrivals.at(output)));
    if (upstream.every((value) => value === null)) continue;
    const site = new ReverseSite(node, around);
    const parts = found.get(node)?.(site, upstream) ?? [];
    node.inputs.forEach((input, at) => {
      const part = parts[at] ?? null;
      if (part !== null && site.isWanted(at)) arrivals.add(input, { upstream: part, consumer: node });
    });
  }
  const results = wrt.map((value) => [value, arrivals.at(value)] as const);
  return new Map(results.filter((entry): entry is readonly [Value, Value] => entry[1] !== null));
}
