/** The shape arithmetic that exporters write before a Reshape. */

import type { Value } from '../../../src/main/onnx/builder.js';
import type { OpsetBuilder } from './opset-builder.js';

/** `traced`: read from a value by Shape, Gather, Unsqueeze and Concat; `baked`: all numbers; `inferred`: -1 for the batch. */
export type ShapeStyle = 'traced' | 'baked' | 'inferred';

/** A dimension: a number, or the batch or token count of the value that is read. */
export type Size = number | 'batch' | 'tokens';

interface SizeOptions {
  readonly shapes: ShapeStyle;
  readonly batch: number | null;
  readonly tokens: number;
}

function traced(g: OpsetBuilder, like: Value, sizes: readonly Size[]): Value {
  const read = (axis: number): Value =>
    g.unsqueeze(g.op('Gather', [g.op('Shape', [like]), g.index(axis)], { axis: 0 }), 0);
  const parts = sizes.map((size) => (typeof size === 'number' ? g.list(size) : read(size === 'batch' ? 0 : 1)));
  return g.op('Concat', parts, { axis: 0 });
}

/** The shape `sizes` as a rank-1 int64. */
export function sized(g: OpsetBuilder, like: Value, sizes: readonly Size[], options: SizeOptions): Value {
  if (options.shapes === 'traced') return traced(g, like, sizes);
  const batch = options.shapes === 'baked' ? (options.batch ?? 1) : -1;
  const numbers = sizes.map((size) => (size === 'batch' ? batch : size === 'tokens' ? options.tokens : size));
  return g.list(...numbers);
}
