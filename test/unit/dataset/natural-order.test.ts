import { expect, test } from 'vitest';

import { sortNaturally } from '../../../src/main/dataset/natural-order.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { compareNatural } from '../../support/plain-order.js';

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

test('names that differ only in leading zeros keep a fixed order', async () => {
  expect(await sortNaturally(['a1', 'a01', 'a', 'a1', 'a001'])).toEqual(['a', 'a001', 'a01', 'a1', 'a1']);
});

test('numbers longer than a double holds, and longer than a code unit counts, are compared exactly', async () => {
  const long = '9'.repeat(70_000);
  const longer = `1${'0'.repeat(70_000)}`;
  const names = [longer, long, '90071992547409932', '90071992547409931'];
  expect(await sortNaturally(names)).toEqual(names.toReversed());
});

test('random names come out as comparing them two by two orders them', async () => {
  const random = seededRandom(5);
  const below = (end: number): number => Math.floor(random() * end);
  const parts = ['0', '00', '1', '9', '10', '123', 'a', 'B', '_', '.', ' ', '/', ':', 'ä', '\u0000', '\u00ff', '数'];
  const name = (): string => Array.from({ length: below(6) }, () => parts[below(parts.length)]).join('');
  const names = Array.from({ length: 20_000 }, name);
  expect(await sortNaturally(names)).toEqual(names.toSorted(compareNatural));
});

test('a long list comes out as one sort would give it, whatever order it went in', async () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `f${String((index * 7919) % 10_000)}.jpg`);
  const sorted = await sortNaturally(names);
  expect(sorted).toHaveLength(10_000);
  expect(sorted).toEqual(Array.from({ length: 10_000 }, (_, index) => `f${String(index)}.jpg`));
});
