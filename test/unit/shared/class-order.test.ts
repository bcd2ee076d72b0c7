/** Which output each label is, in every order that trainers sort folders in. */

import { describe, expect, it } from 'vitest';
import { classOrders, onlyNumbered, orderQuestion, positionsIn, wholeNumber } from '../../../src/shared/class-order.js';

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `LABEL_${String(at)}`);
const folders = Array.from({ length: 12 }, (_, at) => `type ${String(at + 1)}`);
const numbers = Array.from({ length: 12 }, (_, at) => String(at));
const mixed = ['Bee', 'Zebra', 'ant', 'cat'];

describe('an order', () => {
  it('as text is Python’s: upper case before lower, 10 before 2, by code points', () => {
    const places = positionsIn('text', folders, { classes: numbered(12) });
    expect(folders.map((name, at) => [name, places?.[at]])).toEqual([
      ['type 1', 0],
      ['type 2', 4],
      ['type 3', 5],
      ['type 4', 6],
      ['type 5', 7],
      ['type 6', 8],
      ['type 7', 9],
      ['type 8', 10],
      ['type 9', 11],
      ['type 10', 1],
      ['type 11', 2],
      ['type 12', 3],
    ]);
    expect(positionsIn('text', ['ant', 'Zebra', 'Bee', 'cat'], { classes: numbered(4) })).toEqual([2, 1, 0, 3]);
    // A pictograph comes after U+FF21 by code point, before it by UTF-16 unit; a name before what begins with it.
    expect(positionsIn('text', ['😀', 'Ａ', 'ab', 'a'], { classes: numbered(4) })).toEqual([3, 2, 1, 0]);
  });

  it('naturally is timm’s: digits as numbers, without case', () => {
    expect(positionsIn('natural', mixed, { classes: numbered(4) })).toEqual([1, 3, 0, 2]);
    expect(positionsIn('natural', folders, { classes: numbered(12) })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('by number needs numbers within the outputs, also as a table writes them', () => {
    expect(positionsIn('number', ['2', '0', '1.0'], { classes: ['a', 'b', 'c'] })).toEqual([2, 0, 1]);
    expect(positionsIn('number', ['1', '3'], { classes: ['a', 'b', 'c'] })).toBeNull();
    expect(positionsIn('number', ['1.5'], { classes: ['a', 'b', 'c'] })).toBeNull();
    expect([wholeNumber('7.00'), wholeNumber('7.5'), wholeNumber('-1'), wholeNumber('')]).toEqual([
      7,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('says nothing of named outputs or another number of them', () => {
    for (const order of classOrders.filter((one) => one !== 'number')) {
      expect(positionsIn(order, mixed, { classes: ['w', 'x', 'y', 'z'] })).toBeNull();
      expect(positionsIn(order, mixed, { classes: numbered(5) })).toBeNull();
    }
    expect(onlyNumbered(['class 0', 'LABEL_1', '2'])).toBe(true);
    expect(onlyNumbered(['class 0', 'cat'])).toBe(false);
  });
});

describe('the question of the order', () => {
  const likely = (labels: readonly string[], source: 'huggingface' | 'timm' | 'onnx') =>
    orderQuestion(labels, { classes: numbered(labels.length), source })?.likely?.order ?? null;

  it('is answered by the kind of the model', () => {
    expect([likely(folders, 'huggingface'), likely(folders, 'timm'), likely(folders, 'onnx')]).toEqual([
      'text',
      'natural',
      null,
    ]);
    expect([likely(mixed, 'huggingface'), likely(mixed, 'timm'), likely(mixed, 'onnx')]).toEqual([
      'text',
      'natural',
      null,
    ]);
  });

  it('is none where all orders agree', () => {
    expect(orderQuestion(['ant', 'bee'], { classes: numbered(2), source: 'onnx' })).toEqual({
      orders: [{ order: 'text', positions: [0, 1] }],
      likely: { order: 'text', positions: [0, 1] },
    });
  });

  it('stays open for numbers that are sorted otherwise than counted', () => {
    expect([likely(numbers, 'huggingface'), likely(numbers, 'timm'), likely(numbers, 'onnx')]).toEqual([
      null,
      'number',
      null,
    ]);
    const fromOne = numbers.map((name) => String(Number(name) + 1));
    expect([likely(fromOne, 'huggingface'), likely(fromOne, 'timm')]).toEqual([null, 'natural']);
    expect(likely(numbers.slice(0, 10), 'huggingface')).toBe('number');
  });

  it('is not put where names or numbers of outputs rule positions out', () => {
    expect(orderQuestion(['cat'], { classes: ['cat', 'dog'] })).toBeNull();
    expect(orderQuestion([], { classes: [] })).toBeNull();
    expect(orderQuestion(['0', '1'], { classes: ['bird', 'cat', 'dog'] })?.likely?.order).toBe('number');
  });
});
