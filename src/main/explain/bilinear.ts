/** Bilinear enlargement of patch grids to pixels as one matrix an axis. */

import type { GraphBuilder, Value } from '../onnx/builder.js';

/** `[pixels, cells]`: linear interpolation between the centres of cells, clamped at the border (half-pixel centres). */
export function interpolationMatrix(pixels: number, cells: number): Float32Array {
  const matrix = new Float32Array(pixels * cells);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const position = Math.max(0, ((pixel + 0.5) * cells) / pixels - 0.5);
    const below = Math.min(Math.floor(position), cells - 1);
    const share = below === cells - 1 ? 0 : position - below;
    matrix[pixel * cells + below] = 1 - share;
    if (share > 0) matrix[pixel * cells + below + 1] = share;
  }
  return matrix;
}

/** Maps `x` `[n, rows, columns]` enlarged to `[n, height, width]`. */
export function enlarged(
  g: GraphBuilder,
  x: Value,
  from: readonly [rows: number, columns: number],
  to: readonly [height: number, width: number],
): Value {
  const down = g.floats(interpolationMatrix(to[0], from[0]), [to[0], from[0]]);
  const across = g.floats(interpolationMatrix(to[1], from[1]), [to[1], from[1]]);
  return g.matMul(g.matMul(down, x), g.transpose(across, 1, 0));
}
