/** What is known of the images besides scores, a column each, by slot: images in the order of their ids. */

import { verdictStates, type VerdictState } from '../../shared/audit.js';
import { disagreementKinds, type DisagreementKind } from '../../shared/disagreement.js';
import { ColumnArray, type ColumnShape, type Numbers, type Run } from './column-array.js';

const whole = { of: Int32Array, width: 1, none: -1 } as const satisfies ColumnShape<Int32Array>;
/** {@link packStamp}. */
const stamp = { of: Uint32Array, width: 4, none: 0xffffffff } as const satisfies ColumnShape<Uint32Array>;

/** The most probable classes that are kept of an image. */
export const bestClasses = 5;

/** Codes in the kind and verdict columns: 0 for none, then the place in the shared lists. */
export const kindCode = (kind: DisagreementKind | null): number =>
  kind === null ? 0 : disagreementKinds.indexOf(kind) + 1;
export const verdictCode = (state: VerdictState | null): number =>
  state === null ? 0 : verdictStates.indexOf(state) + 1;

function storedFacts() {
  return {
    /** Index into the project's labels. */
    label: new ColumnArray(whole),
    /** Index into {@link ImageColumns.splits}. */
    split: new ColumnArray(whole),
    /** Row of the table `places` where the bytes do not lie at the dataset's path and file. */
    place: new ColumnArray(whole),
    /** Position inside a container file. */
    member: new ColumnArray(whole),
    width: new ColumnArray(whole),
    height: new ColumnArray(whole),
    /** Size of the file. */
    bytes: new ColumnArray<Float64Array>({ of: Float64Array, width: 1, none: -1 }),
    /** Stamp of the file at the latest scan, and when its content was read. */
    seen: new ColumnArray(stamp),
    stamp: new ColumnArray(stamp),
    /** SHA-256 in eight words; 0 while it is not known. */
    content: new ColumnArray<Uint32Array>({ of: Uint32Array, width: 8, none: 0 }),
  };
}

function storedPredictions() {
  return {
    /** The first two words of the content that was predicted. */
    predicted: new ColumnArray<Uint32Array>({ of: Uint32Array, width: 2, none: 0 }),
    'top-classes': new ColumnArray<Int32Array>({ of: Int32Array, width: bestClasses, none: -1 }),
    'top-probabilities': new ColumnArray<Float32Array>({ of: Float32Array, width: bestClasses, none: NaN }),
  };
}

export type StoredFacts = ReturnType<typeof storedFacts>;
export type StoredPredictions = ReturnType<typeof storedPredictions>;

/** The class that a label means; null without one. */
export type ClassOfLabel = (label: number | null) => number | null;

/**
 * Columns of all images; -1 stands for none in integer columns, NaN in the others. The first `size` entries of every array are filled, the
 * rest is room to grow. What is stored is written by the store alone (image-store.ts), the rest follows from it or is told.
 */
export class ImageColumns {
  size = 0;
  id = new Uint32Array(0);
  readonly facts: StoredFacts = storedFacts();
  /** Of the project's model. */
  readonly predictions: StoredPredictions = storedPredictions();
  /** The prediction; of images that hold what was predicted. */
  top1 = new Int32Array(0);
  topProbability = new Float64Array(0);
  /** The class that the label of a predicted image means. */
  labelClass = new Int32Array(0);
  unreadable = new Uint8Array(0);
  explained = new Uint8Array(0);
  kind = new Uint8Array(0);
  verdict = new Uint8Array(0);
  /** Whether the verdict carries a note. */
  noted = new Uint8Array(0);
  verdictTime = new Float64Array(0);
  readonly splits: string[] = [];
  readonly #stored: readonly ColumnArray<Numbers>[] = [
    ...Object.values(this.facts),
    ...Object.values(this.predictions),
  ];
  #classOfLabel: ClassOfLabel = () => null;

  /** Index into the project's labels. */
  get label(): Int32Array {
    return this.facts.label.values;
  }
  /** Index into {@link splits}. */
  get split(): Int32Array {
    return this.facts.split.values;
  }
  /** The words of all contents, `[images, 8]`; see {@link StoredFacts.content}. */
  get content(): Uint32Array {
    return this.facts.content.values;
  }

  /** Forgets all images. */
  clear(): void {
    this.size = 0;
    this.splits.length = 0;
    this.#resize(0);
  }

  /** Appends an image without values; `id` is higher than all before. Returns its slot. */
  append(id: number): number {
    const slot = this.appendStored(id);
    for (const column of this.#stored) column.clearRow(slot);
    [this.top1[slot], this.topProbability[slot], this.labelClass[slot]] = [-1, NaN, -1];
    return slot;
  }

  /** The same for an image whose values lie on disk: what follows from them is for {@link deriveChunk} to say. */
  appendStored(id: number): number {
    const slot = this.size;
    if (slot === this.id.length) this.#resize(Math.max(1024, Math.ceil(slot * 1.25)));
    this.id[slot] = id;
    this.verdictTime[slot] = NaN;
    this.size += 1;
    return slot;
  }

  /** Makes room for so many images in all. */
  reserve(images: number): void {
    if (images > this.id.length) this.#resize(images);
  }

  /** What labels mean from now on. */
  mapLabels(classOfLabel: ClassOfLabel): void {
    this.#classOfLabel = classOfLabel;
    for (let slot = 0; slot < this.size; slot += 1) this.deriveClass(slot);
  }

  /** Brings what follows from the stored columns of an image in step with them. */
  derive(slot: number): void {
    const { predictions } = this;
    const isPredicted = this.isPredicted(slot);
    this.top1[slot] = isPredicted ? (predictions['top-classes'].number(slot, 0) ?? -1) : -1;
    this.topProbability[slot] = isPredicted ? (predictions['top-probabilities'].number(slot, 0) ?? NaN) : NaN;
    this.deriveClass(slot);
  }

  /** The same for all images of a chunk, whose columns may lie on disk and are left there. */
  deriveChunk(chunk: number, runs: readonly Run[]): void {
    const content = this.facts.content.chunk(chunk);
    const predicted = this.predictions.predicted.chunk(chunk);
    const classes = this.predictions['top-classes'].chunk(chunk);
    const probabilities = this.predictions['top-probabilities'].chunk(chunk);
    for (const { slot: first, place, length } of runs) {
      for (let at = place, slot = first; at < place + length; at += 1, slot += 1) {
        const [high, low] = [predicted[at * 2] ?? 0, predicted[at * 2 + 1] ?? 0];
        const isPredicted = isContent(high, low) && high === content[at * 8] && low === content[at * 8 + 1];
        this.top1[slot] = isPredicted ? (classes[at * bestClasses] ?? -1) : -1;
        this.topProbability[slot] = isPredicted ? (probabilities[at * bestClasses] ?? NaN) : NaN;
        this.deriveClass(slot);
      }
    }
  }

  /** The same for what follows from label and mapping. */
  deriveClass(slot: number): void {
    const label = this.label[slot] ?? -1;
    const classed = label >= 0 && (this.top1[slot] ?? -1) >= 0;
    this.labelClass[slot] = classed ? (this.#classOfLabel(label) ?? -1) : -1;
  }

  /** Whether the content of an image is known. */
  isKnown(slot: number): boolean {
    const { content } = this.facts;
    return isContent(content.number(slot, 0) ?? 0, content.number(slot, 1) ?? 0);
  }

  /** Whether what was predicted is what the image holds. */
  isPredicted(slot: number): boolean {
    const { predicted } = this.predictions;
    const { content } = this.facts;
    const [high, low] = [predicted.number(slot, 0) ?? 0, predicted.number(slot, 1) ?? 0];
    return isContent(high, low) && high === content.number(slot, 0) && low === content.number(slot, 1);
  }

  /** Index of a split among {@link splits}; undefined where none is called so. */
  splitOf(name: string): number | undefined {
    const index = this.splits.indexOf(name);
    return index < 0 ? undefined : index;
  }

  /** The first slot whose id is at least this; {@link size} where none is. */
  firstFrom(id: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.id[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where an image stands in the arrays. */
  slotOf(id: number): number | undefined {
    let low = 0;
    let high = this.size - 1;
    // Ids are dense unless images were removed, so the first guess is nearly always right.
    let middle = Math.min(high, id - (this.id[0] ?? 0));
    while (low <= high && middle >= 0) {
      const found = this.id[middle] ?? 0;
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
      middle = (low + high) >> 1;
    }
    return undefined;
  }

  /** The prediction contradicts the label. */
  disagrees(slot: number): boolean {
    const labelClass = this.labelClass[slot] ?? -1;
    const top1 = this.top1[slot] ?? -1;
    return labelClass >= 0 && top1 >= 0 && labelClass !== top1;
  }

  /** The prediction is the label. */
  agrees(slot: number): boolean {
    const labelClass = this.labelClass[slot] ?? -1;
    return labelClass >= 0 && labelClass === this.top1[slot];
  }

  /** Place in the words of the column 'state': 0 for a disagreement, 1 for an agreement, 2 for an unreadable file, -1 for none of them. */
  state(slot: number): number {
    if (this.disagrees(slot)) return 0;
    if (this.agrees(slot)) return 1;
    return this.unreadable[slot] === 1 ? 2 : -1;
  }

  #resize(images: number): void {
    for (const column of this.#stored) column.grow(images);
    this.id = widened(this.id, new Uint32Array(images));
    this.top1 = widened(this.top1, new Int32Array(images));
    this.topProbability = widened(this.topProbability, new Float64Array(images));
    this.labelClass = widened(this.labelClass, new Int32Array(images));
    this.unreadable = widened(this.unreadable, new Uint8Array(images));
    this.explained = widened(this.explained, new Uint8Array(images));
    this.kind = widened(this.kind, new Uint8Array(images));
    this.verdict = widened(this.verdict, new Uint8Array(images));
    this.noted = widened(this.noted, new Uint8Array(images));
    this.verdictTime = widened(this.verdictTime, new Float64Array(images));
  }
}

/** Whether the first two words of a content are of one that is known. */
const isContent = (high: number, low: number): boolean => high !== 0 || low !== 0;

/** `to` with the values of `from`, as far as there is room. */
function widened<
  Values extends { set(values: Values): void; subarray(from: number, end: number): Values; readonly length: number },
>(from: Values, to: Values): Values {
  to.set(from.subarray(0, to.length));
  return to;
}

/** Size and time of a file's stamp (`dataset/file-stamp.ts`) as four words, low ones first. */
export function packStamp(text: string | null): Uint32Array {
  const [size, time] = /^\d+:-?\d+$/.test(text ?? '') ? (text ?? '').split(':') : [];
  if (size === undefined || time === undefined) return new Uint32Array(4).fill(0xffffffff);
  return new Uint32Array(BigInt64Array.of(BigInt(size), BigInt(time)).buffer);
}

/** Reads {@link packStamp}. */
export function unpackStamp(words: Uint32Array): string | null {
  if (words.every((word) => word === 0xffffffff)) return null;
  const [size = 0n, time = 0n] = new BigInt64Array(Uint32Array.from(words).buffer);
  return `${String(size)}:${String(time)}`;
}
