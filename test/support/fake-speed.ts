/** Measurements as a small desktop might give them. */

import { tokenRatios } from '../../src/shared/audit.js';
import type { Precision } from '../../src/shared/precision.js';
import type { ProviderInfo } from '../../src/shared/provider.js';
import { type FidelityFigures, fidelityImages, type SpeedFigures } from '../../src/shared/speed.js';

/** @param gain how many times as fast as float32 the rough precision of the provider is. */
export function fakeSpeed(
  provider: ProviderInfo['name'],
  { masks, ratio }: { readonly masks: number; readonly ratio: number },
  gain: number,
): SpeedFigures {
  const machine = provider === 'CUDA' ? 40 : 1;
  // Half of the patches cost a little more than half of the time.
  const rateAt = (share: number): number => (machine * 105) / share ** 0.9;
  return {
    provider,
    imagesPerSecond: 57.4 * machine,
    plan: { masks, milliseconds: (masks * 0.62) / machine },
    scoring: [
      ...[...new Set<number>([...tokenRatios, ratio])].map((share) => ({
        precision: 'float32' as const,
        ratio: share,
        masksPerSecond: rateAt(share),
      })),
      { precision: provider === 'CUDA' ? 'float16' : 'int8', ratio, masksPerSecond: rateAt(ratio) * gain },
    ],
    megabytes: 643,
  };
}

export function fakeFidelity(precision: Precision, images: number): FidelityFigures {
  return { precision, ratio: 0.5, images: Math.min(images, fidelityImages), spearman: 0.9534, lowest: 0.8127 };
}
