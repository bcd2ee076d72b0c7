/** Selects and orders images over their columns; the database is asked only for names. */

import type { ClassIndex, LabelIndex } from '../../shared/audit.js';
import type { ConfusionCell, Filter, Order } from '../../shared/query.js';
import { codedColumn, figuresOf } from './column-values.js';
import { columnTests, type SlotTest } from './conditions.js';
import { type ImageColumns, verdictCode } from './image-columns.js';
import type { ImageTable } from './image-table.js';
import { suspicion } from './suspicion.js';

/** Slots that pass every test, in id order. */
function passing(size: number, tests: readonly SlotTest[]): Uint32Array {
  const slots = new Uint32Array(size);
  let count = 0;
  for (let slot = 0; slot < size; slot += 1) {
    if (tests.every((test) => test(slot))) slots[count++] = slot;
  }
  return slots.subarray(0, count);
}

/** Where each image stands in an order, `[images]`, NaN where it has no place in it. */
function placesOf(table: ImageTable, by: Order['by']): Float64Array | Uint32Array {
  if (by === 'suspicion') return suspicion(table);
  if (by === 'file') return table.names.fileRanks();
  const figures = figuresOf(table, by);
  if (figures !== undefined) return figures;
  const coded = codedColumn(table, by);
  if (coded === undefined) return new Float64Array(table.facts.size).fill(NaN);
  return Float64Array.from({ length: table.facts.size }, (_, slot) => {
    const code = coded.codeAt(slot);
    return code < 0 ? NaN : code;
  });
}

/** Slots in order: ties by id, slots without a place last either way. */
function ordered(slots: Uint32Array, places: ArrayLike<number>, descending: boolean): Uint32Array {
  const known = slots.filter((slot) => !Number.isNaN(places[slot] ?? NaN));
  const sign = descending ? -1 : 1;
  known.sort((a, b) => sign * ((places[a] ?? 0) - (places[b] ?? 0)) || a - b);
  if (known.length === slots.length) return known;
  const all = new Uint32Array(slots.length);
  all.set(known);
  all.set(
    slots.filter((slot) => Number.isNaN(places[slot] ?? NaN)),
    known.length,
  );
  return all;
}

const idsAt = ({ id }: ImageColumns, slots: Uint32Array): Uint32Array => slots.map((slot) => id[slot] ?? 0);

/** Ids of the images that pass the filter, in the wanted order: ties by id, images without the value last either way. */
export function selectImages(table: ImageTable, filter: Filter, { by, descending }: Order): Uint32Array {
  const slots = passing(table.facts.size, [...columnTests(table, filter).values()]);
  return idsAt(table.facts, ordered(slots, placesOf(table, by), descending));
}

export interface SuspicionOptions {
  /** Leaves out images whose maps are cached and, where label and prediction differ, related to each other. */
  readonly unexplainedOnly?: boolean | undefined;
}

/** Maps are kept by content and related by image: a duplicate, or an image with another label, has maps and is not told of. */
function isTold(facts: ImageColumns, slot: number): boolean {
  return facts.explained[slot] === 1 && !(facts.disagrees(slot) && facts.kind[slot] === 0);
}

/** The predicted images, most suspicious first. */
export function mostSuspicious(table: ImageTable, limit: number, options: SuspicionOptions = {}): Uint32Array {
  const { facts } = table;
  const tests: SlotTest[] = [(slot) => (facts.top1[slot] ?? -1) >= 0];
  if (options.unexplainedOnly === true) tests.push((slot) => !isTold(facts, slot));
  return idsAt(facts, ordered(passing(facts.size, tests), suspicion(table), false).subarray(0, limit));
}

/**
 * What a report tells, at most `limit` images, most suspicious first: every image with a verdict other than 'right label' or with a
 * note, then as many disagreements as fit.
 */
export function findingIds(table: ImageTable, limit: number): Uint32Array {
  const { facts } = table;
  const right = verdictCode('right-label');
  const isJudged = (slot: number): boolean => {
    const verdict = facts.verdict[slot] ?? 0;
    return verdict !== 0 && (verdict !== right || facts.noted[slot] === 1);
  };
  const places = suspicion(table);
  const judged = ordered(passing(facts.size, [isJudged]), places, false);
  const open = ordered(passing(facts.size, [(slot) => !isJudged(slot) && facts.disagrees(slot)]), places, false);
  const chosen = Uint32Array.from([...judged, ...open].slice(0, limit));
  return idsAt(facts, ordered(chosen.sort(), places, false));
}

/** Counts of label against prediction, most frequent first; images without one of them are not in it. */
export function confusionCells(columns: ImageColumns): ConfusionCell[] {
  const cells = new Map<string, { label: number; prediction: number; count: number }>();
  for (let slot = 0; slot < columns.size; slot += 1) {
    const label = columns.label[slot] ?? -1;
    const prediction = columns.top1[slot] ?? -1;
    if (label < 0 || prediction < 0) continue;
    const key = `${String(label)}/${String(prediction)}`;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, { label, prediction, count: 1 });
    else cell.count += 1;
  }
  return [...cells.values()]
    .sort((a, b) => b.count - a.count || a.label - b.label || a.prediction - b.prediction)
    .map((cell) => ({ label: cell.label as LabelIndex, prediction: cell.prediction as ClassIndex, count: cell.count }));
}
