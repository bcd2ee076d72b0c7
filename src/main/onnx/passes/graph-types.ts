/** Changes the element types that a graph declares, in the graphs inside it too. */

import type { Attribute, Graph, Node, ValueInfo } from '../graph.js';
import type { DataType } from '../tensor.js';

type Retype = (type: DataType) => DataType;

/** The values with their types replaced. */
export function retyped(infos: readonly ValueInfo[], retype: Retype): readonly ValueInfo[] {
  return infos.map((info) => (retype(info.type) === info.type ? info : { ...info, type: retype(info.type) }));
}

/** The node with `change` applied to the graphs inside it. */
export function withGraphs(node: Node, change: (graph: Graph) => Graph): Node {
  if (![...node.attributes.values()].some(({ kind }) => kind === 'graph')) return node;
  const attributes = [...node.attributes].map(([name, attribute]): [string, Attribute] => [
    name,
    attribute.kind === 'graph' ? { kind: 'graph', value: change(attribute.value) } : attribute,
  ]);
  return { ...node, attributes: new Map(attributes) };
}
