/** What crosses the bridge is bounded: every text, list and table says how large it may be, and refusing is quick. */

import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { type CallName, calls as table } from '../../../src/shared/calls/calls.js';

/** A schema or an action as valibot describes itself. */
interface Part {
  readonly kind: string;
  readonly type: string;
  readonly pipe?: readonly Part[];
  readonly item?: Part;
  readonly items?: readonly Part[];
  readonly wrapped?: Part;
  readonly key?: Part;
  readonly value?: Part;
  readonly options?: readonly unknown[];
  readonly entries?: Readonly<Record<string, Part>>;
}

const bounds: Readonly<Record<string, string>> = { string: 'max_length', array: 'max_length', record: 'max_entries' };
/** Schemas that hold nothing else. */
const leaves = ['number', 'boolean', 'undefined', 'picklist', 'literal', 'custom', 'null', 'any', 'unknown'];

const partOf = (schema: unknown): Part => schema as Part;

/** Where a schema lets something of any size in. */
function unbounded(part: Part, place: string, around: readonly Part[] = []): string[] {
  const all = [...around, ...(part.pipe ?? [])];
  const bound = bounds[part.type];
  const itself =
    bound === undefined || all.some(({ type }) => type === bound) ? [] : [`${place}: ${part.type} without ${bound}`];
  // A list that is walked before it is counted takes seconds to be refused.
  const walked = part.type === 'array' || part.type === 'record';
  const late = walked && around[0]?.type !== 'custom' ? [`${place}: ${part.type} that is counted too late`] : [];
  const within: (readonly [string, Part])[] = [
    ...Object.entries(part.entries ?? {}),
    ...(part.items ?? []).map((item, at) => [String(at), item] as const),
    ...(part.type === 'union' ? (part.options ?? []) : []).map(
      (option, at) => [`|${String(at)}`, partOf(option)] as const,
    ),
    ...[part.item, part.wrapped, part.key, part.value].flatMap((one) =>
      one === undefined ? [] : [['*', one] as const],
    ),
  ];
  const known = leaves.includes(part.type) || part.type in bounds || within.length > 0;
  const unknown = known || part.kind !== 'schema' ? [] : [`${place}: ${part.type}, which this test does not know`];
  const piped = (part.pipe ?? []).slice(1).filter(({ kind }) => kind === 'schema');
  return [
    ...itself,
    ...late,
    ...unknown,
    ...within.flatMap(([name, inner]) => unbounded(inner, `${place}.${name}`)),
    ...piped.flatMap((inner) => unbounded(inner, place, part.pipe)),
  ];
}
describe('every call', () => {
  it.each(Object.keys(table))('%s takes nothing without an upper limit', (name) => {
    expect(unbounded(partOf(table[name as CallName].input), name)).toEqual([]);
  });
});

describe('the search for what has no limit', () => {
  it('finds texts, lists and tables, however deep they lie, and lists that are counted too late', () => {
    const open = v.object({
      name: v.string(),
      rows: v.optional(v.array(v.object({ text: v.nullable(v.string()) }))),
      keys: v.record(v.string(), v.number()),
      late: v.pipe(v.array(v.number()), v.maxLength(3)),
      either: v.union([v.number(), v.string()]),
    });
    expect(unbounded(partOf(open), 'x')).toEqual([
      'x.name: string without max_length',
      'x.rows.*: array without max_length',
      'x.rows.*: array that is counted too late',
      'x.rows.*.*.text.*: string without max_length',
      'x.keys: record without max_entries',
      'x.keys: record that is counted too late',
      'x.keys.*: string without max_length',
      'x.late: array that is counted too late',
      'x.either.|1: string without max_length',
    ]);
  });
});

describe('a list of millions', () => {
  const never = new Proxy([], {
    get: (target, key) => {
      if (key === 'length') return 3_000_000;
      if (key === Symbol.iterator || typeof key === 'symbol') return Reflect.get(target, key) as unknown;
      throw new Error(`The entry ${key} was looked at`);
    },
  });
  const calls: readonly (readonly [CallName, unknown])[] = [
    ['gallery.select', { filter: never, order: { by: 'suspicion', descending: true }, since: null, near: [] }],
    ['gallery.select', { filter: [], order: { by: 'suspicion', descending: true }, since: null, near: never }],
    ['gallery.places', { revision: 1, ids: never }],
    ['gallery.facets', { filter: never, columns: [] }],
    ['gallery.facets', { filter: [], columns: never }],
    ['project.setMapping', { rows: never }],
    ['newAudit.setMapping', { rows: never }],
    ['gallery.rows', { ids: never }],
    ['report.create', { formats: never, place: 'ask', findings: 1, explain: 0 }],
  ];
  it.each(calls)('in %s is refused without looking at a single entry', (name, input) => {
    expect(v.safeParse(table[name].input, input).success).toBe(false);
  });
});

it('as many labels and classes as the largest lists have are taken', () => {
  const rows = Array.from({ length: 21_843 }, (_, label) => ({ label, classIndex: label }));
  expect(v.safeParse(table['project.setMapping'].input, { rows }).success).toBe(true);
  const filter = rows.flatMap(({ label }) => [
    { column: 'label', op: 'is', value: label },
    { column: 'prediction', op: 'is', value: label },
  ]);
  expect(v.safeParse(table['gallery.facets'].input, { filter, columns: ['label'] }).success).toBe(true);
});
