/** The tensor that a Constant node holds, whichever of its attributes carries it. */

import type { Node } from './graph.js';
import { type Tensor, floatTensor, intTensor, stringTensor } from './tensor.js';

/** The value of a Constant node as a tensor; undefined for another node. */
export function constantTensor(node: Node): Tensor | undefined {
  if (node.op !== 'Constant' || node.domain !== '') return undefined;
  const [attribute] = node.attributes.values();
  switch (attribute?.kind) {
    case 'tensor':
      return attribute.value;
    case 'float':
      return floatTensor(Float32Array.of(attribute.value), []);
    case 'int':
      return intTensor([attribute.value], []);
    case 'string':
      return stringTensor([attribute.value], []);
    case 'floats':
      return floatTensor(Float32Array.from(attribute.value), [attribute.value.length]);
    case 'ints':
      return intTensor(attribute.value);
    case 'strings':
      return stringTensor(attribute.value, [attribute.value.length]);
    case 'graph':
    case undefined:
      return undefined;
  }
}
