/** Weights in a data file of their own, as exporters write models beyond 2 GB; written by hand, byte for byte. */

import type { Model } from '../../../src/main/onnx/graph.js';
import { dataTypes } from '../../../src/main/onnx/tensor.js';
import { WireWriter } from '../../../src/main/onnx/wire.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';

function entry(writer: WireWriter, key: string, value: string): void {
  writer.message(13, (child) => {
    child.string(1, key);
    child.string(2, value);
  });
}

/**
 * The bytes of the model and of its data file `location`. Protocol buffers that follow each other merge, so the weights
 * go into a second GraphProto after a model without any.
 */
export function withExternalData(model: Model, location: string): { bytes: Uint8Array; data: Uint8Array } {
  const chunks: Uint8Array[] = [];
  let offset = 0;
  const weights = new WireWriter();
  weights.message(7, (graph) => {
    for (const [name, tensor] of model.graph.initializers) {
      const padding = new Uint8Array((64 - (tensor.bytes.length % 64)) % 64);
      graph.message(5, (child) => {
        for (const dim of tensor.dims) child.int(1, dim);
        child.int(2, dataTypes[tensor.type].code);
        child.string(8, name);
        entry(child, 'location', location);
        entry(child, 'offset', String(offset));
        entry(child, 'length', String(tensor.bytes.length));
        child.int(14, 1);
      });
      chunks.push(tensor.bytes, padding);
      offset += tensor.bytes.length + padding.length;
    }
  });
  const bare = writeModel({ ...model, graph: { ...model.graph, initializers: new Map() } });
  return { bytes: Buffer.concat([bare, weights.finish()]), data: Buffer.concat(chunks) };
}
