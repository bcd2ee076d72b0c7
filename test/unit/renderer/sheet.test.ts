/** The sheet of maps without a screen: where things lie, how large they are, what their colours span and what they cost. */

import { describe, expect, it } from 'vitest';

import { RangeMemo } from '../../../src/renderer/compare/range-memo.js';
import { mapRange } from '../../../src/shared/map-range.js';
import { addCosts, costText, type sharesRun, totalCost } from '../../../src/renderer/compare/passes.js';
import { neighbour, sheetLines } from '../../../src/renderer/compare/sheet-lines.js';
import { fittingCell } from '../../../src/renderer/compare/sheet-size.js';
import { correlation, elapsed, figure } from '../../../src/shared/figures.js';
import { classesOf, type SheetMethod, toggled, tookOf } from '../../../src/renderer/state/sheet-parts.js';
import { classIndex, imageId } from '../../../src/shared/audit.js';
import { type MethodId, methodFacts, methodParameters } from '../../../src/shared/methods.js';
import { contrastRow, rowFacts, type RowMap } from '../../../src/shared/sheet-rows.js';

function mapOf(method: MethodId, values: readonly number[] = [0, 1], milliseconds = 100): RowMap {
  return {
    imageId: imageId(1),
    method,
    classIndex: classIndex(0),
    width: values.length,
    height: 1,
    values: Float32Array.from(values),
    parameters: methodParameters(method),
    milliseconds,
    cost: { forward: 10, backward: 5 },
    cached: false,
    contrast: null,
  };
}

function methodOf(id: MethodId, phase: SheetMethod['phase'], maps: readonly (RowMap | null)[]): SheetMethod {
  return { id, facts: rowFacts(id), phase, maps, progress: null, error: null, took: tookOf(maps) };
}

const tis = methodOf('tis', 'ready', [mapOf('tis'), mapOf('tis'), mapOf('tis')]);
const broken = methodOf('chefer1', 'failed', [mapOf('chefer1'), null, null]);
const rollout = methodOf('rollout', 'ready', [mapOf('rollout')]);

describe('sheetLines', () => {
  const told = (transposed: boolean): string[][] =>
    sheetLines([tis, broken, rollout], 3, transposed).map((line) =>
      line.map((item) => `${item.method.id} ${item.kind} ${[item.gridRow, item.gridColumn, item.span].join(' ')}`),
    );

  it('has a line a method; errors and one map for all classes span the rest', () => {
    expect(told(false)).toEqual([
      ['tis map 2 2 1', 'tis map 2 3 1', 'tis map 2 4 1'],
      ['chefer1 map 3 2 1', 'chefer1 error 3 3 2'],
      ['rollout map 4 2 1', 'rollout same 4 3 2'],
    ]);
  });

  it('has a line a class when methods lie across', () => {
    expect(told(true)).toEqual([
      ['tis map 2 2 1', 'chefer1 map 2 3 1', 'rollout map 2 4 1'],
      ['tis map 3 2 1', 'chefer1 error 3 3 2', 'rollout same 3 4 2'],
      ['tis map 4 2 1'],
    ]);
  });

  it('keeps the place of what is still to come', () => {
    const waiting = methodOf('rise', 'waiting', [null, null]);
    expect(sheetLines([waiting], 2, false)[0]?.map((item) => item.kind)).toEqual(['map', 'map']);
  });
});

describe('neighbour', () => {
  const lines = sheetLines([tis, broken, rollout], 3, false);
  const at = (row: number, column: number) =>
    lines.flat().find((item) => item.gridRow === row && item.gridColumn === column) ?? expect.fail();
  const led = (row: number, column: number, key: string): string => {
    const to = neighbour(lines, at(row, column), key);
    return to === null ? 'nowhere' : `${String(to.gridRow)} ${String(to.gridColumn)}`;
  };

  it('leads along lines and to the nearest map of the next one', () => {
    expect(led(2, 2, 'ArrowRight')).toBe('2 3');
    expect(led(2, 4, 'ArrowRight')).toBe('nowhere');
    expect(led(2, 4, 'ArrowDown')).toBe('3 2');
    expect(led(4, 2, 'ArrowUp')).toBe('3 2');
    expect(led(2, 4, 'Home')).toBe('2 2');
    expect(led(2, 2, 'End')).toBe('2 4');
    expect(led(2, 2, 'x')).toBe('nowhere');
  });
});

describe('fittingCell', () => {
  it('fills the width, within limits', () => {
    const box = { columns: 4, rows: 12, width: 792, height: 600, gap: 8 };
    expect(fittingCell(box)).toBe(192);
    expect(fittingCell({ ...box, columns: 1 })).toBe(240);
    expect(fittingCell({ ...box, columns: 20 })).toBe(84);
  });

  it('shows a short sheet whole', () => {
    expect(fittingCell({ columns: 4, rows: 3, width: 1200, height: 484, gap: 8 })).toBe(156);
  });
});

describe('mapRange', () => {
  const ends = (method: MethodId, maps: readonly Float32Array[]): number[] => {
    const { low, high } = mapRange(method, maps);
    return [low, high].map((end) => Number(end.toFixed(6)));
  };

  it('spans the maps of most methods from lowest to highest', () => {
    expect(ends('tis', [Float32Array.of(0.1, Number.NaN, 0.4), Float32Array.of(0.9)])).toEqual([0.1, 0.9]);
  });

  it('ends at the 99th percentile where single pixels are huge, about zero when signed', () => {
    const values = Float32Array.from({ length: 1001 }, (_, at) => at / 1000);
    values[1000] = 500;
    expect(ends('smoothgrad', [values])).toEqual([0.01, 0.99]);
    expect(ends('integrated-gradients', [values.map((value) => -value)])).toEqual([-0.99, 0.99]);
  });

  it('stands when nearly all is zero', () => {
    const values = new Float32Array(1000);
    values[3] = 2;
    expect(mapRange('smoothgrad', [values])).toEqual({ low: 0, high: 2 });
  });

  it('is the same object as long as the maps are', () => {
    const memo = new RangeMemo();
    const [facts, first, second] = [rowFacts('tis'), mapOf('tis'), mapOf('tis', [0, 3])];
    const range = memo.shared(facts, [first]);
    expect(memo.shared(facts, [first])).toBe(range);
    expect(memo.shared(facts, [first, second])).toEqual({ low: 0, high: 3 });
    expect(memo.own(facts, first)).toBe(memo.own(facts, first));
  });
});

describe('passes', () => {
  it('are estimated from the parameters and the number of classes', () => {
    const estimate = (id: MethodId) => costText(methodFacts(id).passes(methodParameters(id), 4));
    expect(estimate('rise')).toBe('4,000 forward');
    expect(estimate('tis')).toBe('1,024 forward');
    expect(estimate('rollout')).toBe('1 forward');
    expect(estimate('chefer2')).toBe('4 forward, 4 backward');
    expect(estimate('bt-h')).toBe('80 forward, 80 backward');
    expect(estimate('smoothgrad')).toBe('200 forward, 200 backward');
  });

  it('of a contrast are those of TIS, and none beside TIS as published', () => {
    const offers = [{ id: 'tis' as const, parameters: methodParameters('tis'), refusal: null }];
    const published = { stability: 1, estimate: 'published', precision: 'float32' } as const;
    const total = (ids: Parameters<typeof totalCost>[0], settings: Parameters<typeof sharesRun>[1] = published) =>
      totalCost(ids, offers, { classes: 4, settings }).forward;
    expect([total(['tis']), total([contrastRow]), total(['tis', contrastRow])]).toEqual([1024, 1024, 1024]);
    // Then TIS is made as published, and the contrast as the settings say.
    expect(total(['tis', contrastRow], { ...published, stability: 0.98 })).toBe(2048);
  });

  it('add up', () => {
    const costs = [
      { forward: 1, backward: 2 },
      { forward: 3, backward: 0 },
    ];
    expect(addCosts(costs)).toEqual({ forward: 4, backward: 2 });
  });

  it('count once a run', () => {
    const took = tookOf([mapOf('tam', [1], 100), mapOf('tam', [2], 100), null, mapOf('tam', [3], 40)]);
    expect(took).toEqual({ milliseconds: 140, cost: { forward: 20, backward: 10 }, cached: false });
    expect(tookOf([null])).toBeNull();
  });
});

describe('the methods and classes of a sheet', () => {
  it('put a method at its usual place, or at the end of an order of one’s own', () => {
    expect(toggled(['tis', 'rollout'], 'chefer1')).toEqual(['tis', 'chefer1', 'rollout']);
    expect(toggled(['tis', 'rollout'], contrastRow)).toEqual(['tis', contrastRow, 'rollout']);
    expect(toggled(['rollout', 'tis'], 'chefer1')).toEqual(['rollout', 'tis', 'chefer1']);
    expect(toggled(['tis', 'rollout'], 'tis')).toEqual(['rollout']);
  });

  it('are the label and the best three, each once, then those added', () => {
    const top = [3, 1, 2, 0].map((index) => ({ classIndex: classIndex(index), probability: 0.2 }));
    const prediction = { top, labelClass: classIndex(1), labelProbability: 0.2, labelRank: 2, scores: null };
    expect(classesOf(prediction, [], [])).toEqual([1, 3, 2]);
    expect(classesOf(prediction, [classIndex(9)], [classIndex(3)])).toEqual([1, 2, 9]);
    expect(classesOf(null, [classIndex(9)], [])).toEqual([]);
  });
});

describe('figures of a sheet', () => {
  it('have sensible digits', () => {
    expect([elapsed(82), elapsed(1240), elapsed(36_000)]).toEqual(['0.08\u202fs', '1.2\u202fs', '36\u202fs']);
    expect([figure(0.8312), figure(-0.00123), figure(0), figure(1.23e-6)]).toEqual(['0.83', '−0.0012', '0', '1.2e-6']);
    expect([correlation(0.834), correlation(-0.31), correlation(-0.001)]).toEqual(['0.83', '−0.31', '0.00']);
  });
});
