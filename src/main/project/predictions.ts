/** Predictions of a project: what is still to do, results as they arrive, and which images hold what was predicted of others. */

import type { ImageId } from '../../shared/audit.js';
import type { LabelledImage } from '../../shared/statistics/score.js';
import { topClasses } from '../../shared/statistics/top-classes.js';
import type { PredictOutcome } from '../engine/engine.js';
import { bestClasses, type ImageColumns } from '../table/image-columns.js';
import type { ImageEdit } from '../table/image-store.js';
import type { Probabilities, ProbabilityRow } from '../table/probabilities.js';
import { type ContentChange, type Contents, isMissing } from './contents.js';
import type { Images, ImageTables, ListedSource } from './images.js';

export interface RecordedPrediction {
  readonly id: ImageId;
  readonly outcome: PredictOutcome;
}

/** Images that take their prediction over from another in one transaction. */
const portion = 500;

/** Reads and writes predictions of the project's model. */
export class Predictions {
  readonly #tables: ImageTables;
  readonly #images: Images;
  readonly #contents: Contents;
  readonly #probabilities: Probabilities;

  constructor(tables: ImageTables, images: Images, contents: Contents, probabilities: Probabilities) {
    this.#tables = tables;
    this.#images = images;
    this.#contents = contents;
    this.#probabilities = probabilities;
  }

  /** At most `limit` images after `afterId`, by id, that have neither a prediction of this model nor an error. */
  pending(afterId: number, limit: number): ListedSource[] {
    return this.#images.listed(this.#images.slotsAfter(afterId, limit, (slot) => isPending(this.#tables.facts, slot)));
  }

  /** Keeps a batch of outcomes in one transaction; an image whose file is not there stays pending. Returns what changed its content. */
  record(batch: readonly RecordedPrediction[]): readonly ContentChange[] {
    const { facts, store } = this.#tables;
    return this.#kept(() =>
      store.edit((edit) => {
        const changes: ContentChange[] = [];
        const rows: ProbabilityRow[] = [];
        for (const { id, outcome } of batch) {
          const slot = facts.slotOf(id);
          // Removed by a scan while it was computed: nothing to keep.
          if (slot === undefined) continue;
          if (!outcome.ok) {
            if (!isMissing(outcome.error)) this.#contents.keepError(edit, slot, outcome.error);
            continue;
          }
          const change = this.#contents.keep(edit, slot, outcome.facts);
          if (change !== null) changes.push(change);
          this.#assign(edit, slot, outcome.probabilities);
          rows.push([id, outcome.probabilities]);
        }
        this.#probabilities.keep(rows);
        return changes;
      }),
    );
  }

  /** Gives pending images, of these slots or of all, whose content this model has predicted already, that prediction; returns their slots. */
  adoptKnown(among?: readonly number[]): readonly number[] {
    const pairs = [...this.#alike(this.#waiting(among))];
    for (let from = 0; from < pairs.length; from += portion) this.#copy(pairs.slice(from, from + portion));
    return pairs.map(([slot]) => slot);
  }

  /** Predicted images from the id `first` to `last` whose label has a class, by ascending id. */
  *labelledBetween({ first, last }: { readonly first: number; readonly last: number }): Generator<LabelledImage> {
    const { facts } = this.#tables;
    for (let slot = facts.firstFrom(first); slot < facts.size && (facts.id[slot] ?? 0) <= last; slot += 1) {
      yield* this.#labelled(slot);
    }
  }

  /** Those of these images that are predicted and whose label has a class, by ascending id. */
  *labelledAmong(ids: readonly number[]): Generator<LabelledImage> {
    for (const id of ids.toSorted((a, b) => a - b)) {
      const slot = this.#tables.facts.slotOf(id);
      if (slot !== undefined) yield* this.#labelled(slot);
    }
  }

  /** All probabilities of one image, `[C]`; null without a prediction. */
  probabilities(id: number): Float32Array | null {
    const { facts } = this.#tables;
    const slot = facts.slotOf(id);
    if (slot === undefined || (facts.top1[slot] ?? -1) < 0) return null;
    return this.#probabilities.row(id)?.slice() ?? null;
  }

  /** The pending slots whose content is known, by its first word. */
  #waiting(among: readonly number[] | undefined): ReadonlyMap<number, readonly number[]> {
    const { facts } = this.#tables;
    const waiting = new Map<number, number[]>();
    const take = (slot: number): void => {
      if (!isPending(facts, slot) || !facts.isKnown(slot)) return;
      const word = facts.facts.content.number(slot, 0) ?? 0;
      const known = waiting.get(word);
      if (known === undefined) waiting.set(word, [slot]);
      else known.push(slot);
    };
    if (among !== undefined) for (const slot of among) take(slot);
    else for (let slot = 0; slot < facts.size; slot += 1) take(slot);
    return waiting;
  }

  /** These slots, each with the first one that holds the same content and is predicted. */
  *#alike(waiting: ReadonlyMap<number, readonly number[]>): Generator<readonly [slot: number, like: number]> {
    if (waiting.size === 0) return;
    const { facts } = this.#tables;
    const predicted = facts.predictions.predicted.values;
    const found = new Set<number>();
    for (let like = 0; like < facts.size; like += 1) {
      const slots = waiting.get(predicted[like * 2] ?? 0);
      if (slots === undefined || !facts.isPredicted(like)) continue;
      for (const slot of slots) {
        if (found.has(slot) || facts.facts.content.number(slot, 1) !== predicted[like * 2 + 1]) continue;
        found.add(slot);
        yield [slot, like];
      }
    }
  }

  *#labelled(slot: number): Generator<LabelledImage> {
    const { facts } = this.#tables;
    const labelClass = facts.labelClass[slot] ?? -1;
    if (labelClass < 0) return;
    const id = facts.id[slot] ?? 0;
    const probabilities = this.#probabilities.row(id);
    if (probabilities !== undefined) yield { id, labelClass, probabilities };
  }

  #copy(pairs: readonly (readonly [slot: number, like: number])[]): void {
    const { facts, store } = this.#tables;
    this.#kept(() =>
      store.edit((edit) => {
        const rows = pairs.flatMap(([slot, like]): ProbabilityRow[] => {
          const found = this.#probabilities.row(facts.id[like] ?? 0);
          if (found === undefined) return [];
          const probabilities = found.slice();
          this.#assign(edit, slot, probabilities);
          return [[facts.id[slot] ?? 0, probabilities]];
        });
        this.#probabilities.keep(rows);
      }),
    );
  }

  #assign(edit: ImageEdit, slot: number, probabilities: Float32Array): void {
    const { facts } = this.#tables;
    const best = topClasses(probabilities, bestClasses);
    const padding = Array.from({ length: bestClasses - best.length }, () => -1);
    edit.setRow('predicted', slot, facts.facts.content.row(slot).subarray(0, 2));
    edit.setRow('top-classes', slot, [...best, ...padding]);
    edit.setRow(
      'top-probabilities',
      slot,
      [...best, ...padding].map((index) => probabilities[index] ?? NaN),
    );
    facts.derive(slot);
  }

  /** Runs an edit; where that fails, what was read for it is forgotten. */
  #kept<Result>(work: () => Result): Result {
    try {
      return work();
    } finally {
      this.#probabilities.forget();
    }
  }
}

/** Whether an image waits for its prediction. */
function isPending(facts: ImageColumns, slot: number): boolean {
  return (facts.top1[slot] ?? -1) < 0 && facts.unreadable[slot] !== 1;
}
