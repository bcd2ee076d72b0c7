/** Float forms of integer products whose input is quantised at run time (dynamic quantisation). */

import { type Node, intAttribute } from '../../graph.js';
import { dataTypes } from '../../tensor.js';
import type { Fragment } from '../rewrite.js';
import { type Dequantiser, writeLike } from './linear.js';
import { type Dequantising, quantisation } from './quantised.js';

/** The product of floats and a bias, under the names of `node`'s outputs. */
function product(g: Fragment, a: string, b: string, bias: string, outputs: readonly string[]): void {
  if (bias === '') g.write('MatMul', [a, b], outputs);
  else g.write('Add', [g.op('product', 'MatMul', [a, b]), bias], outputs);
}

const toFloat: Dequantiser = (state, g, node) => {
  const [a = '', b = '', aScale, bScale, aZero, bZero, bias = ''] = node.inputs;
  const left = state.float(g, a, quantisation(aScale, aZero, -2));
  const right = state.float(g, b, quantisation(bScale, bZero, -1));
  if (left === null || right === null) return false;
  product(g, left, right, bias, node.outputs);
  return true;
};

const dynamicMatMul: Dequantiser = (state, g, node) => {
  const [a = '', b = '', bScale, bZero, bias = ''] = node.inputs;
  const right = state.float(g, b, quantisation(bScale, bZero, -1));
  if (right === null) return false;
  product(g, a, right, bias, node.outputs);
  return true;
};

/** The factor that brings an integer product back to floats: the scale of the run-time input times that of the weights. */
interface Rescaling {
  readonly integers: Node;
  readonly weightScale: string;
}

function producerOf(state: Dequantising, value: string | undefined, op: string): Node | undefined {
  const node = value === undefined ? undefined : state.index.producer(value);
  return node?.op === op && node.domain === '' ? node : undefined;
}

/** Recognises `Cast(integer product) * (input scale * weight scale)`, in whichever order the factors stand. */
function rescalingOf(state: Dequantising, node: Node): Rescaling | null {
  for (const [first, second] of [node.inputs, [...node.inputs].reverse()]) {
    const cast = producerOf(state, first, 'Cast');
    const integers =
      producerOf(state, cast?.inputs[0], 'MatMulInteger') ?? producerOf(state, cast?.inputs[0], 'ConvInteger');
    const scales = producerOf(state, second, 'Mul');
    if (!integers || !scales) continue;
    for (const [mine, other] of [scales.inputs, [...scales.inputs].reverse()]) {
      const dynamic = producerOf(state, mine, 'DynamicQuantizeLinear');
      if (dynamic && other !== undefined && dynamic.outputs[1] === mine && dynamic.outputs[0] === integers.inputs[0]) {
        return { integers, weightScale: other };
      }
    }
  }
  return null;
}

const rescale: Dequantiser = (state, g, node) => {
  const found = rescalingOf(state, node);
  if (found === null) return false;
  const { integers, weightScale } = found;
  const [a = '', b = '', , bZero] = integers.inputs;
  const x = state.known(a);
  if (x === undefined) return false;
  const rank = state.rank(weightScale);
  const scalar = rank === 0 || (rank === 1 && state.size(weightScale, 0) === 1);
  if (integers.op === 'MatMulInteger') {
    const weight = state.expression(g, b, quantisation(weightScale, bZero, -1));
    if (weight === null) return false;
    g.write('MatMul', [x, weight], node.outputs);
    return true;
  }
  if (scalar) {
    const weight = state.expression(g, b, quantisation(weightScale, bZero, 0));
    if (weight === null) return false;
    writeLike(g, integers, 'Conv', [x, weight], node.outputs);
    return true;
  }
  // A scale a channel is shaped for the result: it stays behind the convolution.
  const weight = state.codes(g, b, quantisation(weightScale, bZero, 0));
  if (weight === null) return false;
  const result = g.name('convolved');
  writeLike(g, integers, 'Conv', [x, weight], [result]);
  g.write('Mul', [result, weightScale], node.outputs);
  return true;
};

/** Codes of fewer than 8 bits, the first in the lowest bits, as one byte each along a new last axis. */
function unpacked(g: Fragment, packed: string, bits: number): string {
  if (bits === 8) return packed;
  const byte = (hint: string, value: number): string =>
    g.constant(hint, { type: 'uint8', dims: [], bytes: Uint8Array.of(value) });
  const mask = byte('mask', 2 ** bits - 1);
  const parts = Array.from({ length: 8 / bits }, (_, index) => {
    const moved =
      index === 0 ? packed : g.op('moved', 'BitShift', [packed, byte('by', index * bits)], { direction: 'RIGHT' });
    const part = g.op('part', 'BitwiseAnd', [moved, mask]);
    return g.op('apart', 'Unsqueeze', [part, g.ints('axis', -1)]);
  });
  return g.op('unpacked', 'Concat', parts, { axis: -1 });
}

/** Zero points `[N, blocks, 1]` in floats: given packed like the codes, given in floats, or the middle of the range. */
function zeroPoints(
  state: Dequantising,
  g: Fragment,
  given: string,
  to: number,
  n: number,
  blocks: number,
  bits: number,
): string | null {
  if (given === '') return g.op('zero', 'Cast', [g.float('middle', 2 ** (bits - 1))], { to });
  const shape = g.ints('zero_shape', n, blocks, 1);
  const type = state.index.tensor(given)?.type ?? state.shapes.type(given);
  if (type !== 'uint8') return type === undefined ? null : g.op('zero', 'Reshape', [given, shape]);
  const row = Math.ceil((blocks * bits) / 8);
  const rows = g.op('zero_rows', 'Reshape', [given, g.ints('rows', n, row)]);
  const codes = g.op('zero_codes', 'Reshape', [unpacked(g, rows, bits), g.ints('codes', n, (row * 8) / bits, 1)]);
  const cut = g.op('zero_cut', 'Slice', [codes, g.ints('from', 0), g.ints('to', blocks), g.ints('along', 1)]);
  return g.op('zero', 'Cast', [cut], { to });
}

/** com.microsoft MatMulNBits: weights `[N, blocks, bytes of a block]`, a scale and a zero point a block. */
const matMulNBits: Dequantiser = (state, g, node) => {
  const [a = '', b = '', scales = '', zeros = '', order = '', bias = ''] = node.inputs;
  const [k, n] = [intAttribute(node, 'K', 0), intAttribute(node, 'N', 0)];
  const [bits, block] = [intAttribute(node, 'bits', 4), intAttribute(node, 'block_size', 0)];
  if (order !== '' || ![2, 4, 8].includes(bits) || k <= 0 || n <= 0 || block <= 0) return false;
  const blocks = Math.ceil(k / block);
  const to = dataTypes[state.typeOf(scales)].code;
  const zero = zeroPoints(state, g, zeros, to, n, blocks, bits);
  if (zero === null) return false;
  const codes = g.op('codes', 'Reshape', [unpacked(g, b, bits), g.ints('shape', n, blocks, block)]);
  const shifted = g.op('shifted', 'Sub', [g.op('numbers', 'Cast', [codes], { to }), zero]);
  const scale = g.op('scale', 'Reshape', [scales, g.ints('scale_shape', n, blocks, 1)]);
  const rows = g.op('rows', 'Reshape', [
    g.op('scaled', 'Mul', [shifted, scale]),
    g.ints('row_shape', n, blocks * block),
  ]);
  const cut =
    blocks * block === k ? rows : g.op('cut', 'Slice', [rows, g.ints('from', 0), g.ints('to', k), g.ints('along', 1)]);
  product(g, a, g.op('weight', 'Transpose', [cut], { perm: [1, 0] }), bias, node.outputs);
  return true;
};

export const integerDequantisers: Readonly<Record<string, Dequantiser>> = {
  Mul: rescale,
  'com.microsoft.MatMulIntegerToFloat': toFloat,
  'com.microsoft.DynamicQuantizeMatMul': dynamicMatMul,
  'com.microsoft.MatMulNBits': matMulNBits,
};
