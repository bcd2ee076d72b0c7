/** Counts never stand alone where only a part was looked at, and are a dash over nothing. */

import { expect, it } from 'vitest';
import { comparedAll, comparedOf, disagreementFigure, disagreementsOf } from '../../../src/shared/count-words.js';

const counts = (images: number, predicted: number, compared: number, disagreements = 0) => ({
  images,
  predicted,
  compared,
  disagreements,
});

it('a count over nothing is a dash, and null for programs', () => {
  expect([disagreementFigure(counts(5, 5, 0)), disagreementsOf(counts(5, 5, 0))]).toEqual(['–', null]);
  expect([disagreementFigure(counts(5, 5, 5)), disagreementsOf(counts(5, 5, 5))]).toEqual(['0', 0]);
});

it('a count says what it is a part of', () => {
  expect(comparedOf(counts(10_000, 10_000, 10_000))).toBe('of 10,000');
  expect(comparedOf(counts(3781, 1280, 1280))).toBe('of 1,280 predicted of 3,781');
  expect(comparedOf(counts(3781, 1280, 900))).toBe('of 900 compared, 1,280 predicted of 3,781');
  expect(comparedOf(counts(3781, 3781, 900))).toBe('of 900 compared of 3,781');
});

it('only a count over every image is an all-clear', () => {
  expect([comparedAll(counts(5, 5, 5)), comparedAll(counts(5, 5, 4)), comparedAll(counts(0, 0, 0))]).toEqual([
    true,
    false,
    false,
  ]);
});
