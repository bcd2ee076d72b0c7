/** Filters, orders and counts images over their columns; the database is asked only for names. */

import { type ClassIndex, type LabelIndex, verdictKinds, type VerdictKind } from '../../shared/audit.js';
import { disagreementKinds } from '../../shared/disagreement.js';
import type {
  ConfusionCell,
  FacetCount,
  GalleryFacets,
  GalleryFilter,
  GallerySort,
  SortKey,
} from '../../shared/gallery.js';
import { type ImageColumns, kindCode, verdictCode } from './image-columns.js';

/** What names mean: the rows that a text finds and the order of file names. */
export interface NameIndex {
  /** One byte an image slot: 1 where file, label or prediction contains the text. */
  matching(text: string): Uint8Array;
  /** Place of each image slot in the order of file names. */
  fileRanks(): Uint32Array;
}

type Test = (slot: number) => boolean;
type FacetName = keyof GalleryFilter;

function among(values: readonly number[] | undefined, column: Int32Array | Uint8Array): Test | undefined {
  if (values === undefined || values.length === 0) return undefined;
  const wanted = new Set(values);
  return (slot) => wanted.has(column[slot] ?? -1);
}

const verdictNumber = (verdict: VerdictKind | 'none'): number => verdictCode(verdict === 'none' ? null : verdict);

function stateTest(columns: ImageColumns, state: GalleryFilter['state']): Test | undefined {
  switch (state) {
    case undefined:
      return undefined;
    case 'disagree':
      return (slot) => columns.disagrees(slot);
    case 'agree':
      return (slot) => columns.agrees(slot);
    case 'unreadable':
      return (slot) => columns.unreadable[slot] === 1;
  }
}

function textTest(names: NameIndex, text: string | undefined): Test | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const found = names.matching(text.trim());
  return (slot) => found[slot] === 1;
}

/** One test for each part of the filter that narrows. */
function testsOf(columns: ImageColumns, names: NameIndex, filter: GalleryFilter): Map<FacetName, Test> {
  const tests: readonly (readonly [FacetName, Test | undefined])[] = [
    ['labels', among(filter.labels, columns.label)],
    ['predictions', among(filter.predictions, columns.top1)],
    ['state', stateTest(columns, filter.state)],
    ['kinds', among(filter.kinds?.map(kindCode), columns.kind)],
    ['verdicts', among(filter.verdicts?.map(verdictNumber), columns.verdict)],
    // An unknown split becomes -2, which no image has: nothing is found, rather than everything.
    [
      'splits',
      among(
        filter.splits?.map((name) => splitNumber(columns, name)),
        columns.split,
      ),
    ],
    ['text', textTest(names, filter.text)],
  ];
  const narrowing = new Map<FacetName, Test>();
  for (const [name, test] of tests) if (test !== undefined) narrowing.set(name, test);
  return narrowing;
}

function splitNumber(columns: ImageColumns, name: string): number {
  const index = columns.splits.indexOf(name);
  return index < 0 ? -2 : index;
}

/** Slots that pass every test, in id order. */
function passing(columns: ImageColumns, tests: readonly Test[]): Uint32Array {
  const slots = new Uint32Array(columns.size);
  let count = 0;
  for (let slot = 0; slot < columns.size; slot += 1) {
    if (tests.every((test) => test(slot))) slots[count++] = slot;
  }
  return slots.subarray(0, count);
}

function sortColumn(columns: ImageColumns, names: NameIndex, by: SortKey): Float64Array | Int32Array | Uint32Array {
  switch (by) {
    case 'selfConfidence':
      return columns.selfConfidence;
    case 'normalisedMargin':
      return columns.margin;
    case 'confidenceWeightedEntropy':
      return columns.entropy;
    case 'topProbability':
      return columns.topProbability;
    case 'label':
      return columns.label;
    case 'prediction':
      return columns.top1;
    case 'verdictTime':
      return columns.verdictTime;
    case 'file':
      return names.fileRanks();
  }
}

/** Ids of the images that pass the filter, in the wanted order: ties by id, images without the value last either way. */
export function selectImages(
  columns: ImageColumns,
  names: NameIndex,
  filter: GalleryFilter,
  sort: GallerySort,
): Uint32Array {
  const slots = passing(columns, [...testsOf(columns, names, filter).values()]);
  const column = sortColumn(columns, names, sort.by);
  const integers = column instanceof Int32Array;
  const known = slots.filter((slot) => (integers ? (column[slot] ?? -1) >= 0 : !Number.isNaN(column[slot])));
  const unknown = slots.filter((slot) => (integers ? (column[slot] ?? -1) < 0 : Number.isNaN(column[slot])));
  const sign = sort.descending ? -1 : 1;
  known.sort((a, b) => sign * ((column[a] ?? 0) - (column[b] ?? 0)) || a - b);
  const ids = new Uint32Array(slots.length);
  ids.set(known.map((slot) => columns.id[slot] ?? 0));
  ids.set(
    unknown.map((slot) => columns.id[slot] ?? 0),
    known.length,
  );
  return ids;
}

/** Counts of one facet by code, and the codes to show although nothing has them: the chosen ones. */
class Tally {
  readonly counts = new Map<number, number>();
  constructor(chosen: readonly number[] = []) {
    for (const code of chosen) this.counts.set(code, 0);
  }
  add(code: number): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
  }
  list<T>(value: (code: number) => T | undefined): FacetCount<T>[] {
    const list: FacetCount<T>[] = [];
    for (const code of [...this.counts.keys()].sort((a, b) => a - b)) {
      const shown = value(code);
      if (shown !== undefined) list.push({ value: shown, count: this.counts.get(code) ?? 0 });
    }
    return list;
  }
}

const states = ['disagree', 'agree', 'unreadable'] as const;

/**
 * How many images each value of each facet would show: every facet is counted under all *other* parts of the filter, the
 * histogram of self-confidence (20 bins over 0..1) under all of it. Values nothing has are left out unless chosen.
 */
export function countFacets(columns: ImageColumns, names: NameIndex, filter: GalleryFilter): GalleryFacets {
  const tests = [...testsOf(columns, names, filter)];
  const labels = new Tally(filter.labels);
  const predictions = new Tally(filter.predictions);
  const stateTally = new Tally(filter.state === undefined ? [] : [states.indexOf(filter.state)]);
  const kinds = new Tally(filter.kinds?.map(kindCode));
  const verdicts = new Tally(filter.verdicts?.map(verdictNumber));
  const splits = new Tally(filter.splits?.map((name) => splitNumber(columns, name)));
  const selfConfidence = new Array<number>(20).fill(0);
  for (let slot = 0; slot < columns.size; slot += 1) {
    let failed: FacetName | undefined;
    let failures = 0;
    for (const [name, test] of tests) {
      if (test(slot)) continue;
      failed = name;
      failures += 1;
      if (failures > 1) break;
    }
    if (failures > 1) continue;
    const counts = (name: FacetName): boolean => failed === undefined || failed === name;
    if (counts('labels')) labels.add(columns.label[slot] ?? -1);
    if (counts('predictions')) predictions.add(columns.top1[slot] ?? -1);
    if (counts('state')) {
      if (columns.disagrees(slot)) stateTally.add(0);
      else if (columns.agrees(slot)) stateTally.add(1);
      else if (columns.unreadable[slot] === 1) stateTally.add(2);
    }
    if (counts('kinds')) kinds.add(columns.kind[slot] ?? 0);
    if (counts('verdicts')) verdicts.add(columns.verdict[slot] ?? 0);
    if (counts('splits')) splits.add(columns.split[slot] ?? -1);
    const confidence = columns.selfConfidence[slot] ?? NaN;
    if (failed === undefined && !Number.isNaN(confidence)) {
      const bin = Math.max(0, Math.min(19, Math.floor(confidence * 20)));
      selfConfidence[bin] = (selfConfidence[bin] ?? 0) + 1;
    }
  }
  return {
    labels: labels.list((code) => (code < 0 ? undefined : (code as LabelIndex))),
    predictions: predictions.list((code) => (code < 0 ? undefined : (code as ClassIndex))),
    states: stateTally.list((code) => states[code]),
    kinds: kinds.list((code) => disagreementKinds[code - 1]),
    verdicts: verdicts.list((code) => (code === 0 ? 'none' : verdictKinds[code - 1])),
    splits: splits.list((code) => columns.splits[code]),
    selfConfidence,
  };
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

export interface SuspicionOptions {
  /** Leaves out images whose maps are cached and, where label and prediction differ, related to each other. */
  readonly unexplainedOnly?: boolean | undefined;
}

/** Maps are kept by content and related by image: a duplicate, or an image with another label, has maps and is not told of. */
function isTold(columns: ImageColumns, slot: number): boolean {
  return columns.explained[slot] === 1 && !(columns.disagrees(slot) && columns.kind[slot] === 0);
}

/**
 * The predicted images, most suspicious first: prediction differs from the label, by ascending self-confidence; then
 * the agreeing ones likewise; then those without a usable label, by ascending top probability.
 */
export function mostSuspicious(columns: ImageColumns, limit: number, options: SuspicionOptions = {}): Uint32Array {
  const slots: number[] = [];
  for (let slot = 0; slot < columns.size; slot += 1) {
    if ((columns.top1[slot] ?? -1) < 0) continue;
    if (options.unexplainedOnly === true && isTold(columns, slot)) continue;
    slots.push(slot);
  }
  const group = (slot: number): number => (columns.disagrees(slot) ? 0 : columns.agrees(slot) ? 1 : 2);
  const groups = Uint8Array.from(slots, group);
  const score = Float64Array.from(
    slots,
    (slot, index) => (groups[index] === 2 ? columns.topProbability : columns.selfConfidence)[slot] ?? 1,
  );
  const order = Uint32Array.from(slots.keys());
  order.sort((a, b) => (groups[a] ?? 0) - (groups[b] ?? 0) || (score[a] ?? 0) - (score[b] ?? 0) || a - b);
  return order.subarray(0, limit).map((index) => columns.id[slots[index] ?? 0] ?? 0);
}

/**
 * What a report tells, at most `limit` images: every image with a verdict other than 'right label' or with a note, then as many
 * disagreements as fit, the most suspicious ones. Order: disagreements by ascending self-confidence, then the others.
 */
export function findingIds(columns: ImageColumns, limit: number): Uint32Array {
  const right = verdictCode('right-label');
  const judged: number[] = [];
  const open: number[] = [];
  for (let slot = 0; slot < columns.size; slot += 1) {
    const verdict = columns.verdict[slot] ?? 0;
    if (verdict !== 0 && (verdict !== right || columns.noted[slot] === 1)) judged.push(slot);
    else if (columns.disagrees(slot)) open.push(slot);
  }
  const place = (slot: number): number => {
    const confidence = columns.selfConfidence[slot] ?? NaN;
    return (columns.disagrees(slot) ? 0 : 2) + (Number.isNaN(confidence) ? 1 : confidence);
  };
  const ascending = (a: number, b: number): number => place(a) - place(b) || a - b;
  const chosen = [...judged.sort(ascending), ...open.sort(ascending)].slice(0, limit).sort(ascending);
  return Uint32Array.from(chosen, (slot) => columns.id[slot] ?? 0);
}
