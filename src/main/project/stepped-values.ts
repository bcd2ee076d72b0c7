/** A map as 65,534 steps between its lowest and highest value, so that one of a narrow range keeps its digits as well. */

import { toBlob, uint16Of } from '../database/blob.js';

/** Steps between the lowest and the highest value of a map; the number above stands for NaN. */
const finest = 65_534;
const nan = 65_535;

export interface Stepped {
  /** uint16 `[cells]`: `low + steps * step`; 65535 is NaN. */
  readonly steps: Uint8Array;
  readonly low: number;
  readonly step: number;
}

/**
 * Half precision would lose maps of a narrow range: those of ViT-CX differ by thousandths around a probability near 1. Comes back within a
 * 130,000th of the range.
 */
export function stepped(values: Float32Array): Stepped {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) return { steps: toBlob(new Uint16Array(values.length).fill(nan)), low: 0, step: 0 };
  const step = (high - low) / finest;
  const steps = Uint16Array.from(values, (value) =>
    Number.isNaN(value) ? nan : step === 0 ? 0 : Math.round((value - low) / step),
  );
  return { steps: toBlob(steps), low, step };
}

export function valuesOf({ steps, low, step }: Stepped): Float32Array {
  return Float32Array.from(uint16Of(steps), (at) => (at === nan ? NaN : low + at * step));
}
