/** The text form of a query: what a person types, and that reading gives what was written. */

import { describe, expect, it } from 'vitest';
import * as v from 'valibot';

import { columns, type KnownColumn, sortColumns } from '../../../src/shared/columns.js';
import { AppError } from '../../../src/shared/errors.js';
import {
  type Condition,
  type ConditionOp,
  type ConditionValue,
  filterSchema,
  orderSchema,
  type Query,
  suspicionOrder,
} from '../../../src/shared/query.js';
import { readQuery, writeQuery } from '../../../src/shared/query-text.js';

const names = {
  labels: [
    'shirt',
    'T-shirt/top',
    'none',
    '#1',
    'two words',
    'a "quoted" one',
    'süß 🐍',
    '',
    'line\nbreak',
    'sort:conf',
    '\ud800',
  ],
  classes: ['shirt', 'coat', 'crane', 'crane', '1', '<b>'],
};

const is = (column: Condition['column'], value: ConditionValue): Condition => ({ column, op: 'is', value });

describe('reading', () => {
  it('takes conditions on columns and an order', () => {
    expect(readQuery('label:shirt pred:coat conf<0.1 verdict:none sort:margin', names)).toEqual({
      filter: [
        is('label', 0),
        is('prediction', 1),
        { column: 'self-confidence', op: '<', value: 0.1 },
        is('verdict', null),
      ],
      order: { by: 'normalised-margin', descending: false },
    });
  });

  it('takes words that are no column as a text, also in quotation marks', () => {
    expect(readQuery('  train/07 "two words" ', names).filter).toEqual([
      { column: 'text', op: 'has', value: 'train/07' },
      { column: 'text', op: 'has', value: 'two words' },
    ]);
  });

  it('takes a word with a sign of its own as a text where no column is called so', () => {
    expect(readQuery('=cmd x=1', names).filter.map(({ value }) => value)).toEqual(['=cmd', 'x=1']);
  });

  it('takes labels by place, and by a name in quotation marks that would be read otherwise', () => {
    expect(readQuery('label:#3 label:"#1" label:"none" label:none', names).filter).toEqual([
      is('label', 3),
      is('label', 3),
      is('label', 2),
      is('label', null),
    ]);
  });

  it('takes figures in percent, headings of CSV files, 1 and 0, and names in any case', () => {
    expect(readQuery('self_confidence<10% issue:1 label_issue:no label:SHIRT', names).filter).toEqual([
      { column: 'self-confidence', op: '<', value: 0.1 },
      is('label-issue', 1),
      is('label-issue', 0),
      is('label', 0),
    ]);
  });

  it('is most suspicious first unless another order is asked for', () => {
    expect(readQuery('', names)).toEqual({ filter: [], order: suspicionOrder });
    expect(readQuery('sort:-judged', names).order).toEqual({ by: 'verdict-time', descending: true });
  });

  it.each([
    ['colour:red', "There is no column 'colour'"],
    ['label:trousers', "There is no label 'trousers'"],
    ['pred:crane', 'stands for several'],
    ['verdict:maybe', "'maybe' is no value of verdict"],
    ['conf<little', "'little' is no value of conf"],
    ['conf<', "'' is no value of conf"],
    ['conf:0.5', 'compared with'],
    ['label<3', 'no smaller and larger values'],
    ['sort:text', "Nothing is sorted by 'text'"],
    ['file:a.png', 'Nothing is filtered by file'],
    ['suspicion:none', 'Nothing is filtered by suspicion'],
    ['file:none', 'Nothing is filtered by file'],
    ['label:#11', 'There is no label #11'],
    ['label:#99999999999999999999999', 'There is no label'],
    ['conf=0.1', "there is no sign '='"],
    ['label:"shirt"x', 'cannot be read'],
    ['a"b"c', 'cannot be read'],
    ['sort:conf sort:margin', 'two orders'],
    ['"open', 'cannot be read'],
    ['label:"open', 'cannot be read'],
  ])('refuses %s and says the way out', (text, message) => {
    const refused = (): Query => readQuery(text, names);
    expect(refused).toThrow(message);
    try {
      refused();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).hint).not.toBe('');
    }
  });
});

/** Numbers from 0 to 1 that are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const texts = [
  '',
  ' ',
  'a b',
  'none',
  '"',
  '\\',
  '\n\t',
  '#1',
  '🐍',
  'conf<1',
  'sort:-x',
  "'; DROP",
  '=cmd',
  '\ud800',
  'Ä_ö/-.+',
];

function someCondition(random: () => number): Condition {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const filtered = columns.filter(({ kind }) => kind !== 'order');
  const { id: column, kind, words = [] }: KnownColumn = pick(filtered);
  const number = (): number => pick([0, -1, 0.1, 1e-7, 1e21, 1 / 3, random(), -random() * 1e6]);
  if (kind === 'text') return { column, op: 'has', value: pick(texts) };
  if (random() < 0.15) return { column, op: 'is', value: null };
  switch (kind) {
    case 'number':
      return { column, op: pick<ConditionOp>(['<', '<=', '>', '>=']), value: number() };
    case 'time':
      return { column, op: pick<ConditionOp>(['<', '<=', '>', '>=']), value: Math.round(random() * 2e12 - 5e11) };
    case 'label':
      return { column, op: 'is', value: Math.floor(random() * names.labels.length) };
    case 'class':
      return { column, op: 'is', value: Math.floor(random() * names.classes.length) };
    case 'flag':
      return { column, op: 'is', value: random() < 0.5 ? 0 : 1 };
    case 'word':
      return { column, op: 'is', value: pick(words).value };
    default:
      return { column, op: 'is', value: pick(texts) };
  }
}

it('reads what it writes, for any query that a window may ask', () => {
  const random = randomFrom(7);
  for (let run = 0; run < 3000; run += 1) {
    const filter = Array.from({ length: Math.floor(random() * 6) }, () => someCondition(random));
    const by = sortColumns[Math.floor(random() * sortColumns.length)]?.id ?? 'suspicion';
    const query: Query = { filter, order: { by, descending: random() < 0.5 } };
    expect(v.safeParse(filterSchema, filter).issues).toBeUndefined();
    expect(v.is(orderSchema, query.order)).toBe(true);
    const text = writeQuery(query, names);
    expect(readQuery(text, names), text).toEqual(query);
  }
});

describe('a condition that its column cannot have is refused', () => {
  it.each<[string, unknown]>([
    ['an unknown column', { column: 'colour', op: 'is', value: 'red' }],
    ['an unknown word', { column: 'verdict', op: 'is', value: 'maybe' }],
    ['a label by name', { column: 'label', op: 'is', value: 'shirt' }],
    ['a part of a label', { column: 'label', op: 'is', value: 0.5 }],
    ['a word that is compared', { column: 'verdict', op: '<', value: 3 }],
    ['a figure that is a text', { column: 'self-confidence', op: '<', value: '0.1' }],
    ['no number', { column: 'self-confidence', op: '<', value: NaN }],
    ['a search in figures', { column: 'self-confidence', op: 'has', value: '1' }],
    ['a moment beyond all dates', { column: 'verdict-time', op: '<', value: 1e18 }],
  ])('%s', (_, condition) => {
    expect(v.safeParse(filterSchema, [condition]).success).toBe(false);
  });
});
