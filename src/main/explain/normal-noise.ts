/** Normally distributed random numbers: the same seed gives the same numbers on every machine. */

import { type Random, seededRandom } from '../../shared/seeded-random.js';

/**
 * Draws the next `count` numbers of a normal distribution of mean 0 and the given deviation. The array is the same for
 * every draw of the same count: fresh memory for noise of many images costs more than the numbers.
 */
export type DrawNormal = (count: number, deviation: number) => Float32Array;

/** Layers of the ziggurat, where its tail begins, and the area of each layer. */
const layers = 128;
const tail = 3.442619855899;
const area = 9.91256303526217e-3;

/** Half widths of the layers, the base first; the last is 0. */
function layerWidths(): Float64Array {
  const widths = new Float64Array(layers + 1);
  widths[0] = area / Math.exp(-0.5 * tail * tail);
  widths[1] = tail;
  for (let layer = 2; layer < layers; layer += 1) {
    const before = widths[layer - 1] ?? tail;
    widths[layer] = Math.sqrt(-2 * Math.log(area / before + Math.exp(-0.5 * before * before)));
  }
  return widths;
}

/** A number beyond the tail's beginning (Marsaglia 1964). */
function tailNumber(random: Random): number {
  for (;;) {
    const x = -Math.log(1 - random()) / tail;
    const y = -Math.log(1 - random());
    if (2 * y >= x * x) return tail + x;
  }
}

/**
 * Normal numbers by the ziggurat (Marsaglia and Tsang 2000, with the separate draw of the layer by Doornik 2005): nearly
 * every number takes two uniform ones and a product.
 */
export function normalNoise(seed: number): DrawNormal {
  const random = seededRandom(seed);
  const widths = layerWidths();
  const one = (): number => {
    for (;;) {
      const share = 2 * random() - 1;
      const layer = Math.floor(random() * layers);
      const width = widths[layer] ?? 0;
      const inner = widths[layer + 1] ?? 0;
      const x = share * width;
      if (Math.abs(x) < inner) return x;
      if (layer === 0) return share < 0 ? -tailNumber(random) : tailNumber(random);
      const [outside, inside] = [Math.exp(-0.5 * (width * width - x * x)), Math.exp(-0.5 * (inner * inner - x * x))];
      if (inside + random() * (outside - inside) < 1) return x;
    }
  };
  let numbers = new Float32Array(0);
  return (count, deviation) => {
    if (numbers.length !== count) numbers = new Float32Array(count);
    for (let at = 0; at < count; at += 1) numbers[at] = deviation * one();
    return numbers;
  };
}
