/** Gives an operand that was made for the exported sizes the size that a free dimension asks for. */

import type { Dimension, Node } from '../../graph.js';
import { type Tensor, dataTypes } from '../../tensor.js';
import { type Freeing, fixedSize } from './freeing.js';

/** Constants beyond this are weights: they are not searched for repetition. */
const mostBytes = 1 << 20;

export const broadcasting: ReadonlySet<string> = new Set(
  ('Add And BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow ' +
    'PRelu Sub Sum Where Xor').split(' '),
); // prettier-ignore
const unary: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'Neg',
  'Not',
  'Abs',
  'Sqrt',
  'Exp',
  'Sigmoid',
  'IsNaN',
  'IsInf',
]);

/** The tensor with only the first entry along `axis`, when all entries along it are the same. */
function collapsed(tensor: Tensor, axis: number): Tensor | null {
  const size = dataTypes[tensor.type].bytes;
  const { dims, bytes } = tensor;
  if (size < 1 || bytes.length > mostBytes) return null;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, size);
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const whole = inner * (dims[axis] ?? 1);
  const kept = new Uint8Array(outer * inner);
  for (let row = 0; row < outer; row += 1) {
    const first = bytes.subarray(row * whole, row * whole + inner);
    for (let at = 1; at < (dims[axis] ?? 1); at += 1) {
      if (first.some((byte, index) => byte !== bytes[row * whole + at * inner + index])) return null;
    }
    kept.set(first, row * inner);
  }
  return { type: tensor.type, dims: dims.map((dim, index) => (index === axis ? 1 : dim)), bytes: kept };
}

/** `value` with its dimension 1 at `axis` repeated `size` times. */
function expanded(state: Freeing, value: string, axis: number, size: Dimension, near: string): string {
  const rank = state.dims(value)?.length ?? 0;
  const target = Array.from({ length: rank }, (_, index) => (index === axis ? size : 1));
  return state.emit('Expand', [value, state.shape(target, near, value)], {}, value);
}

function repeated(state: Freeing, producer: Node, axis: number, rank: number): string | null {
  const [input = ''] = producer.inputs;
  const inner = state.dims(input);
  if (!inner || producer.domain !== '') return null;
  if (producer.op !== 'Expand' && producer.op !== 'Tile') return null;
  const own = axis - (rank - inner.length);
  if (own >= 0 && inner[own] !== 1) return null;
  const target = (state.dims(producer.outputs[0] ?? '') ?? []).map((dim, index) => (index === axis ? 1 : dim));
  return state.emit('Expand', [input, state.shape(target, input, input)], {}, input);
}

/** A value that is computed once, with 1 in the place of a fixed size: repeating it gives the same for any size. */
function singled(state: Freeing, value: string, axis: number, depth: number): string | null {
  const dims = state.dims(value);
  if (!dims || depth > 16) return null;
  if (dims[axis] === 1) return value;
  const tensor = state.initializers.get(value);
  if (tensor) {
    const small = collapsed(tensor, axis);
    return small && state.constant(small, value);
  }
  const producer = state.producers.get(value);
  if (producer?.domain !== '') return null;
  const again = repeated(state, producer, axis, dims.length);
  if (again !== null) return again;
  if (producer.op === 'ConstantOfShape') {
    const target = dims.map((dim, index) => (index === axis ? 1 : dim));
    const attributes = Object.fromEntries(producer.attributes);
    return state.emit('ConstantOfShape', [state.shape(target, value, value)], attributes, value);
  }
  if (!broadcasting.has(producer.op) && !unary.has(producer.op)) return null;
  const inputs = producer.inputs.map((input) => {
    const own = axis - (dims.length - (state.dims(input)?.length ?? 0));
    return own < 0 ? input : singled(state, input, own, depth + 1);
  });
  const known = inputs.filter((input) => input !== null);
  return known.length === inputs.length
    ? state.emit(producer.op, known, Object.fromEntries(producer.attributes), value)
    : null;
}

interface Conflict {
  readonly operand: number;
  /** Axis of the operand. */
  readonly axis: number;
  readonly size: string;
  /** An operand that has the size. */
  readonly near: string;
}

/** Operands with a number where another has a name that was that number. */
function conflicts(state: Freeing, node: Node, skipped: number | null, ones: boolean): Conflict[] {
  const shapes = node.inputs.map((input) => state.dims(input));
  const rank = Math.max(0, ...shapes.map((dims) => dims?.length ?? 0));
  const found: Conflict[] = [];
  for (let back = 1; back <= rank; back += 1) {
    if (rank - back === skipped) continue;
    const from = shapes.findIndex((dims) => typeof dims?.at(-back) === 'string');
    const size = shapes[from]?.at(-back);
    if (typeof size !== 'string' || state.witness(size) === null) continue;
    shapes.forEach((dims, operand) => {
      const dim = dims?.at(-back);
      if (!dims || typeof dim !== 'number' || (dim === 1 && !ones) || dims.length < back) return;
      if (dim === 1 || dim === state.witness(size)) {
        found.push({ operand, axis: dims.length - back, size, near: node.inputs[from] ?? '' });
      }
    });
  }
  return found;
}

/**
 * The node with operands whose fixed sizes agree with the free ones. `skipped` is an axis that may differ (that of
 * Concat), `ones` says that 1 does not broadcast.
 * @throws AppError `MODEL_UNSUPPORTED` when an operand really differs from place to place (a position embedding).
 */
export function withFreeOperands(state: Freeing, node: Node, skipped: number | null, ones: boolean): Node {
  const inputs = [...node.inputs];
  for (const { operand, axis, size, near } of conflicts(state, node, skipped, ones)) {
    const single = singled(state, inputs[operand] ?? '', axis, 0);
    if (single === null) throw fixedSize(node, `'${inputs[operand] ?? ''}' is made for ${String(state.witness(size))}`);
    inputs[operand] = ones ? expanded(state, single, axis, size, near) : single;
  }
  return { ...node, inputs };
}
