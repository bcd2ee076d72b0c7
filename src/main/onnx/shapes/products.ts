/** Shapes of matrix products, convolutions, pooling, resizing and Einsum, their integer forms included. */

import { type Dimension, type Node, intAttribute, intsAttribute } from '../graph.js';
import type { DataType } from '../tensor.js';
import type { DimensionAlgebra } from './algebra.js';
import { type Fact, type Rule, type Rules, type Site, broadcast, unknownDims, withDim } from './fact.js';

function transposedLast(dims: readonly Dimension[], yes: boolean): readonly Dimension[] {
  if (!yes || dims.length < 2) return dims;
  return [...dims.slice(0, -2), dims.at(-1) ?? null, dims.at(-2) ?? null];
}

/** The shape of `a b` as numpy multiplies them; null when a rank is unknown or zero. */
function matMulDims(a: readonly Dimension[] | null, b: readonly Dimension[] | null): readonly Dimension[] | null {
  if (!a || !b || a.length === 0 || b.length === 0) return null;
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]) ?? [];
  const rows = a.length > 1 ? [a.at(-2) ?? null] : [];
  const columns = b.length > 1 ? [b.at(-1) ?? null] : [];
  return [...batch, ...rows, ...columns];
}

function matMul(type?: DataType, b = 1, typeFrom = 0): Rule {
  return (site) => [
    { type: type ?? site.input(typeFrom).type, dims: matMulDims(site.input(0).dims, site.input(b).dims) },
  ];
}

const fusedMatMul: Rule = (site) => {
  const [a, b] = [site.input(0), site.input(1)];
  const left = a.dims && transposedLast(a.dims, intAttribute(site.node, 'transA', 0) !== 0);
  const right = b.dims && transposedLast(b.dims, intAttribute(site.node, 'transB', 0) !== 0);
  return [{ type: a.type, dims: matMulDims(left, right) }];
};

const matMulNBits: Rule = (site) => {
  const { type, dims } = site.input(0);
  return [{ type, dims: dims && withDim(dims, dims.length - 1, intAttribute(site.node, 'N', 0)) }];
};

const gemm: Rule = (site) => {
  const [a, b] = [site.input(0), site.input(1)];
  const row = a.dims?.[intAttribute(site.node, 'transA', 0) !== 0 ? 1 : 0] ?? null;
  const column = b.dims?.[intAttribute(site.node, 'transB', 0) !== 0 ? 0 : 1] ?? null;
  return [{ type: a.type, dims: [row, column] }];
};

interface Window {
  readonly kernel: readonly Dimension[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
  readonly ceil: boolean;
}

function windowOf(node: Node, kernel: readonly Dimension[]): Window {
  const ones = kernel.map(() => 1);
  const autoPad = node.attributes.get('auto_pad');
  return {
    kernel,
    strides: intsAttribute(node, 'strides') ?? ones,
    dilations: intsAttribute(node, 'dilations') ?? ones,
    pads: intsAttribute(node, 'pads') ?? [...ones, ...ones].map(() => 0),
    autoPad: autoPad?.kind === 'string' ? autoPad.value : 'NOTSET',
    ceil: intAttribute(node, 'ceil_mode', 0) !== 0,
  };
}

function slidDim(algebra: DimensionAlgebra, size: Dimension, window: Window, at: number): Dimension {
  const { kernel, strides, dilations, pads, autoPad, ceil } = window;
  const stride = strides[at] ?? 1;
  const rounded = (dim: Dimension): Dimension => algebra.divide(algebra.add(dim, stride - 1), stride);
  if (autoPad.startsWith('SAME')) return rounded(size);
  const reach = algebra.add(algebra.multiply(algebra.subtract(kernel[at] ?? null, 1), dilations[at] ?? 1), 1);
  const padding = autoPad === 'VALID' ? 0 : (pads[at] ?? 0) + (pads[at + kernel.length] ?? 0);
  const free = algebra.subtract(algebra.add(size, padding), reach);
  return algebra.add(ceil ? rounded(free) : algebra.divide(free, stride), 1);
}

function slid(site: Site, data: Fact, channels: Dimension, kernel: readonly Dimension[]): readonly Dimension[] | null {
  if (data.dims?.length !== kernel.length + 2) return null;
  const window = windowOf(site.node, kernel);
  const space = data.dims.slice(2).map((size, at) => slidDim(site.algebra, size, window, at));
  return [data.dims[0] ?? null, channels, ...space];
}

function convolution(type?: DataType, weightAt = 1): Rule {
  return (site) => {
    const [data, weight] = [site.input(0), site.input(weightAt)];
    if (!weight.dims || weight.dims.length < 3) return [{ type: type ?? data.type, dims: null }];
    const kernel = intsAttribute(site.node, 'kernel_shape') ?? weight.dims.slice(2);
    return [{ type: type ?? data.type, dims: slid(site, data, weight.dims[0] ?? null, kernel) }];
  };
}

const convTranspose: Rule = (site) => {
  const rank = site.input(0).dims?.length;
  return [{ type: site.input(0).type, dims: rank === undefined ? null : unknownDims(rank) }];
};

const pool: Rule = (site) => {
  const data = site.input(0);
  const dims = slid(site, data, data.dims?.[1] ?? null, intsAttribute(site.node, 'kernel_shape') ?? []);
  return [
    { type: data.type, dims },
    { type: 'int64', dims },
  ];
};

const globalPool: Rule = (site) => {
  const { type, dims } = site.input(0);
  return [{ type, dims: dims?.map((dim, index) => (index < 2 ? dim : 1)) ?? null }];
};

const resize: Rule = (site) => {
  const { type, dims } = site.input(0);
  const sizesAt = site.has(3) ? 3 : -1;
  const sizes = sizesAt < 0 ? undefined : site.input(sizesAt).elements;
  const scales = site.input(site.node.inputs.length === 2 ? 1 : 2).elements;
  const axes = intsAttribute(site.node, 'axes') ?? dims?.map((_, index) => index) ?? [];
  if (!dims) return [{ type, dims: sizes?.length === axes.length ? sizes : null }];
  const result = dims.map((dim, index) => {
    const at = axes.findIndex((axis) => (axis < 0 ? axis + dims.length : axis) === index);
    if (at < 0) return dim;
    if (sizesAt >= 0) return sizes?.[at] ?? null;
    const scale = scales?.[at];
    if (scale === 1) return dim;
    return typeof dim === 'number' && typeof scale === 'number' ? Math.floor(dim * scale) : null;
  });
  return [{ type, dims: result }];
};

/** An equation has at most 52 letters, each a few times. */
const longestEquation = 512;

/** Letters of one side of an equation with `...` as one letter a broadcast dimension. */
function letters(term: string, rank: number): string[] {
  const [before = '', after] = term.split('...');
  if (after === undefined) return term.split('');
  const hidden = Math.max(0, Math.min(16, rank - before.length - after.length));
  return [
    ...before.split(''),
    ...Array.from({ length: hidden }, (_, index) => String(hidden - index)),
    ...after.split(''),
  ];
}

const einsum: Rule = (site) => {
  const { type } = site.input(0);
  const attribute = site.node.attributes.get('equation');
  const equation = attribute?.kind === 'string' ? attribute.value.replaceAll(' ', '') : '';
  if (equation.length > longestEquation) return [{ type, dims: null }];
  const [left = '', right] = equation.split('->');
  const sizes = new Map<string, Dimension>();
  let hidden = 0;
  for (const [index, term] of left.split(',').entries()) {
    const { dims } = site.input(index);
    if (!dims) return [{ type, dims: null }];
    const names = letters(term, dims.length);
    hidden = Math.max(hidden, names.length - term.replace('...', '').length);
    names.forEach((name, at) => {
      const [size, known] = [dims[at] ?? null, sizes.get(name)];
      if (known === undefined || known === null || known === 1) sizes.set(name, size);
    });
  }
  const implicit = left
    .replaceAll(/[,.]/g, '')
    .split('')
    .filter((name, _, all) => all.indexOf(name) === all.lastIndexOf(name));
  const output = right ?? `${left.includes('...') ? '...' : ''}${implicit.sort().join('')}`;
  const names = letters(output, output.replace('...', '').length + hidden);
  return [{ type, dims: names.map((name) => sizes.get(name) ?? null) }];
};

export const productRules: Rules = {
  MatMul: matMul(),
  Gemm: gemm,
  MatMulInteger: matMul('int32'),
  QLinearMatMul: matMul(undefined, 3),
  'com.microsoft.FusedMatMul': fusedMatMul,
  'com.microsoft.TransposeMatMul': fusedMatMul,
  'com.microsoft.FusedGemm': gemm,
  'com.microsoft.MatMulNBits': matMulNBits,
  'com.microsoft.MatMulIntegerToFloat': matMul('float32'),
  'com.microsoft.DynamicQuantizeMatMul': matMul('float32'),
  Conv: convolution(),
  ConvInteger: convolution('int32'),
  QLinearConv: convolution(undefined, 3),
  'com.microsoft.FusedConv': convolution(),
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  Resize: resize,
  Upsample: resize,
  Einsum: einsum,
};
