/** Tallies from which images are taken away are exactly those of the images that are left. */

import { describe, expect, it } from 'vitest';

import { type Compared, ComparedTallies } from '../../../src/main/table/compared-tallies.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

function counted(images: readonly Compared[]): ComparedTallies {
  const tallies = new ComparedTallies();
  for (const image of images) tallies.count(0, image, 1);
  return tallies;
}

describe('tallies', () => {
  it('are exact after images were taken away', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const random = seededRandom(seed);
      const images = Array.from({ length: 500 }, (): Compared => {
        const top1 = Math.floor(random() * 3) - 1;
        const probability = top1 < 0 ? NaN : Math.fround(random());
        return { top1, labelClass: Math.floor(random() * 3) - 1, probability };
      });
      const tallies = counted(images);
      const left = images.filter((image) => {
        const stays = random() < 0.5;
        if (!stays) tallies.count(0, image, -1);
        return stays;
      });
      expect(tallies.of(0)).toEqual(counted(left).of(0));
      expect(tallies.confidenceOf(0)).toEqual(counted(left).confidenceOf(0));
    }
  });

  it('say mean and variance of the top probability', () => {
    const tallies = counted([0.25, 0.5, 0.75].map((probability) => ({ top1: 0, labelClass: -1, probability })));
    const { confidence, confidenceVariance } = tallies.confidenceOf(0);
    expect(confidence).toBe(0.5);
    expect(confidenceVariance).toBeCloseTo(1 / 24, 12);
    expect(tallies.confidenceOf(1)).toEqual({ confidence: 0, confidenceVariance: 0 });
  });

  it('leave out groups without images', () => {
    const tallies = counted([{ top1: 0, labelClass: 1, probability: 1 }]);
    tallies.count(-1, { top1: -1, labelClass: -1, probability: NaN }, 1);
    expect(tallies.groups()).toEqual([-1, 0]);
    tallies.count(0, { top1: 0, labelClass: 1, probability: 1 }, -1);
    expect(tallies.groups()).toEqual([-1]);
    expect(tallies.all()).toEqual({ images: 1, predicted: 0, compared: 0, disagreements: 0 });
  });
});
