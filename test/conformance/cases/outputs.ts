/** Files with more than one output. */

import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Model, ValueInfo } from '../../../src/main/onnx/graph.js';
import { renameValues } from '../../../src/main/onnx/rename.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';
import { architecture, tokens } from '../../support/export-styles/architecture.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { randomParameters, transposed } from '../../support/export-styles/parameters.js';
import { renamed, withOutputs } from '../../support/export-styles/rewrites.js';
import { Optimum } from '../../support/export-styles/torchscript.js';
import { written } from '../../support/export-styles/written.js';
import { model, type Case } from './case.js';

/** A classifier that gives its hidden states as outputs too. */
export const hiddenStates: Case = {
  name: 'hidden states as outputs',
  architecture: architecture(),
  write: (a, p) => {
    const exporter = new Optimum(a, p, {});
    const made = exporter.model();
    const outputs = exporter.streams.map((name): ValueInfo => ({
      name,
      type: 'float32',
      dims: ['batch_size', tokens(a), a.dim],
    }));
    return written(withOutputs(made, outputs));
  },
};

/** The file with some of its values under other names. */
function withNames({ graph, ...model }: Model, names: Readonly<Record<string, string>>): Model {
  return { ...model, graph: renameValues(graph, (name) => names[name] ?? name) };
}

/** Two classifiers of two pictures in one file. */
const twins: Case = {
  name: 'two classifiers in one file, the second one named',
  architecture: architecture(),
  write: (a, p) => {
    const first = renamed(model(Exporter, a, randomParameters(a, 999)), (name) => `left_${name}`);
    const second = model(Exporter, a, p);
    const left = withNames(first, { input: 'left', logits: 'left_classes' }).graph;
    const right = withNames(second, { input: 'right', logits: 'right_classes' }).graph;
    const graph = {
      ...right,
      nodes: [...left.nodes.map((node) => ({ ...node, name: `left_${node.name}` })), ...right.nodes],
      initializers: new Map([...left.initializers, ...right.initializers]),
      inputs: [...left.inputs, ...right.inputs],
      outputs: [...left.outputs, ...right.outputs],
    };
    return written(second, { bytes: writeModel({ ...second, graph }) });
  },
  values: { pixels: 'right', logits: 'right_classes' },
};

/** A classifier with a second head of the same size on the mean of its tokens. */
const secondHead: Case = {
  name: 'two heads of the same size, the second one named',
  architecture: architecture(),
  write: (a, p) => {
    const exporter = new Exporter(a, p);
    const made = exporter.model();
    const { graph, ...rest } = made;
    const g = new GraphBuilder('other', 'other_', { opset: 17 });
    const stream = g.input(exporter.streams.at(-1) ?? '', 'float32', []);
    const pooled = g.op('ReduceMean', [stream], { axes: [1], keepdims: 0 });
    const weight = transposed(randomParameters(a, 998).head.weight);
    g.output('age', g.matMul(pooled, g.floats(weight.data, weight.dims)), 'float32', ['batch_size', a.classes]);
    const other = g.graph();
    const both = {
      ...graph,
      nodes: [...graph.nodes, ...other.nodes],
      initializers: new Map([...graph.initializers, ...other.initializers]),
      outputs: [...other.outputs, ...graph.outputs],
    };
    return written(made, { bytes: writeModel(withNames({ ...rest, graph: both }, { logits: 'species' })) });
  },
  values: { logits: 'species' },
};

/** Cases that a person has to help with: alone they are refused. */
export const namedCases: readonly Case[] = [twins, secondHead];
