/** The text form of a query, which reads and writes the same: `label:shirt pred:coat conf<0.1 verdict:none sort:margin`. */

import type { KnownColumn } from './columns.js';
import { columns, columnOf, sortColumns } from './columns.js';
import { AppError } from './errors.js';
import {
  type Condition,
  type ConditionOp,
  type ConditionValue,
  type Order,
  type Query,
  suspicionOrder,
} from './query.js';

/** The names that indexes of labels and classes stand for. */
export interface QueryNames {
  readonly labels: readonly string[];
  readonly classes: readonly string[];
}

/** Written without quotation marks. A word that would be read as something else is quoted. */
const plainWord = /^[\p{L}\p{N}_./\\-][\p{L}\p{N}_./\\+-]*$/u;
const none = 'none';
/** Names that a hint lists. */
const mostNamed = 12;

/** One term, up to white space or the end: a text in quotation marks, a column with a sign and a value, or a word. */
const term =
  /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s":<>]+)(:|<=|>=|<|>)(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))|([^\s"]+))(?=\s|$)/uy;

function refuse(message: string, hint: string): AppError {
  return new AppError('BAD_USAGE', message, hint);
}

/** The places of every name in a list, taken once a list: a name that stands twice says no index. */
const places = new WeakMap<readonly string[], ReadonlyMap<string, readonly number[]>>();

function indexesOf(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const known = places.get(names);
  if (known !== undefined) return known;
  const indexes = new Map<string, number[]>();
  names.forEach((name, index) => {
    const before = indexes.get(name);
    if (before === undefined) indexes.set(name, [index]);
    else before.push(index);
  });
  places.set(names, indexes);
  return indexes;
}

const namesOf = ({ kind }: KnownColumn, names: QueryNames): readonly string[] =>
  kind === 'label' ? names.labels : names.classes;

function quoted(text: string): string {
  return plainWord.test(text) && text !== none ? text : JSON.stringify(text);
}

function valueText(
  column: KnownColumn,
  value: ConditionValue,
  indexes: ReadonlyMap<string, readonly number[]>,
  names: QueryNames,
): string {
  if (value === null) return none;
  switch (column.kind) {
    case 'label':
    case 'class': {
      const name = namesOf(column, names)[Number(value)];
      return name === undefined || indexes.get(name)?.length !== 1 ? `#${String(value)}` : quoted(name);
    }
    case 'flag':
      return value === 1 ? 'yes' : 'no';
    case 'time':
      return new Date(Number(value)).toISOString();
    case 'number':
    case 'word':
      return String(value);
    case 'name':
    case 'text':
    case 'order':
      return quoted(String(value));
  }
}

/** The text of a query; an order by suspicion is not named. */
export function writeQuery({ filter, order }: Query, names: QueryNames): string {
  const labels = indexesOf(names.labels);
  const classes = indexesOf(names.classes);
  const words = filter.map(({ column: id, op, value }) => {
    const column = columnOf(id);
    if (op === 'has') return `${column.key}:${quoted(String(value))}`;
    const text = valueText(column, value, column.kind === 'label' ? labels : classes, names);
    return `${column.key}${op === 'is' ? ':' : op}${text}`;
  });
  const { by, descending } = order;
  if (by !== suspicionOrder.by || descending !== suspicionOrder.descending) {
    words.push(`sort:${descending ? '-' : ''}${columnOf(by).key}`);
  }
  return words.join(' ');
}

interface Word {
  readonly text: string;
  readonly isQuoted: boolean;
}

function unquoted(text: string): Word {
  try {
    return { text: JSON.parse(`"${text}"`) as string, isQuoted: true };
  } catch {
    throw refuse(
      `"${text}" cannot be read as a text in quotation marks.`,
      'Write \\" for a quotation mark in it, \\\\ for a backslash.',
    );
  }
}

function columnByKey(key: string): KnownColumn {
  // By its heading in a CSV file as well.
  const column = columns.find((one) => one.key === key || one.id === key.replaceAll('_', '-'));
  if (column !== undefined) return column;
  const known = columns.filter(({ kind }) => kind !== 'order').map((one) => one.key);
  throw refuse(
    `There is no column '${key}' to filter by.`,
    `There are: ${known.join(', ')}. A text that is searched for and has such a sign in it stands in quotation marks.`,
  );
}

const folded = (name: string): string => name.toLowerCase();

function indexOf(column: KnownColumn, { text, isQuoted }: Word, names: QueryNames): number {
  const list = namesOf(column, names);
  const what = column.kind === 'label' ? 'label' : 'class';
  const number = /^#(\d+)$/.exec(text)?.[1];
  if (!isQuoted && number !== undefined) {
    if (Number(number) < list.length) return Number(number);
    throw refuse(`There is no ${what} ${text}.`, `There are ${String(list.length)}, counted from #0.`);
  }
  const found = indexesOf(list).get(text) ?? indexesOf(list.map(folded)).get(folded(text)) ?? [];
  const [index, another] = found;
  if (index === undefined) {
    const some = list.slice(0, mostNamed).map(quoted).join(', ');
    const rest = list.length > mostNamed ? ' ...' : '';
    throw refuse(`There is no ${what} '${text}'.`, some === '' ? '' : `There are: ${some}${rest}.`);
  }
  if (another === undefined) return index;
  const places = found.map((place) => `#${String(place)}`).join(', ');
  throw refuse(`The ${what} '${text}' stands for several.`, `Name one of them by its place: ${places}.`);
}

/** A probability also in percent, as the window writes it. */
function figureOf({ unit }: KnownColumn, text: string): number {
  if (text.trim() === '') return NaN;
  return unit === 'probability' && text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
}

function numberOf(column: KnownColumn, text: string): number {
  const value = column.kind === 'time' ? Date.parse(text) : figureOf(column, text);
  if (Number.isFinite(value)) return value;
  const example = column.kind === 'time' ? '2026-11-29T12:00:00Z' : '0.1';
  throw refuse(`'${text}' is no value of ${column.key}.`, `Write it as ${example}.`);
}

function wordOf(column: KnownColumn, text: string): string {
  const words = column.words ?? [];
  if (words.some(({ value }) => value === text)) return text;
  throw refuse(
    `'${text}' is no value of ${column.key}.`,
    `There are: ${[...words.map(({ value }) => value), none].join(', ')}.`,
  );
}

function isValue(column: KnownColumn, word: Word, names: QueryNames): ConditionValue {
  if (column.kind === 'order')
    throw refuse(`Nothing is filtered by ${column.key}.`, 'It is an order: write it behind sort:.');
  if (!word.isQuoted && word.text === none) return null;
  switch (column.kind) {
    case 'label':
    case 'class':
      return indexOf(column, word, names);
    case 'word':
      return wordOf(column, word.text);
    case 'flag':
      if (['yes', '1'].includes(word.text)) return 1;
      if (['no', '0'].includes(word.text)) return 0;
      throw refuse(`'${word.text}' is no value of ${column.key}.`, 'Write yes, no or none.');
    case 'name':
      return word.text;
    case 'number':
    case 'time':
      throw refuse(`${column.key} is compared with <, <=, > or >=.`, `Write ${column.key}<0.1, or ${column.key}:none.`);
    case 'text':
      return word.text;
  }
}

function conditionOf(key: string, op: string, word: Word, names: QueryNames): Condition {
  const column = columnByKey(key);
  if (column.kind === 'text' && op === ':') return { column: column.id, op: 'has', value: word.text };
  if (op === ':') return { column: column.id, op: 'is', value: isValue(column, word, names) };
  if (column.kind !== 'number' && column.kind !== 'time') {
    throw refuse(`${column.key} has no smaller and larger values.`, `Write ${column.key}: and the value.`);
  }
  return { column: column.id, op: op as ConditionOp, value: numberOf(column, word.text) };
}

function orderOf(text: string): Order {
  const descending = text.startsWith('-');
  const key = descending ? text.slice(1) : text;
  const column = sortColumns.find((one) => one.key === key);
  if (column !== undefined) return { by: column.id, descending };
  throw refuse(`Nothing is sorted by '${key}'.`, `There are: ${sortColumns.map((one) => one.key).join(', ')}.`);
}

/** A word that is searched for. What looks like a condition with a sign that there is not is more likely a slip. */
function bareText(word: string): string {
  const key = /^([a-z]+)=/.exec(word)?.[1];
  if (!columns.some((column) => column.key === key)) return word;
  throw refuse(
    `'${word}' is no condition: there is no sign '='.`,
    `Write : for a value and <, <=, > or >= for figures; a text that is searched for stands in quotation marks.`,
  );
}

/** Reads what `writeQuery` writes, and what a person types. @throws AppError `BAD_USAGE` that says what cannot be read. */
export function readQuery(text: string, names: QueryNames): Query {
  const filter: Condition[] = [];
  let order: Order | undefined;
  const end = text.trimEnd().length;
  term.lastIndex = 0;
  while (term.lastIndex < end) {
    const from = term.lastIndex;
    const found = term.exec(text);
    if (found === null) {
      throw refuse(
        `This part of the filter cannot be read: ${text.slice(from).trim()}`,
        'A quotation mark may be missing.',
      );
    }
    const [, whole, key, op = ':', quotedValue, value = '', bare] = found;
    if (whole !== undefined) filter.push({ column: 'text', op: 'has', value: unquoted(whole).text });
    else if (bare !== undefined) filter.push({ column: 'text', op: 'has', value: bareText(bare) });
    else if (key === 'sort' && op === ':') {
      if (order !== undefined) throw refuse('There are two orders.', 'Write sort: once.');
      order = orderOf(value);
    } else {
      const word = quotedValue === undefined ? { text: value, isQuoted: false } : unquoted(quotedValue);
      filter.push(conditionOf(key ?? '', op, word, names));
    }
  }
  return { filter, order: order ?? suspicionOrder };
}
