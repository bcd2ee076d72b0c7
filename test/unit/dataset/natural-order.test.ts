import { expect, test } from 'vitest';

import { compareNatural, sortNaturally } from '../../../src/main/dataset/natural-order.js';

test('numbers inside names count as numbers', async () => {
  const names = ['img10.png', 'img9.png', 'img1.png', 'a', '10', '9', 'b2c10', 'b2c9', 'b10'];
  expect(await sortNaturally(names)).toEqual([
    '9',
    '10',
    'a',
    'b2c9',
    'b2c10',
    'b10',
    'img1.png',
    'img9.png',
    'img10.png',
  ]);
});

test('names that differ only in leading zeros keep a fixed order', () => {
  expect(compareNatural('a01', 'a1')).toBeLessThan(0);
  expect(compareNatural('a1', 'a01')).toBeGreaterThan(0);
  expect(compareNatural('a1', 'a1')).toBe(0);
  expect(compareNatural('a', 'a1')).toBeLessThan(0);
});

test('numbers longer than a double holds are compared exactly', () => {
  expect(compareNatural('90071992547409931', '90071992547409932')).toBeLessThan(0);
});

test('a long list comes out as one sort would give it, whatever order it went in', async () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `f${String((index * 7919) % 10_000)}.jpg`);
  const sorted = await sortNaturally(names);
  expect(sorted).toHaveLength(10_000);
  expect(sorted).toEqual(Array.from({ length: 10_000 }, (_, index) => `f${String(index)}.jpg`));
});
