/** A split that looks learned is named, with its figures; splits of equal quality raise no alarm. */

import { describe, expect, it } from 'vitest';
import { learnedSplits, type SplitFigures } from '../../../src/shared/learned-split.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

const split = (name: string | null, compared: number, disagreements: number, more: Partial<SplitFigures> = {}) => ({
  split: name,
  predicted: compared,
  compared,
  disagreements,
  confidence: 0.9,
  confidenceVariance: 0.02,
  ...more,
});

describe('a split looks learned', () => {
  it('when the model differs from far fewer of its labels than elsewhere', () => {
    const said = learnedSplits([split('train', 908, 5), split('test', 372, 44)]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('The split “train” looks learned');
    expect(said[0]).toContain('5 of 908 labels there (0.6\u202f%), in “test” from 44 of 372 (11.8\u202f%)');
  });

  it('when the model is far more certain there, also without labels', () => {
    const said = learnedSplits([
      split('train', 500, 4, { confidence: 0.99, confidenceVariance: 0.001 }),
      split('test', 0, 0, { predicted: 300, confidence: 0.8, confidenceVariance: 0.03 }),
    ]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('99.0\u202f% certain there on average, in “test” 80.0\u202f%');
  });
});

describe('a split does not look learned', () => {
  it.each([
    ['differs a little', split('train', 900, 45), split('test', 400, 28)],
    ['differs surely but slightly', split('train', 100_000, 500), split('test', 100_000, 1200)],
    ['has too few images', split('train', 20, 0), split('test', 20, 10)],
    ['is alone', split('train', 900, 5), split(null, 0, 0)],
  ])('that %s', (_, one, other) => {
    expect(learnedSplits([one, other])).toEqual([]);
  });

  it('in a thousand random pairs of equal quality', () => {
    const random = seededRandom(11);
    const draw = (count: number, rate: number): number =>
      Array.from({ length: count }, () => random()).filter((value) => value < rate).length;
    for (let round = 0; round < 1000; round++) {
      const rate = 0.01 + 0.15 * random();
      const counts = [40 + Math.floor(random() * 300), 40 + Math.floor(random() * 300)] as const;
      const said = learnedSplits([
        split('a', counts[0], draw(counts[0], rate)),
        split('b', counts[1], draw(counts[1], rate)),
      ]);
      expect(said).toEqual([]);
    }
  });
});
