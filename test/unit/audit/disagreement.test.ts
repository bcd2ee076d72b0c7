/** The figures and the sentence of a class disagreement, on maps small enough to check by hand. */

import { describe, expect, it } from 'vitest';
import {
  classify,
  defaultThresholds,
  judgeDisagreement,
  type MapFigures,
  meanSigned,
  percent,
  regionWords,
} from '../../../src/main/audit/disagreement.js';
import type { DisagreementMeasures } from '../../../src/shared/audit.js';

const map = (kept: number[], dropped: number[], rest: Partial<MapFigures> = {}): MapFigures => ({
  kept: Float32Array.from(kept),
  dropped: Float32Array.from(dropped),
  contrast: 1,
  samplingError: 0.01,
  probability: 0.5,
  ...rest,
});

describe('measures', () => {
  it('has no rank correlation where a map is constant', () => {
    const [flat, rising] = [map([1, 1, 1, 1], [0, 0, 0, 0]), map([1, 2, 3, 4], [0, 0, 0, 0])];
    const words = { label: 'Coat', prediction: 'Dress', gridWidth: 2, gridHeight: 2 };
    expect(judgeDisagreement(flat, rising, words).measures.spearman).toBe(0);
  });

  it('averages kept - dropped without the tokens that lack either', () => {
    expect(meanSigned(map([0.25, 0.5, NaN], [0.5, 0, 1]), [0, 1, 2])).toBe(0.125);
  });
});

describe('classify', () => {
  const figures = (rest: Partial<DisagreementMeasures>): DisagreementMeasures => ({
    spearman: 0,
    topOverlap: 0,
    labelOnPredictionEvidence: 0.1,
    labelContrastToNoise: 100,
    predictionContrastToNoise: 100,
    ...rest,
  });
  const low = defaultThresholds.contrastToNoise - 0.1;

  it.each([
    ['unfounded', { labelContrastToNoise: low, predictionContrastToNoise: low, labelOnPredictionEvidence: -1 }, 0.001],
    ['contradicted', { labelOnPredictionEvidence: -0.001, labelContrastToNoise: low }, 0.007],
    ['elsewhere', { labelOnPredictionEvidence: -0.001 }, 0.4],
    ['same-evidence', { spearman: defaultThresholds.sameSpearman }, 0.4],
    ['same-evidence', { topOverlap: defaultThresholds.sameOverlap }, 0.4],
    ['elsewhere', {}, 0.4],
  ] as const)('calls it %s given %o and p = %f', (kind, rest, probability) => {
    expect(classify(figures(rest), probability)).toBe(kind);
  });
});

describe('words', () => {
  it('names a region by the centroid of its tokens', () => {
    expect(regionWords([0, 1, 4, 5], 4, 4)).toBe('in the upper left');
    expect(regionWords([11, 15, 10, 14], 4, 4)).toBe('in the lower right');
    expect(regionWords([5, 6, 9, 10], 4, 4)).toBe('in the centre');
    expect(regionWords([1, 2], 4, 4)).toBe('at the top');
    expect(regionWords([4, 8], 4, 4)).toBe('on the left');
    expect(regionWords([0, 3, 12, 15], 4, 4)).toBe('all over the image');
  });

  it('says probabilities with sensible digits', () => {
    expect([0.98249, 0.00679, 0.0001, 0, 1].map(percent)).toEqual(['98.2 %', '0.7 %', '< 0.1 %', '0.0 %', '100.0 %']);
  });

  it('tells a contradicted label with its figures', () => {
    const label = map([0, 0, 0.01, 0.01, 0], [0.02, 0.01, 0, 0, 0.01], { probability: 0.007 });
    const prediction = map([0.9, 0.8, 0.1, 0.1, 0.1], [0.1, 0.2, 0.9, 0.9, 0.9], { probability: 0.982 });
    const words = { label: 'Ankle boot', prediction: 'Sandal', gridWidth: 5, gridHeight: 1 };
    const result = judgeDisagreement(label, prediction, words);
    expect(result.kind).toBe('contradicted');
    expect(result.measures.labelOnPredictionEvidence).toBeCloseTo(-0.02, 7);
    expect(result.measures.topOverlap).toBe(0);
    expect(result.sentence).toBe(
      'The model sees Sandal (98.2 %) on the left; the label Ankle boot (0.7 %) has negative evidence exactly there (\u22122.0 percentage points): a label error is likely.',
    );
  });

  it.each([
    [
      [2, 3],
      'Dress (60.0 %) and the label Pullover (40.0 %) rest on different patches, both on the left (overlap 0.00)',
    ],
    [[8, 9], 'The model sees Dress (60.0 %) on the left and the label Pullover (40.0 %) on the right (overlap 0.00)'],
  ])('tells evidence elsewhere without naming one place twice: tokens %j', (tokens, told) => {
    const at = (places: readonly number[]): number[] =>
      Array.from({ length: 10 }, (_, token) => (places.includes(token) ? 1 : token / 100));
    const nothing = new Array<number>(10).fill(0);
    const label = map(at(tokens), nothing, { probability: 0.4 });
    const prediction = map(at([0, 1]), nothing, { probability: 0.6 });
    const result = judgeDisagreement(label, prediction, {
      label: 'Pullover',
      prediction: 'Dress',
      gridWidth: 10,
      gridHeight: 1,
    });
    expect(result.kind).toBe('elsewhere');
    expect(result.sentence).toBe(
      `${told}: there may be several objects, or different parts speak for different classes.`,
    );
  });
});
