/** Computes what is stale of the scores, chunk by chunk, so that it can be put aside after every few images and given up there. */

import { type ScoreId, type Scores } from '../../shared/columns.js';
import type { Progress } from '../../shared/progress.js';
import type { LabelledImage, RelativeRun } from '../../shared/statistics/score.js';
import { type ChunkIds, idsOf, ownScoresOf, relativeScores, type ScoreStore, type StaleScores } from './score-store.js';

/** Where the probabilities come from. */
export interface LabelledSource {
  /** The images of these ids that have scores, by ascending id. */
  between(ids: ChunkIds): Iterable<LabelledImage>;
  /** Classes of the model. */
  readonly classes: number;
}

/** Images between two pauses: with a thousand classes a fraction of a millisecond. */
export const unbrokenImages = 64;

/** Scores of one image; its probabilities are not held until they are kept. */
type Scored = readonly [image: Pick<LabelledImage, 'id'>, scores: Scores];

/** How many steps {@link scoreStale} takes. */
export function scoringSteps(stale: StaleScores, chunks: number): number {
  return stale.own.size + (stale.relative.length === 0 ? 0 : chunks * (passesOf(begun(stale.relative, 1)) + 1));
}

const begun = (ids: readonly ScoreId[], classes: number): ReadonlyMap<ScoreId, RelativeRun> =>
  new Map(relativeScores.filter(({ id }) => ids.includes(id)).map(({ id, score }) => [id, score.begin(classes)]));

const passesOf = (runs: ReadonlyMap<ScoreId, RelativeRun>): number =>
  Math.max(0, ...[...runs.values()].map(({ passes }) => passes.length));

/** One run over stale scores. */
class Run {
  readonly #store: ScoreStore;
  readonly #source: LabelledSource;
  readonly #total: number;
  #done = 0;

  constructor(store: ScoreStore, source: LabelledSource, total: number) {
    this.#store = store;
    this.#source = source;
    this.#total = total;
  }

  /** What changes while a chunk is gone through is not overwritten: that chunk is stale still. */
  *own(stale: StaleScores['own']): Generator<Progress, void, void> {
    for (const [chunk, ids] of stale) {
      const inputs = this.#store.inputs(chunk);
      const found: Scored[] = [];
      yield* this.#see(chunk, (image) => {
        found.push([{ id: image.id }, only(ownScoresOf(image), ids)]);
      });
      if (this.#store.inputs(chunk) === inputs) this.#store.replace(chunk, ids, found);
      yield this.#step();
    }
  }

  /** Given up without a word where what they rest on changes meanwhile: they are stale still. */
  *relative(ids: readonly ScoreId[]): Generator<Progress, void, void> {
    const store = this.#store;
    const basis = store.whole();
    const chunks = store.chunks();
    const runs = begun(ids, this.#source.classes);
    for (let pass = 0; pass < passesOf(runs); pass += 1) {
      const see = [...runs.values()].flatMap(({ passes }) => passes[pass] ?? []);
      for (const chunk of chunks) {
        yield* this.#see(chunk, (image) => {
          for (const one of see) one(image);
        });
        if (store.whole() !== basis) return;
        yield this.#step();
      }
    }
    const of = (image: LabelledImage): Scores =>
      Object.fromEntries([...runs].map(([id, run]) => [id, run.value(image)]));
    for (const chunk of chunks) {
      const found: Scored[] = [];
      yield* this.#see(chunk, (image) => {
        found.push([{ id: image.id }, of(image)]);
      });
      if (store.whole() !== basis) return;
      store.replace(chunk, ids, found);
      yield this.#step();
    }
  }

  *#see(chunk: number, see: (image: LabelledImage) => void): Generator<Progress, void, void> {
    let seen = 0;
    for (const image of this.#source.between(idsOf(chunk))) {
      see(image);
      seen += 1;
      if (seen % unbrokenImages === 0) yield this.#progress();
    }
  }

  #step(): Progress {
    this.#done += 1;
    return this.#progress();
  }

  #progress(): Progress {
    return { done: this.#done, total: this.#total };
  }
}

/** Computes and keeps stale scores; tells after every few images how many steps are taken. */
export function* scoreStale(
  store: ScoreStore,
  stale: StaleScores,
  source: LabelledSource,
): Generator<Progress, void, void> {
  const run = new Run(store, source, scoringSteps(stale, store.chunks().length));
  yield* run.own(stale.own);
  if (stale.relative.length > 0) yield* run.relative(stale.relative);
}

function only(scores: Scores, ids: readonly ScoreId[]): Scores {
  return Object.fromEntries(ids.map((id) => [id, scores[id]]));
}
