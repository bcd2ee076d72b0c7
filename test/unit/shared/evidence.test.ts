/** Evidence: its rounding, its jackknife errors, and contrasts. */

import { describe, expect, it } from 'vitest';
import { contrastMap, evidenceMap, evidenceOf, jackknifeError, withoutGroup } from '../../../src/shared/evidence.js';
import { nats, withError } from '../../../src/shared/figures.js';
import { fakeEvidence } from '../../support/fake-evidence.js';

describe('the jackknife error', () => {
  it('of a mean is the standard error of the mean', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3];
    const sum = values.reduce((all, value) => all + value, 0);
    const mean = sum / 16;
    const variance = values.reduce((all, value) => all + (value - mean) ** 2, 0) / 15;
    expect(jackknifeError(values.map((value) => (sum - value) / 15))).toBeCloseTo(Math.sqrt(variance / 16), 12);
  });

  it('is not known when a value is missing', () => {
    expect(jackknifeError([1, NaN, 2])).toBeNaN();
  });
});

describe('evidence', () => {
  it('keeps its errors to half a percent when rounded to bytes', () => {
    const evidence = fakeEvidence([0.5, -0.25, 3], 0.125, 3);
    for (const error of evidenceMap(evidence).errors) expect(Math.abs(error / 0.125 - 1)).toBeLessThan(0.005);
  });

  it('keeps what is not known unknown', () => {
    const without = new Float32Array(32).fill(1);
    without[6] = NaN;
    const evidence = evidenceOf(Float32Array.of(1, 2), without);
    expect(withoutGroup(evidence, 3)[0]).toBeNaN();
    expect(withoutGroup(evidence, 2)).toEqual(Float32Array.of(1, 1));
    expect(evidenceMap(evidence).errors[0]).toBeNaN();
  });

  it('of two classes makes a contrast whose errors know what both share', () => {
    const a = fakeEvidence([1, 2, 3], 0.5, 7);
    const b = fakeEvidence([0, 0, 0], 0.5, 7);
    const { values, errors } = contrastMap(a, b);
    expect([...values]).toEqual([1, 2, 3]);
    // The same masks moved both classes alike, so that their difference is sure.
    for (const error of errors) expect(error).toBeLessThan(0.01);
  });
});

describe('a figure with its error', () => {
  it.each([
    [{ value: -0.4211, error: 0.05 }, '−0.42 ± 0.11'],
    [{ value: 0.83, error: 0.02 }, '0.830 ± 0.043'],
    [{ value: 12.3, error: 3 }, '12.3 ± 6.4'],
    [{ value: 120, error: 30 }, '120 ± 64'],
    [{ value: -0.00001, error: 0.001 }, '0.0000 ± 0.0021'],
    [{ value: -0.5, error: NaN }, '−0.50 ± ?'],
    [{ value: 1, error: 0 }, '1.00'],
  ])('%j is %s', (measured, text) => {
    expect(withError(measured)).toBe(text.replaceAll(' ', '\u00a0'));
  });

  it('has its unit', () => {
    expect(nats({ value: -0.42, error: 0.05 })).toBe('−0.42\u00a0±\u00a00.11\u202fnats');
  });
});
