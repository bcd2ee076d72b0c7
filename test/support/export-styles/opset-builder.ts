/** A graph builder that writes operators in the form of the operator set it is for. */

import { GraphBuilder, type Value } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { renameValues } from '../../../src/main/onnx/rename.js';
import { floatTensor, intTensor } from '../../../src/main/onnx/tensor.js';
import type { Numbers } from './parameters.js';

export class OpsetBuilder extends GraphBuilder {
  readonly opset: number;

  constructor(name: string, opset: number) {
    super(name, '', { opset });
    this.opset = opset;
  }

  weight(numbers: Numbers, hint = 'weight'): Value {
    return this.constant(floatTensor(numbers.data, numbers.dims), hint);
  }

  /** A rank-0 float32 as a Constant node, as PyTorch writes scalars. */
  scalar(value: number): Value {
    return this.op('Constant', [], { value: floatTensor(Float32Array.of(value), []) });
  }

  /** A rank-0 int64 as a Constant node. */
  index(value: number): Value {
    return this.op('Constant', [], { value: intTensor([value], []) });
  }

  /** A rank-1 int64 as a Constant node. */
  list(...values: number[]): Value {
    return this.op('Constant', [], { value: intTensor(values) });
  }

  unsqueeze(x: Value, axis: number): Value {
    return this.opset < 13 ? this.op('Unsqueeze', [x], { axes: [axis] }) : this.op('Unsqueeze', [x, this.list(axis)]);
  }

  squeeze(x: Value, axis: number): Value {
    return this.opset < 13 ? this.op('Squeeze', [x], { axes: [axis] }) : this.op('Squeeze', [x, this.list(axis)]);
  }

  /** Parts of the given sizes along `axis`. */
  split(x: Value, axis: number, sizes: readonly number[]): Value[] {
    return this.opset < 13
      ? this.ops('Split', [x], { axis, split: sizes }, { outputs: sizes.length })
      : this.ops('Split', [x, this.list(...sizes)], { axis }, { outputs: sizes.length });
  }

  mean(x: Value, axis: number, keep: boolean): Value {
    const keepdims = keep ? 1 : 0;
    return this.opset < 18
      ? this.op('ReduceMean', [x], { axes: [axis], keepdims })
      : this.op('ReduceMean', [x, this.list(axis)], { keepdims });
  }

  /** The model with its outputs computed directly, as exporters write them, instead of by a copying node. */
  exported(producer: string): Model {
    const model = this.model();
    const names = new Map<string, string>();
    for (const node of model.graph.nodes) {
      const [input = '', output = ''] = [node.inputs[0], node.outputs[0]];
      if (node.name.startsWith('output_')) names.set(input, output);
    }
    const nodes = model.graph.nodes.filter(({ name }) => !name.startsWith('output_'));
    const graph = renameValues({ ...model.graph, nodes }, (name) => names.get(name) ?? name);
    const opsets = new Map(model.opsets);
    if (!nodes.some(({ domain }) => domain === 'com.microsoft')) opsets.delete('com.microsoft');
    return { ...model, opsets, graph, producer, irVersion: this.opset < 13 ? 6 : this.opset < 18 ? 8 : 10 };
  }
}
