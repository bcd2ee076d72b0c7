/** Quantised exports as ONNX Runtime's tools write them, each with the float model that its integers stand for. */

import type { Attribute, Graph, Model, Node } from '../../../src/main/onnx/graph.js';
import { type Tensor, floatTensor, floatsOf } from '../../../src/main/onnx/tensor.js';
import { fourBits, int8Columns, uint8Tensor } from './number-formats.js';

export interface Quantisation {
  readonly model: Model;
  /** Plain float32 with the dequantised weights. */
  readonly twin: Model;
}

function attributesOf(values: Readonly<Record<string, number | Tensor>>): ReadonlyMap<string, Attribute> {
  return new Map(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' ? { kind: 'int', value } : { kind: 'tensor', value },
    ]),
  );
}

function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, number>> = {},
  domain = '',
): Node {
  return { name: outputs[0] ?? op, op, domain, inputs, outputs, attributes: attributesOf(attributes) };
}

/** What a matrix is replaced by. */
interface Replacement {
  readonly nodes: readonly Node[];
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly dequantised: Float32Array;
}

type Replace = (product: Node, weight: Tensor, name: string) => Replacement | null;

/** Replaces every product with a constant matrix. */
function rewriteProducts(model: Model, replace: Replace): Quantisation {
  const { graph } = model;
  const tensors = new Map(graph.initializers);
  const twins = new Map(graph.initializers);
  const nodes = graph.nodes.flatMap((product): readonly Node[] => {
    const name = product.inputs[1] ?? '';
    const weight = product.op === 'MatMul' ? graph.initializers.get(name) : undefined;
    if (weight?.type !== 'float32' || weight.dims.length !== 2) return [product];
    const replacement = replace(product, weight, name);
    if (!replacement) return [product];
    tensors.delete(name);
    twins.set(name, floatTensor(replacement.dequantised, weight.dims));
    for (const [key, tensor] of Object.entries(replacement.tensors)) tensors.set(key, tensor);
    return replacement.nodes;
  });
  const opsets = new Map([...model.opsets, ['com.microsoft', 1]] as const);
  const changed = (changes: Partial<Graph>): Model => ({ ...model, opsets, graph: { ...graph, ...changes } });
  return { model: changed({ nodes, initializers: tensors }), twin: changed({ initializers: twins }) };
}

function integers(type: 'int8' | 'uint8', values: Int8Array | Uint8Array, dims: readonly number[]): Tensor {
  return { type, dims, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** Weights in int8 by output channel behind DequantizeLinear, activations in float. */
export function weightOnlyQdq(model: Model): Quantisation {
  return rewriteProducts(model, (product, weight, name) => {
    const [rows = 0, columns = 0] = weight.dims;
    const { values, scales, zeroPoints, dequantised } = int8Columns(floatsOf(weight), rows, columns);
    const parts = [`${name}_quantized`, `${name}_scale`, `${name}_zero_point`];
    return {
      nodes: [node('DequantizeLinear', parts, [name], { axis: 1 }), product],
      tensors: {
        [`${name}_quantized`]: integers('int8', values, weight.dims),
        [`${name}_scale`]: floatTensor(scales, [columns]),
        [`${name}_zero_point`]: integers('int8', zeroPoints, [columns]),
      },
      dequantised,
    };
  });
}

/** Static quantisation in QDQ form: weights as above and every product's input through uint8 with a calibrated range. */
export function staticQdq(model: Model, range: number): Quantisation {
  const weights = weightOnlyQdq(model);
  const { graph } = weights.model;
  const quantised = new Set(graph.nodes.flatMap(({ op, outputs }) => (op === 'DequantizeLinear' ? outputs : [])));
  const seen = new Set<string>();
  const nodes = graph.nodes.flatMap((each): readonly Node[] => {
    const [input = '', weight = ''] = each.inputs;
    if (each.op !== 'MatMul' || !quantised.has(weight)) return [each];
    const after = `${input}_DequantizeLinear`;
    const product = { ...each, inputs: [after, weight] };
    if (seen.has(input)) return [product];
    seen.add(input);
    const grid = ['activation_scale', 'activation_zero_point'];
    return [
      node('QuantizeLinear', [input, ...grid], [`${input}_QuantizeLinear`]),
      node('DequantizeLinear', [`${input}_QuantizeLinear`, ...grid], [after]),
      product,
    ];
  });
  const initializers = new Map([
    ...graph.initializers,
    ['activation_scale', floatTensor(Float32Array.of((2 * range) / 255), [])] as const,
    ['activation_zero_point', integers('uint8', Uint8Array.of(128), [])] as const,
  ]);
  return { ...weights, model: { ...weights.model, graph: { ...graph, nodes, initializers } } };
}

/** Dynamic quantisation: DynamicQuantizeLinear, MatMulInteger, Cast and the product of the scales. */
export function dynamicQuantised(model: Model): Quantisation {
  const seen = new Set<string>();
  return rewriteProducts(model, ({ inputs: [input = ''], outputs: [output = ''] }, weight, name) => {
    const { values, scales, zeroPoints, dequantised } = uint8Tensor(floatsOf(weight));
    const [quantised, scale, zero] = [`${input}_quantized`, `${input}_scale`, `${input}_zero_point`];
    const [integer, float, factor] = [`${output}_quantized`, `${output}_cast`, `${output}_scales`];
    const first = seen.has(input) ? [] : [node('DynamicQuantizeLinear', [input], [quantised, scale, zero])];
    seen.add(input);
    return {
      nodes: [
        ...first,
        node('MatMulInteger', [quantised, `${name}_quantized`, zero, `${name}_zero_point`], [integer]),
        node('Cast', [integer], [float], { to: 1 }),
        node('Mul', [scale, `${name}_scale`], [factor]),
        node('Mul', [float, factor], [output]),
      ],
      tensors: {
        [`${name}_quantized`]: integers('uint8', values, weight.dims),
        [`${name}_scale`]: floatTensor(scales, []),
        [`${name}_zero_point`]: integers('uint8', zeroPoints, []),
      },
      dequantised,
    };
  });
}

/** Weights of 4 bits in blocks of 16 rows: com.microsoft MatMulNBits. */
export function fourBitProducts(model: Model): Quantisation {
  const size = 16;
  return rewriteProducts(model, ({ inputs: [input = ''], outputs }, weight, name) => {
    const [rows = 0, columns = 0] = weight.dims;
    if (rows % size !== 0) return null;
    const { packed, scales, dequantised } = fourBits(floatsOf(weight), rows, columns, size);
    const attributes = { K: rows, N: columns, bits: 4, block_size: size };
    return {
      nodes: [node('MatMulNBits', [input, `${name}_Q4`, `${name}_scales`], outputs, attributes, 'com.microsoft')],
      tensors: {
        [`${name}_Q4`]: integers('uint8', packed, [columns, rows / size, size / 2]),
        [`${name}_scales`]: floatTensor(scales, [columns * (rows / size)]),
      },
      dequantised,
    };
  });
}
