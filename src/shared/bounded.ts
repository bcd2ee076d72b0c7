/** Schemas of lists, texts and tables that say how large they may be, and refuse what is larger without looking through it. */

import * as v from 'valibot';

type Schema = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;

/** At most `most` UTF-16 units. */
export function text(most: number) {
  return v.pipe(v.string(), v.maxLength(most));
}

/**
 * Between `least` and `most` entries. The number is checked before any entry: a list of millions would otherwise be walked
 * to its end only to be refused.
 */
export function list<const Item extends Schema>(item: Item, most: number, least = 0) {
  const fits = (value: unknown): boolean => Array.isArray(value) && value.length >= least && value.length <= most;
  return v.pipe(
    v.custom<v.InferInput<Item>[]>(fits, `Expected a list of ${String(least)} to ${String(most)} entries`),
    v.array(item),
    v.minLength(least),
    v.maxLength(most),
  );
}

/** Texts by name: at most `most` of them, names and texts of at most `longest` UTF-16 units. */
export function textTable(longest: number, most: number) {
  const fits = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.keys(value).length <= most;
  return v.pipe(
    v.custom<Record<string, string>>(fits, `Expected a table of at most ${String(most)} entries`),
    v.record(text(longest), text(longest)),
    v.maxEntries(most),
  );
}
