/** The intermediate representation to ModelProto bytes; numbers are field numbers of onnx.proto. */

import type { Attribute, Dimension, Graph, Model, Node, ValueInfo } from './graph.js';
import { type Tensor, dataTypes } from './tensor.js';
import { WireWriter } from './wire.js';

function writeTensor(writer: WireWriter, tensor: Tensor, name: string): void {
  for (const dim of tensor.dims) writer.int(1, dim);
  writer.int(2, dataTypes[tensor.type].code);
  if (name) writer.string(8, name);
  writer.bytes(9, tensor.bytes);
}

function writeAttribute(writer: WireWriter, name: string, attribute: Attribute): void {
  writer.string(1, name);
  switch (attribute.kind) {
    case 'float':
      writer.float(2, attribute.value);
      writer.int(20, 1);
      break;
    case 'int':
      writer.int(3, attribute.value);
      writer.int(20, 2);
      break;
    case 'string':
      writer.string(4, attribute.value);
      writer.int(20, 3);
      break;
    case 'tensor':
      writer.message(5, (child) => {
        writeTensor(child, attribute.value, '');
      });
      writer.int(20, 4);
      break;
    case 'graph':
      writer.message(6, (child) => {
        writeGraph(child, attribute.value);
      });
      writer.int(20, 5);
      break;
    case 'floats':
      for (const value of attribute.value) writer.float(7, value);
      writer.int(20, 6);
      break;
    case 'ints':
      for (const value of attribute.value) writer.int(8, value);
      writer.int(20, 7);
      break;
    case 'strings':
      for (const value of attribute.value) writer.string(9, value);
      writer.int(20, 8);
      break;
  }
}

function writeNode(writer: WireWriter, node: Node): void {
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  if (node.name) writer.string(3, node.name);
  writer.string(4, node.op);
  for (const [name, attribute] of node.attributes) {
    writer.message(5, (child) => {
      writeAttribute(child, name, attribute);
    });
  }
  if (node.domain) writer.string(7, node.domain);
}

function writeShape(writer: WireWriter, dims: readonly Dimension[]): void {
  for (const dim of dims) {
    writer.message(1, (child) => {
      if (typeof dim === 'number') child.int(1, dim);
      else if (dim !== null) child.string(2, dim);
    });
  }
}

function writeValueInfo(writer: WireWriter, value: ValueInfo): void {
  writer.string(1, value.name);
  writer.message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.int(1, dataTypes[value.type].code);
      const { dims } = value;
      if (dims !== null) {
        tensor.message(2, (shape) => {
          writeShape(shape, dims);
        });
      }
    });
  });
}

function writeGraph(writer: WireWriter, graph: Graph): void {
  for (const node of graph.nodes) {
    writer.message(1, (child) => {
      writeNode(child, node);
    });
  }
  writer.string(2, graph.name);
  for (const [name, tensor] of graph.initializers) {
    writer.message(5, (child) => {
      writeTensor(child, tensor, name);
    });
  }
  for (const input of graph.inputs) {
    writer.message(11, (child) => {
      writeValueInfo(child, input);
    });
  }
  for (const output of graph.outputs) {
    writer.message(12, (child) => {
      writeValueInfo(child, output);
    });
  }
}

/** Serialises a model as ModelProto bytes. */
export function writeModel(model: Model): Uint8Array {
  const writer = new WireWriter();
  writer.int(1, model.irVersion);
  writer.string(2, 'hognose');
  writer.message(7, (child) => {
    writeGraph(child, model.graph);
  });
  for (const [domain, version] of model.opsets) {
    writer.message(8, (child) => {
      child.string(1, domain);
      child.int(2, version);
    });
  }
  for (const [key, value] of model.metadata) {
    writer.message(14, (child) => {
      child.string(1, key);
      child.string(2, value);
    });
  }
  return writer.finish();
}
