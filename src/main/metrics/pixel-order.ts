/** The order in which a saliency map has the pixels of an image switched. */

import { enlargedMap } from '../../shared/enlarged-map.js';
import { type Vit, patchCount } from '../model/vit.js';

/**
 * Pixels `[H * W]` (row times W plus column) by falling saliency: an ascending stable sort, reversed, so of equal pixels
 * the later one comes first. Enlarging is flat within half a patch of the border, where the published argsort, which is not
 * stable, leaves the order open. Pixels without a value (NaN) come last.
 * @param map `[rows * columns]` of the patch grid, enlarged bilinearly between the centres of patches, or `[H * W]` as it is.
 * @throws RangeError for a map of another length.
 */
export function pixelOrder(vit: Vit, map: Float32Array): Int32Array {
  const { gridHeight, gridWidth, inputHeight, inputWidth } = vit;
  const count = inputHeight * inputWidth;
  if (map.length !== count && map.length !== patchCount(vit)) {
    throw new RangeError(
      `A map has ${String(patchCount(vit))} patches or ${String(count)} pixels, not ${String(map.length)}`,
    );
  }
  const pixels = map.length === count ? map : enlargedMap(map, gridWidth, gridHeight, inputWidth, inputHeight);
  const values = pixels.map((value) => (Number.isNaN(value) ? -Infinity : value));
  const order = Int32Array.from({ length: count }, (_, pixel) => pixel);
  return order.sort((a, b) => {
    const [first = 0, second = 0] = [values[a], values[b]];
    return first === second ? b - a : second > first ? 1 : -1;
  });
}

/**
 * The place of each pixel in an order, `[H * W]`.
 * @throws RangeError where the order does not have every pixel once.
 */
export function ranksOf(order: Int32Array, count: number): Int32Array {
  const ranks = new Int32Array(count).fill(-1);
  for (const [rank, pixel] of order.entries()) ranks[pixel] = rank;
  if (order.length !== count || ranks.includes(-1)) {
    throw new RangeError(`An order has each of the ${String(count)} pixels once`);
  }
  return ranks;
}
