import { describe, expect, it, vi } from 'vitest';

import { classIndex } from '../../../src/shared/audit.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { ConfusionTable } from '../../../src/renderer/state/confusion-table.js';
import {
  actions,
  conflict,
  keyLabel,
  keysOf,
  pressOf,
  printKeys,
  swapped,
} from '../../../src/renderer/state/keymap.js';
import { LruMap } from '../../../src/renderer/state/lru.js';
import { suggest } from '../../../src/renderer/state/suggest.js';
import { Throttle } from '../../../src/renderer/state/throttle.js';

describe('suggest', () => {
  const names = ['Garter snake', 'Hognose snake', 'Snail', 'Night snake', 'Rattlesnake'];

  it('puts beginnings before words before parts', () => {
    expect(suggest(names, 'sna', 10)).toEqual(['Snail', 'Garter snake', 'Hognose snake', 'Night snake', 'Rattlesnake']);
    expect(suggest(names, 'hog', 10)).toEqual(['Hognose snake']);
    expect(suggest(names, 'zebra', 10)).toEqual([]);
  });

  it('keeps the order given when nothing is typed', () => {
    expect(suggest(names, ' ', 2)).toEqual(['Garter snake', 'Hognose snake']);
  });
});

describe('LruMap', () => {
  it('lets the least recently used go', () => {
    const gone: number[] = [];
    const map = new LruMap<string, number>(2, (value) => gone.push(value));
    map.set('a', 1);
    map.set('b', 2);
    map.use('a');
    map.set('c', 3);
    expect(gone).toEqual([2]);
    expect([map.has('a'), map.has('b'), map.has('c')]).toEqual([true, false, true]);
  });

  it('does not count a peek as a use', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.peek('a');
    map.set('c', 3);
    expect(map.has('a')).toBe(false);
  });
});

describe('Throttle', () => {
  it('works at once, then once at the end of each pause that had requests', () => {
    vi.useFakeTimers();
    const work = vi.fn();
    const throttle = new Throttle(1000, work);
    throttle.request();
    expect(work).toHaveBeenCalledTimes(1);
    for (let time = 0; time < 10; time += 1) throttle.request();
    expect(work).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(work).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(5000);
    expect(work).toHaveBeenCalledTimes(2);
    throttle.request();
    expect(work).toHaveBeenCalledTimes(3);
    vi.useRealTimers();
  });
});

describe('keys', () => {
  it('gives every action another key', () => {
    const patterns = actions.flatMap((action) => [...action.keys]).map((key) => key.toLowerCase());
    expect(new Set(patterns).size).toBe(patterns.length);
    expect(new Set(actions.map((action) => action.id)).size).toBe(actions.length);
  });

  it('lets the person replace them and prints the replacement', () => {
    const undo = actions.find((action) => action.id === 'undo');
    expect(undo && keysOf(undo, { undo: 'u' })).toEqual(['u']);
    expect(keyLabel('undo', { undo: 'u' })).toBe('U');
    expect(keyLabel('undo', {})).toBe('Z');
    const press = (pattern: string, physical: string | null = null) => ({ pattern, physical });
    expect(conflict('maps', press('Z'), {})?.id).toBe('undo');
    expect(conflict('maps', press('Z'), { undo: 'u' })).toBeNull();
    expect(conflict('undo', press('z'), {})).toBeNull();
    // On a French keyboard the key of the first verdict types '&'.
    expect(conflict('maps', press('&', 'Digit1'), {})?.id).toBe('verdict-1');
  });

  it('swaps a key with the action that has it, and forgets what is the default again', () => {
    const action = (id: string): (typeof actions)[number] => actions.find((one) => one.id === id) ?? expect.fail();
    const own = swapped(action('compare'), '1', action('verdict-1'), {});
    expect(own).toEqual({ compare: '1', 'verdict-1': 'c' });
    expect([keyLabel('compare', own), keyLabel('verdict-1', own)]).toEqual(['1', 'C']);
    expect(swapped(action('compare'), 'c', action('verdict-1'), own)).toEqual({});
  });

  it('prints patterns as keys', () => {
    expect(['$mod+Shift+Z', 'ArrowLeft', '+', 'Shift++', 'Space'].map(printKeys)).toEqual([
      'Ctrl Shift Z',
      '←',
      '+',
      'Shift +',
      'Space',
    ]);
  });

  it('records a press as a pattern', () => {
    const press = { key: 'k', code: 'KeyK', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
    expect(pressOf(press)).toEqual({ pattern: 'k', physical: 'KeyK' });
    expect(pressOf({ ...press, ctrlKey: true, shiftKey: true, key: 'K' })?.pattern).toBe('$mod+Shift+K');
    expect(pressOf({ ...press, key: ' ' })?.pattern).toBe('Space');
    expect(pressOf({ ...press, key: 'Shift', shiftKey: true })).toBeNull();
  });
});

describe('the confusion table', () => {
  const cells = (...told: readonly (readonly [number, number, number])[]) => ({
    labels: Uint32Array.from(told, ([label]) => label),
    predictions: Uint32Array.from(told, ([, prediction]) => prediction),
    counts: Uint32Array.from(told, ([, , count]) => count),
  });
  /** Label 0 means class 2, label 1 class 0; class 7 means no label. */
  const classOf = (label: number) => classIndex(label === 0 ? 2 : 0);
  const table = new ConfusionTable(cells([0, 2, 90], [1, 0, 40], [0, 0, 10], [1, 7, 5]), 2, classOf);

  it('orders the columns so that the diagonal is agreement', () => {
    expect(table.predictions).toEqual([2, 0, 7]);
    const all = [0, 1].map((row) => table.predictions.map((_, column) => table.count(row, column)));
    expect(all).toEqual([
      [90, 10, 0],
      [0, 40, 5],
    ]);
    expect([table.agrees(0, 0), table.agrees(1, 1), table.agrees(0, 1)]).toEqual([true, true, false]);
  });

  it('counts what agrees and ranks what does not', () => {
    expect([table.total, table.agreeing, table.largestOff]).toEqual([145, 130, 10]);
    expect(table.pairs(10).map((pair) => [pair.label, pair.prediction, pair.count])).toEqual([
      [0, 0, 10],
      [1, 7, 5],
    ]);
    expect(table.pairs(1)[0]?.share).toBeCloseTo(0.1);
  });

  it('is the same as a dense one over random counts, and ranks as sorting does', () => {
    const random = seededRandom(7);
    const [rows, classes] = [40, 60];
    const dense = Array.from({ length: rows * classes }, () => Math.max(0, Math.floor(random() * 12) - 6));
    const filled = dense
      .map((count, at): [number, number, number] => [Math.floor(at / classes), at % classes, count])
      .filter(([, , count]) => count > 0)
      .sort((a, b) => b[2] - a[2]);
    const own = (label: number) => (label % 5 === 4 ? null : classIndex((label * 7) % classes));
    const many = new ConfusionTable(cells(...filled), rows, own);
    for (let row = 0; row < rows; row += 1) {
      for (const [column, prediction] of many.predictions.entries()) {
        expect(many.count(row, column)).toBe(dense[row * classes + prediction]);
      }
    }
    const total = (label: number): number =>
      dense.slice(label * classes, (label + 1) * classes).reduce((sum, count) => sum + count, 0);
    const confused = filled.filter(([label, prediction]) => own(label) !== null && own(label) !== prediction);
    const ranked = confused
      .map(([label, prediction, count]) => ({ label, prediction, count, share: count / total(label) }))
      .sort((a, b) => b.count - a.count || b.share - a.share);
    expect(many.confused).toBe(ranked.length);
    for (const most of [1, 10, 300, 5000]) expect(many.pairs(most)).toEqual(ranked.slice(0, most));
  });

  it('neither agrees nor differs where a label has no class', () => {
    const part = new ConfusionTable(cells([0, 2, 90], [1, 0, 40]), 2, (label) => (label === 0 ? classIndex(2) : null));
    expect([part.total, part.compared, part.agreeing]).toEqual([130, 90, 90]);
    expect(part.pairs(10)).toEqual([]);
    expect([part.compares(0), part.compares(1)]).toEqual([true, false]);
  });
});
