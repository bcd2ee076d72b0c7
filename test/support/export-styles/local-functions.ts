/** A model file with local functions, as the dynamo exporter writes before inlining: FunctionProto bytes appended to ModelProto. */

import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Graph, Model } from '../../../src/main/onnx/graph.js';
import { WireReader, WireWriter } from '../../../src/main/onnx/wire.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';
import { torchlib } from './dynamo.js';

/** An attribute of a function's node that takes its value from the call. */
interface Reference {
  readonly op: string;
  readonly attribute: string;
  readonly from: string;
}

interface LocalFunction {
  readonly name: string;
  readonly graph: Graph;
  readonly attributes: readonly string[];
  readonly references: readonly Reference[];
}

function linearBias(): LocalFunction {
  const g = new GraphBuilder('f', '', { opset: 18 });
  const [x, weight, bias] = ['x', 'weight', 'bias'].map((name) => g.input(name, 'float32', []));
  if (!x || !weight || !bias) throw new RangeError('Three inputs');
  g.output('result', g.add(g.matMul(x, weight), bias), 'float32', []);
  return { name: 'aten_linear_bias', graph: g.graph(), attributes: [], references: [] };
}

function gelu(): LocalFunction {
  const g = new GraphBuilder('f', '', { opset: 18 });
  const x = g.input('self', 'float32', []);
  const number = (value: number) => g.op('Constant', [], { value_float: { float: value } });
  const erf = g.op('Erf', [g.div(x, number(Math.SQRT2))]);
  g.output('result', g.mul(number(0.5), g.mul(x, g.add(number(1), erf))), 'float32', []);
  return { name: 'aten_gelu', graph: g.graph(), attributes: [], references: [] };
}

/** Softmax along the call's `dim`. */
function softmax(): LocalFunction {
  const g = new GraphBuilder('f', '', { opset: 18 });
  g.output('result', g.op('Softmax', [g.input('self', 'float32', [])]), 'float32', []);
  const references = [{ op: 'Softmax', attribute: 'axis', from: 'dim' }];
  return { name: 'aten_softmax', graph: g.graph(), attributes: ['dim'], references };
}

/** The serialised nodes of a graph: field 1 of the GraphProto in field 7 of the ModelProto. */
function nodeBytes(graph: Graph): Uint8Array[] {
  const nodes: Uint8Array[] = [];
  const bytes = writeModel({ irVersion: 8, opsets: new Map([['', 18]]), graph, metadata: new Map(), producer: '' });
  const model = new WireReader(bytes);
  while (!model.done) {
    const { field, wire } = model.tag();
    if (field !== 7) {
      model.skip(wire);
      continue;
    }
    const inner = model.message();
    while (!inner.done) {
      const tag = inner.tag();
      if (tag.field === 1) nodes.push(inner.bytes());
      else inner.skip(tag.wire);
    }
  }
  return nodes;
}

/** AttributeProto `{ name, type: INT, ref_attr_name }` as field 5 of a node. */
function referenceBytes({ attribute, from }: Reference): Uint8Array {
  const writer = new WireWriter();
  writer.message(5, (child) => {
    child.string(1, attribute);
    child.int(20, 2);
    child.string(21, from);
  });
  return writer.finish();
}

function writeFunction(writer: WireWriter, { name, graph, attributes, references }: LocalFunction): void {
  writer.string(1, name);
  for (const input of graph.inputs) writer.string(4, input.name);
  for (const output of graph.outputs) writer.string(5, output.name);
  for (const attribute of attributes) writer.string(6, attribute);
  nodeBytes(graph).forEach((bytes, index) => {
    const extra = references.filter(({ op }) => op === graph.nodes[index]?.op).map(referenceBytes);
    writer.bytes(7, Buffer.concat([bytes, ...extra]));
  });
  writer.message(9, (child) => {
    child.string(1, '');
    child.int(2, 18);
  });
  writer.string(10, torchlib);
}

/** The bytes of a model that calls `aten_linear_bias`, `aten_gelu` and `aten_softmax`, with their definitions. */
export function withLocalFunctions(model: Model): Uint8Array {
  const opsets = new Map([...model.opsets, [torchlib, 1]] as const);
  const writer = new WireWriter();
  for (const definition of [linearBias(), gelu(), softmax()]) {
    writer.message(25, (child) => {
      writeFunction(child, definition);
    });
  }
  return Buffer.concat([writeModel({ ...model, opsets }), writer.finish()]);
}
