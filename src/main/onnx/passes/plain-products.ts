/** Writes every linear layer in one form: a MatMul with a constant matrix `[inputs, outputs]` on its right, and an Add. */

import { type Node, type Model, floatAttribute, intAttribute, intsAttribute } from '../graph.js';
import { elementCount } from '../tensor.js';
import { lowerEinsum } from './plain-einsum.js';
import { type Fragment, Rewriter } from './rewrite.js';

/** The dimensions of a value when all are numbers. */
function knownDims(rewriter: Rewriter, value: string | undefined): readonly number[] | null {
  const dims = value === undefined || value === '' ? null : rewriter.dims(value);
  return dims?.every((dim) => typeof dim === 'number') === true ? dims : null;
}

/** The matrix with its two axes swapped. */
function flip(g: Fragment, hint: string, matrix: string): string {
  return g.op(hint, 'Transpose', [matrix], { perm: [1, 0] });
}

/** The permutation that swaps the last two of `rank` axes. */
function swapLast(rank: number): number[] {
  return [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
}

function openGemm(g: Fragment, node: Node, rewriter: Rewriter): boolean {
  const [a = '', b = '', c = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const left = intAttribute(node, 'transA', 0) === 1 ? flip(g, 'left', a) : a;
  const right = intAttribute(node, 'transB', 0) === 1 ? flip(g, 'right', b) : b;
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  const biased = c !== '' && beta !== 0;
  // The factor goes to whichever side is constant, so that the layer stays one product.
  const scaled = alpha === 1 ? right : g.op('scaled', 'Mul', [right, g.float('alpha', alpha)]);
  // A constant on the left: (W x) = (xT WT)T, so that the weights stand on the right.
  const turned = rewriter.index.isConstant(a) && !rewriter.index.isConstant(b);
  const product = turned || biased ? g.name('product') : output;
  if (turned) {
    const inner = g.op('turned', 'MatMul', [flip(g, 'columns', scaled), flip(g, 'weights', left)]);
    g.write('Transpose', [inner], [biased ? product : output], { perm: [1, 0] });
  } else g.write('MatMul', [left, scaled], [product]);
  if (biased) g.write('Add', [product, beta === 1 ? c : g.op('bias', 'Mul', [c, g.float('beta', beta)])], [output]);
  return true;
}

/** A convolution of single pixels: a linear layer over the channels. */
function openPointwise(g: Fragment, node: Node, rewriter: Rewriter): boolean {
  const [x = '', w = '', bias = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const weight = knownDims(rewriter, w);
  const input = rewriter.dims(x);
  const [outputs = 0, inputs = 0, ...kernel] = weight ?? [];
  const plain =
    rewriter.index.isConstant(w) &&
    input?.length === weight?.length &&
    kernel.length > 0 &&
    kernel.every((size) => size === 1) &&
    intAttribute(node, 'group', 1) === 1 &&
    (intsAttribute(node, 'strides') ?? []).every((stride) => stride === 1) &&
    (intsAttribute(node, 'pads') ?? []).every((pad) => pad === 0);
  if (!plain) return false;
  const spatial = kernel.map((_, axis) => axis + 2);
  const last = g.op('last', 'Transpose', [x], { perm: [0, ...spatial, 1] });
  const matrix = flip(g, 'weights', g.op('matrix', 'Reshape', [w, g.ints('shape', outputs, inputs)]));
  const product = g.op('product', 'MatMul', [last, matrix]);
  const sum = bias === '' ? product : g.op('sum', 'Add', [product, bias]);
  g.write('Transpose', [sum], [output], { perm: [0, kernel.length + 1, ...spatial.map((axis) => axis - 1)] });
  return true;
}

/** A product with a constant on the left, or with one matrix a head. */
function openMatMul(g: Fragment, node: Node, rewriter: Rewriter): boolean {
  const [a = '', b = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const left = knownDims(rewriter, a);
  const right = knownDims(rewriter, b);
  if (!left || !right) return false;
  const [constantLeft, constantRight] = [rewriter.index.isConstant(a), rewriter.index.isConstant(b)];
  if (constantLeft && !constantRight && left.length === 2 && right.length >= 2) {
    const columns = g.op('columns', 'Transpose', [b], { perm: swapLast(right.length) });
    const inner = g.op('turned', 'MatMul', [columns, flip(g, 'weights', a)]);
    g.write('Transpose', [inner], [output], { perm: swapLast(right.length) });
    return true;
  }
  if (!constantRight || constantLeft || right.length <= 2) return false;
  return openHeads(g, a, left, b, right, output);
}

/** `x [.., 1, S, D]` times one matrix a head `[.., H, D, d]`, where every head reads the same x. */
function openHeads(
  g: Fragment,
  a: string,
  left: readonly number[],
  b: string,
  right: readonly number[],
  output: string,
): boolean {
  const heads = right.slice(0, -2);
  const [inputs = 0, outputs = 0] = right.slice(-2);
  const [rows = 0] = left.slice(-2);
  const padded = [...Array.from({ length: Math.max(0, right.length - left.length) }, () => 1), ...left];
  const lead = padded.slice(0, -2);
  const beyond = lead.length - heads.length;
  const shared = heads.every((size, axis) => size === 1 || lead[beyond + axis] === 1);
  if (!shared || left.length < 2) return false;
  const count = elementCount(heads);
  const matrices = g.op('matrices', 'Reshape', [b, g.ints('stack', count, inputs, outputs)]);
  const side = g.op('side', 'Transpose', [matrices], { perm: [1, 0, 2] });
  const matrix = g.op('matrix', 'Reshape', [side, g.ints('shape', inputs, count * outputs)]);
  const product = g.op('product', 'MatMul', [a, matrix]);
  // Rows first, then heads, as the one product gives them; then heads before rows again.
  const split = g.op('split', 'Reshape', [product, g.ints('apart', elementCount(lead), rows, count, outputs)]);
  const turned = g.op('turned', 'Transpose', [split], { perm: [0, 2, 1, 3] });
  const result = lead.map((size, axis) => (axis >= beyond ? Math.max(size, heads[axis - beyond] ?? 1) : size));
  // Axes of x that every head shares lie before those of the heads, so the order is that of the broadcast result.
  const inner = lead.slice(beyond).some((size, axis) => size > 1 && heads.slice(0, axis).some((head) => head > 1));
  if (inner) return false;
  g.write('Reshape', [turned, g.ints('result', ...result, rows, outputs)], [output]);
  return true;
}

type Opener = (g: Fragment, node: Node, rewriter: Rewriter) => boolean;

const openers: Readonly<Record<string, Opener>> = {
  Gemm: openGemm,
  Conv: openPointwise,
  MatMul: openMatMul,
  Einsum: lowerEinsum,
};

/**
 * The model with Gemm, convolutions of single pixels, Einsum of two values, products with the weights on the left and
 * products with one matrix a head written as MatMul (with transpositions and reshapes around it). Values keep their
 * names. Sizes have to be known (see fixSizes): what has unknown ones stays as it is. Weights are not touched: their
 * transposition is an operator on the constant.
 */
export function plainProducts(model: Model): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) {
    const open = node.domain === '' ? openers[node.op] : undefined;
    if (open) rewriter.replace([node], node, (g) => open(g, node, rewriter));
  }
  return rewriter.result();
}
