/** Rearranging weight matrices once, while a model opens. */

import type { Linear } from './vit.js';

/** A `[rows, columns]` matrix as `[columns, rows]`. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1)
      result[column * rows + row] = matrix[row * columns + column] ?? 0;
  }
  return result;
}

/** Layers side by side: one layer whose outputs are those of all. */
export function sideBySide(layers: readonly Linear[]): Linear {
  const inputs = layers[0]?.inputs ?? 0;
  const outputs = layers.reduce((sum, layer) => sum + layer.outputs, 0);
  const weight = new Float32Array(inputs * outputs);
  const bias = new Float32Array(outputs);
  let column = 0;
  for (const layer of layers) {
    for (let row = 0; row < inputs; row += 1) {
      weight.set(layer.weight.subarray(row * layer.outputs, (row + 1) * layer.outputs), row * outputs + column);
    }
    bias.set(layer.bias, column);
    column += layer.outputs;
  }
  return { inputs, outputs, weight, bias };
}
