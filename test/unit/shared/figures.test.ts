import { describe, expect, it } from 'vitest';

import {
  baseName,
  bytes,
  count,
  counted,
  duration,
  magnitude,
  percent,
  points,
  rate,
  timeLeft,
} from '../../../src/shared/figures.js';

/** The narrow space between number and unit, shown as `_`. */
const plain = (text: string): string => text.replaceAll('\u202f', '_');

describe('numbers as the screen says them', () => {
  it('groups counts and bends nouns', () => {
    expect(count(10_000)).toBe('10,000');
    expect(counted(1, 'image')).toBe('1 image');
    expect(counted(1234, 'class', 'classes')).toBe('1,234 classes');
  });

  it.each([
    [0, '0_%'],
    [0.00001, '<_0.01_%'],
    [0.0008, '0.08_%'],
    [0.00679, '0.7_%'],
    [0.0996, '10_%'],
    [0.832, '83_%'],
    [0.99, '99_%'],
    [0.9968, '99.7_%'],
    [0.99999, '>_99.9_%'],
    [1, '100_%'],
    [Number.NaN, '–'],
  ])('says the probability %d as %s', (probability, text) => {
    expect(plain(percent(probability))).toBe(text);
  });

  it.each([
    [0.25, '+25_pp'],
    [-0.012, '−1.2_pp'],
    [0.0003, '+0.03_pp'],
    [0.00001, '<_0.01_pp'],
    [0, '0.00_pp'],
  ])('says the difference %d as %s', (difference, text) => {
    expect(plain(points(difference))).toBe(text);
  });

  it('says spans, rates and sizes with their unit', () => {
    expect([16.2, 60, 125, 3780].map(duration).map(plain)).toEqual([
      '16_s',
      '1_min',
      '2_min_5_s'.replace('_5', ' 5'),
      '1_h 3_min',
    ]);
    expect([412.3, 3.21, 0.24, 0.02].map(rate)).toEqual(['412/s', '3.2/s', '14/min', '1.2/min']);
    expect([784, 12_300, 3_420_000].map(bytes).map(plain)).toEqual(['784_B', '12_kB', '3.4_MB']);
    expect([692_458, 5_717_416, 86_567_656].map(magnitude).map(plain)).toEqual(['692_k', '5.7_M', '87_M']);
  });

  it('says what is left as roughly as it is known', () => {
    const seconds = [
      0,
      7.9,
      8,
      31,
      54,
      56,
      100,
      205,
      569,
      571,
      1500,
      3000,
      3200,
      5400,
      9000,
      10_800,
      38_220,
      86_400 * 3,
    ];
    expect(seconds.map(timeLeft).map(plain)).toEqual([
      ...['a few seconds', 'a few seconds', 'about 10_s', 'about 30_s', 'about 1_min'],
      ...['about 1_min', 'about 2_min', 'about 3_min', 'about 9_min', 'about 10_min', 'about 25_min', 'about 50_min'],
      ...['about 1_h', 'about 1½_h', 'about 2½_h', 'about 3_h', 'about 11_h', 'about 3 days'],
    ]);
  });

  it('names a file by its last part', () => {
    expect(baseName('train/n01440764/a b.JPEG')).toBe('a b.JPEG');
    expect(baseName('C:\\data\\fashion\\')).toBe('fashion');
  });
});
