/** Which tokens a head reads: the row with which methods that follow attention start and end. */

import type { GraphBuilder, Value } from '../onnx/builder.js';
import { type Vit, patchCount, prefixCount, tokenCount } from '../model/vit.js';

/** Weight of every token in what the head reads, adding up to 1: CLS alone where the paper's methods take row 0. */
function readoutWeights(vit: Vit): Float32Array {
  const prefix = prefixCount(vit);
  const total = tokenCount(vit);
  const mean = (from: number): Float32Array =>
    Float32Array.from({ length: total }, (_, token) => (token < from ? 0 : 1 / (total - from)));
  const single = (at: number): Float32Array =>
    Float32Array.from({ length: total }, (_, token) => (token === at ? 1 : 0));
  const half = (a: Float32Array, b: Float32Array): Float32Array =>
    a.map((value, token) => (value + (b[token] ?? 0)) / 2);
  switch (vit.head.pooling) {
    case 'cls':
      return single(0);
    case 'distilled':
      return half(single(0), single(Math.max(1, vit.prefix.indexOf('distillation'))));
    case 'mean-patches':
      return mean(prefix);
    case 'mean-all':
      return mean(0);
    case 'cls-and-mean-patches':
      return half(single(0), mean(prefix));
    case 'cls-and-mean-rest':
      return half(single(0), mean(1));
  }
}

/**
 * What the head reads as a row over the tokens, `[1, 1, T]`. For a head that reads CLS this is row 0 of the published
 * methods; for the others the rows they read are weighted as the head weights them.
 */
export function readoutRow(g: GraphBuilder, vit: Vit): Value {
  const weights = readoutWeights(vit);
  return g.floats(weights, [1, 1, weights.length], 'readout');
}

/** The row of `matrix` `[B, T, T]` that the head reads, `[B, 1, T]`. */
export function readRow(g: GraphBuilder, vit: Vit, matrix: Value): Value {
  return vit.head.pooling === 'cls' ? g.slice(matrix, 1, 0, 1) : g.matMul(readoutRow(g, vit), matrix);
}

/** The patch tokens of a row `[B, 1, T]` as a map `[B, N]`. */
export function patchesOfRow(g: GraphBuilder, vit: Vit, row: Value): Value {
  const prefix = prefixCount(vit);
  const patches = patchCount(vit);
  return g.reshape(g.slice(row, 2, prefix, prefix + patches), -1, patches);
}
