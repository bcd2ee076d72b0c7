/** Puts two models one after the other into one. */

import type { Graph, Model } from './graph.js';
import { renameValues } from './rename.js';
import { allNames, definedValues, freshNames } from './scopes.js';

function joinedOpsets(first: Model, second: Model): ReadonlyMap<string, number> {
  const opsets = new Map(first.opsets);
  for (const [domain, version] of second.opsets) {
    const other = opsets.get(domain) ?? version;
    if (other !== version) {
      const name = domain === '' ? 'ai.onnx' : domain;
      throw new RangeError(`Operator set ${name} is ${String(other)} in one model and ${String(version)} in the other`);
    }
    opsets.set(domain, version);
  }
  return opsets;
}

type Named = readonly { readonly name: string }[];

function namesOf(...lists: readonly Named[]): Set<string> {
  return new Set(lists.flatMap((list) => list.map(({ name }) => name)));
}

/** New names for the values of `graph` that clash with one of `taken`, except for those in `kept`. */
function newNames(graph: Graph, taken: ReadonlySet<string>, kept: ReadonlySet<string>): Map<string, string> {
  const fresh = freshNames(new Set([...taken, ...allNames(graph)]));
  const names = new Map<string, string>();
  for (const name of definedValues(graph)) if (taken.has(name) && !kept.has(name)) names.set(name, fresh(name));
  return names;
}

function refuseBadLinks(first: Graph, second: Graph, links: ReadonlyMap<string, string>): void {
  const values = definedValues(first);
  const inputs = namesOf(second.inputs);
  for (const [input, value] of links) {
    if (!inputs.has(input)) throw new RangeError(`'${second.name}' has no input '${input}'`);
    if (!values.has(value)) throw new RangeError(`'${first.name}' has no value '${value}'`);
  }
}

function withNames(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  return names.size === 0 ? graph : renameValues(graph, (name) => names.get(name) ?? name);
}

function withoutDefaults(graph: Graph, linked: ReadonlyMap<string, string>): Graph {
  return { ...graph, initializers: new Map([...graph.initializers].filter(([name]) => !linked.has(name))) };
}

/**
 * One model that runs `first` and then `second`. `links` says for inputs of `second` which value of `first` they are:
 * `{ inputOfSecond: 'valueOfFirst' }`. Inputs: those of `first`, then those of `second` that are not linked. Outputs:
 * those of `first` that are not linked, then those of `second`. Clashing names inside the models are kept apart.
 * @throws RangeError for a link between values that do not exist, for operator sets of different versions, and when an
 * input or output of one model has the name of an input or output of the other.
 */
export function compose(first: Model, second: Model, links: Readonly<Record<string, string>>): Model {
  const opsets = joinedOpsets(first, second);
  const linked = new Map(Object.entries(links));
  refuseBadLinks(first.graph, second.graph, linked);
  const linkedValues = new Set(linked.values());
  const firstOutputs = first.graph.outputs.filter(({ name }) => !linkedValues.has(name));
  const openInputs = second.graph.inputs.filter(({ name }) => !linked.has(name));
  const firstPublic = namesOf(first.graph.inputs, firstOutputs);
  const secondPublic = namesOf(openInputs, second.graph.outputs);
  for (const name of firstPublic) {
    if (secondPublic.has(name)) throw new RangeError(`Both models have an input or output '${name}'`);
  }
  const firstNames = newNames(first.graph, secondPublic, firstPublic);
  const before = withNames(first.graph, firstNames);
  const body = withoutDefaults(second.graph, linked);
  const secondNames = newNames(body, allNames(before), secondPublic);
  for (const [input, value] of linked) secondNames.set(input, firstNames.get(value) ?? value);
  const after = withNames(body, secondNames);
  return {
    ...first,
    irVersion: Math.max(first.irVersion, second.irVersion),
    opsets,
    metadata: new Map([...second.metadata, ...first.metadata]),
    graph: {
      name: first.graph.name,
      nodes: [...before.nodes, ...after.nodes],
      initializers: new Map([...before.initializers, ...after.initializers]),
      inputs: [...first.graph.inputs, ...openInputs],
      outputs: [...firstOutputs, ...second.graph.outputs],
    },
  };
}
