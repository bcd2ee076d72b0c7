/** What heads compute, in plain arithmetic to compare a graph with: poolings of tokens and forms of the answer. */

import type { Pooling } from './vit.js';

export type AnswerKind = 'logits' | 'probabilities' | 'log-probabilities';

export const answerKinds: readonly AnswerKind[] = ['logits', 'probabilities', 'log-probabilities'];

/** Numbers of one vector by an answer kind. */
export function answered(kind: AnswerKind, logits: Float32Array): Float32Array {
  if (kind === 'logits') return logits;
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
  const logs = logits.map((value) => value - most - Math.log(sum));
  return kind === 'log-probabilities' ? logs : logs.map((value) => Math.exp(value));
}

export function close(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) {
    if (!(Math.abs((a[at] ?? Number.NaN) - (b[at] ?? Number.NaN)) <= tolerance)) return false;
  }
  return true;
}

/** What a pooling makes of tokens `[S, D]`. */
export function pooled(pooling: Pooling, tokens: Float32Array, width: number, prefix: number): Float32Array {
  const count = tokens.length / width;
  const cls = tokens.subarray(0, width);
  const mean = (from: number): Float32Array =>
    Float32Array.from({ length: width }, (_, d) => {
      let sum = 0;
      for (let token = from; token < count; token += 1) sum += tokens[token * width + d] ?? 0;
      return sum / (count - from);
    });
  switch (pooling) {
    case 'cls':
    case 'distilled':
      return cls;
    case 'mean-patches':
      return mean(prefix);
    case 'mean-all':
      return mean(0);
    case 'cls-and-mean-patches':
      return Float32Array.of(...cls, ...mean(prefix));
    case 'cls-and-mean-rest':
      return Float32Array.of(...cls, ...mean(1));
  }
}
