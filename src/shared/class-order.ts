/** Which output of a model each label is when only positions can tell: the orders that folders are sorted in before training. */

import type { MappingRow } from './audit.js';
import type { ModelSummary } from './model.js';

/**
 * How labels come to outputs: by the number that they are, or by their place among all labels sorted as text (Python's
 * `sorted`: torchvision's ImageFolder and Hugging Face's imagefolder), naturally without case (timm), or as the dataset lists them.
 */
export const classOrders = ['number', 'text', 'natural', 'listed'] as const;
export type ClassOrder = (typeof classOrders)[number];

/** The order in words, after "matched by position, ...". */
export const classOrderNames: Readonly<Record<ClassOrder, string>> = {
  number: 'as the numbers that they are',
  text: 'as folders sorted as text',
  natural: 'as folders sorted naturally',
  listed: 'as they are listed',
};

/** The order as a choice. */
export const classOrderTitles: Readonly<Record<ClassOrder, string>> = {
  number: 'By number',
  text: 'Folders sorted as text',
  natural: 'Folders sorted naturally',
  listed: 'As listed',
};

/** What is known of a model's outputs where they may bear no names. */
export type NamedOutputs = Pick<ModelSummary, 'classes'> & Partial<Pick<ModelSummary, 'source'>>;

/** An order and the output that it gives each label. */
export interface OrderedLabels {
  readonly order: ClassOrder;
  readonly positions: readonly number[];
}

/** Labels whose outputs only an order tells. */
export interface OrderQuestion {
  /** The orders that fit and give different outputs, at least one. */
  readonly orders: readonly OrderedLabels[];
  /** What the kind of the model makes likely; null where two orders are as likely, so that a person has to say it. */
  readonly likely: OrderedLabels | null;
}

/** Names that a file without class names is given: `3`, `class 3`, `LABEL_3`. */
const placeholder = /^(?:class|label)?[ _]*\d+$/i;

/** Whether a model's classes are only numbered. */
export function onlyNumbered(classes: readonly string[]): boolean {
  return classes.every((name) => placeholder.test(name));
}

/** The number that a label is, also where a table made `1.0` of it; undefined for any other label. */
export function wholeNumber(label: string): number | undefined {
  return /^\d+(?:\.0+)?$/.test(label) ? Number(label) : undefined;
}

const codePoints = (text: string): readonly number[] => Array.from(text, (character) => character.codePointAt(0) ?? 0);

/** By code points, as Python compares text: JavaScript's own order differs for pictographs. */
function compareText(a: string, b: string): number {
  const left = codePoints(a);
  const right = codePoints(b);
  const at = left.findIndex((point, place) => point !== right[place]);
  return at < 0 || at >= right.length ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? 0);
}

/** timm's `natural_key`: lower case, digits as numbers; what stands at even places is text, at odd ones a number. */
function compareWithoutCase(a: string, b: string): number {
  const left = a.toLowerCase().split(/(\d+)/);
  const right = b.toLowerCase().split(/(\d+)/);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [one = '', other = ''] = [left[at], right[at]];
    const difference = at % 2 === 1 ? Number(one) - Number(other) : compareText(one, other);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** The place of each label among all of them, sorted. */
function places(labels: readonly string[], compare: (a: string, b: string) => number): readonly number[] {
  const sorted = Array.from(labels.keys()).sort((a, b) => compare(labels[a] ?? '', labels[b] ?? '') || a - b);
  const place = new Array<number>(labels.length).fill(0);
  for (const [at, label] of sorted.entries()) place[label] = at;
  return place;
}

function numbersOf(labels: readonly string[], classCount: number): readonly number[] | null {
  const numbers = labels.map(wholeNumber);
  return numbers.every((number) => number !== undefined && number < classCount)
    ? numbers.map((number) => number ?? 0)
    : null;
}

/** The output of each label in an order; null where that order cannot be meant. */
export function positionsIn(
  order: ClassOrder,
  labels: readonly string[],
  { classes }: NamedOutputs,
): readonly number[] | null {
  if (order === 'number') return numbersOf(labels, classes.length);
  // Places among the labels mean something only where every output has a label and none has a name.
  if (labels.length !== classes.length || !onlyNumbered(classes)) return null;
  switch (order) {
    case 'text':
      return places(labels, compareText);
    case 'natural':
      return places(labels, compareWithoutCase);
    case 'listed':
      return [...labels.keys()];
  }
}

const equal = (a: readonly number[], b: readonly number[]): boolean => a.every((value, at) => value === b[at]);

/** What a model's kind is trained with; of an ONNX file that is not known, and numbers may as well be counted as sorted. */
function usualOrders(labels: readonly string[], source: NamedOutputs['source']): readonly ClassOrder[] {
  if (source === 'timm') return ['number', 'natural'];
  const counted = labels.every((label) => wholeNumber(label) !== undefined);
  return source === 'huggingface' && !counted ? ['text'] : ['number', 'text', 'natural'];
}

/**
 * The orders by which labels may be a model's outputs, the likely one first; null where no order can tell: the outputs have
 * names and the labels are no numbers, or their counts differ.
 */
export function orderQuestion(labels: readonly string[], model: NamedOutputs): OrderQuestion | null {
  if (labels.length === 0) return null;
  const fitting = classOrders.flatMap((order) => {
    const positions = positionsIn(order, labels, model);
    return positions === null ? [] : [{ order, positions }];
  });
  const usual = usualOrders(labels, model.source);
  const [first, ...others] = fitting.filter(({ order }) => usual.includes(order));
  const agreed = first !== undefined && others.every(({ positions }) => equal(positions, first.positions));
  const ranked = agreed ? [first, ...fitting] : fitting;
  const orders = ranked.filter(
    ({ positions }, at) => ranked.findIndex((other) => equal(other.positions, positions)) === at,
  );
  return orders.length === 0 ? null : { orders, likely: agreed ? first : null };
}

/** The order that the rows of a mapping by position follow; undefined where they follow none. */
export function orderFollowed(mapping: readonly MappingRow[], { orders }: OrderQuestion): ClassOrder | undefined {
  return orders.find(({ positions }) =>
    mapping.every((row, at) => row.by === 'name' || row.by === 'synset' || row.classIndex === positions[at]),
  )?.order;
}

/** An {@link OrderQuestion} that concerns a mapping, and the order that a person gave for all of it; null until then. */
export interface AskedOrder {
  readonly question: OrderQuestion;
  readonly confirmed: ClassOrder | null;
}

/** Whether a mapping rests, or would rest, on an order; null where names, or a person label by label, gave the classes. */
export function orderAsked(mapping: readonly MappingRow[], model: NamedOutputs): AskedOrder | null {
  const rows = mapping.filter((row) => row.by !== 'name' && row.by !== 'synset');
  const question = orderQuestion(
    mapping.map((row) => row.labelName),
    model,
  );
  if (question === null || rows.length === 0) return null;
  if (rows.every((row) => row.by === 'person')) {
    const followed = orderFollowed(mapping, question);
    return followed === undefined ? null : { question, confirmed: followed };
  }
  return rows.some((row) => row.by === 'position' || question.likely === null) ? { question, confirmed: null } : null;
}
