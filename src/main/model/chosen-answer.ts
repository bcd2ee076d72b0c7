/** Finds the scores that a graph chooses its answer from: what stands before ArgMax, TopK or the largest value. */

import type { Graph, Node } from '../onnx/graph.js';

/** Operators that keep what they are given, but for its shape, type or place in a table. */
const passing: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Squeeze', 'Unsqueeze', 'Reshape', 'Flatten']);

/** Operators that pick of several scores. */
const choosing: ReadonlySet<string> = new Set(['ArgMax', 'TopK', 'ReduceMax']);

/** Look-ups of something by an index that was chosen: names or numbers of classes. */
const looking: Readonly<Record<string, number>> = { Gather: 1, GatherElements: 1, GatherND: 1, LabelEncoder: 0 };

/** Steps between an output and the choice that it is made of. */
const farthest = 12;

/** An output that is a choice, and the scores that it was made of. */
export interface Choice {
  readonly output: string;
  /** The operator that chooses. */
  readonly op: string;
  readonly scores: string;
}

function choiceOf(output: string, producers: ReadonlyMap<string, Node>): Choice | null {
  let name = output;
  for (let steps = 0; steps < farthest; steps += 1) {
    const node = producers.get(name);
    if (node === undefined) return null;
    const [data = ''] = node.inputs;
    if (choosing.has(node.op)) return { output, op: node.op, scores: data };
    const index = Object.hasOwn(looking, node.op) ? (looking[node.op] ?? 0) : undefined;
    if (index === undefined && !passing.has(node.op)) return null;
    name = node.inputs[index ?? 0] ?? '';
  }
  return null;
}

/** The outputs of a graph that are choices among scores, in their order. */
export function choicesOf({ nodes, outputs }: Graph): readonly Choice[] {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  return outputs.flatMap(({ name }) => choiceOf(name, producers) ?? []);
}

/** The choice as people are told of it, for the scores that are taken. */
export function choiceInWords({ output, op, scores }: Choice): string {
  const chosen = op === 'ReduceMax' ? 'the largest score' : 'the chosen classes';
  return `took the scores '${scores}' from before ${op}, which makes ${chosen} of them ('${output}')`;
}
