/** The rows of sheets: which there are, and what a class is in contrast to. */

import { describe, expect, it } from 'vitest';

import { methodIds } from '../../../src/shared/methods.js';
import { mostSheetRows } from '../../../src/shared/sheet.js';
import { contrastRow, offerOf, rivalOf, rowFacts, rowIds } from '../../../src/shared/sheet-rows.js';

describe('rows', () => {
  it('are all methods in their order, and the contrast after TIS, which is no method', () => {
    expect(rowIds.filter((id) => id !== contrastRow)).toEqual(methodIds);
    expect(rowIds.slice(0, 2)).toEqual(['tis', contrastRow]);
    expect(methodIds).not.toContain(contrastRow);
    expect(rowIds.length).toBeLessThanOrEqual(mostSheetRows);
  });

  it('know that contrasts are signed, in nats, and allowed where TIS is', () => {
    expect(rowFacts(contrastRow)).toMatchObject({
      name: 'TIS contrast',
      aside: 'in nats',
      signed: true,
      contrasts: true,
    });
    expect(rowFacts('tis')).toMatchObject({ aside: '2023', signed: false, contrasts: false });
    const offers = [{ id: 'tis' as const, parameters: { masks: 9 }, refusal: 'Not here.' }];
    expect(offerOf(contrastRow, offers)).toBe(offers[0]);
    expect(offerOf('rollout', offers)).toBeUndefined();
  });
});

describe('rivalOf', () => {
  it('is the label, and the best other class for the label itself', () => {
    expect([0, 1, 2].map((one) => rivalOf(one, 2, [0, 1, 2]))).toEqual([2, 2, 0]);
    expect(rivalOf(2, 2, [2, 1, 0])).toBe(1);
  });

  it('is the prediction where there is no label, and the runner-up for that', () => {
    expect([0, 1].map((one) => rivalOf(one, null, [1, 0]))).toEqual([1, 0]);
  });

  it('is nothing where there is no other class', () => {
    expect([rivalOf(0, 0, [0]), rivalOf(0, null, [0]), rivalOf(0, null, [])]).toEqual([null, null, null]);
  });
});
