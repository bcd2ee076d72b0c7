/** Computes what is stale of the scores, chunk by chunk, so that it can be put aside and given up between any two. */

import { type ScoreId, type Scores } from '../../shared/columns.js';
import type { LabelledImage, RelativeRun } from '../../shared/statistics/score.js';
import { type ChunkIds, idsOf, ownScoresOf, relativeScores, type ScoreStore, type StaleScores } from './score-store.js';

/** Where the probabilities come from. */
export interface LabelledSource {
  /** The images of these ids that have scores, by ascending id. */
  between(ids: ChunkIds): Iterable<LabelledImage>;
  /** Classes of the model. */
  readonly classes: number;
}

/** The scores that every image of `images` has of these. */
function* scored(
  images: Iterable<LabelledImage>,
  of: (image: LabelledImage) => Scores,
): Generator<readonly [LabelledImage, Scores]> {
  for (const image of images) yield [image, of(image)];
}

/** How many steps {@link scoreStale} takes. */
export function scoringSteps(stale: StaleScores, chunks: number): number {
  return stale.own.size + (stale.relative.length === 0 ? 0 : chunks * (passesOf(begun(stale.relative, 1)) + 1));
}

const begun = (ids: readonly ScoreId[], classes: number): ReadonlyMap<ScoreId, RelativeRun> =>
  new Map(relativeScores.filter(({ id }) => ids.includes(id)).map(({ id, score }) => [id, score.begin(classes)]));

const passesOf = (runs: ReadonlyMap<ScoreId, RelativeRun>): number =>
  Math.max(0, ...[...runs.values()].map(({ passes }) => passes.length));

/**
 * Computes and keeps stale scores; yields after every chunk that was gone through. Relative scores are given up without a word where
 * what they rest on changes meanwhile: they are stale still.
 */
export function* scoreStale(store: ScoreStore, stale: StaleScores, source: LabelledSource): Generator<void> {
  for (const [chunk, ids] of stale.own) {
    store.replace(
      chunk,
      ids,
      scored(source.between(idsOf(chunk)), (image) => only(ownScoresOf(image), ids)),
    );
    yield;
  }
  if (stale.relative.length > 0) yield* scoreRelative(store, stale.relative, source);
}

function* scoreRelative(store: ScoreStore, ids: readonly ScoreId[], source: LabelledSource): Generator<void> {
  const basis = store.whole();
  const chunks = store.chunks();
  const runs = begun(ids, source.classes);
  for (let pass = 0; pass < passesOf(runs); pass += 1) {
    const see = [...runs.values()].flatMap(({ passes }) => passes[pass] ?? []);
    for (const chunk of chunks) {
      for (const image of source.between(idsOf(chunk))) for (const one of see) one(image);
      yield;
      if (store.whole() !== basis) return;
    }
  }
  const of = (image: LabelledImage): Scores => Object.fromEntries([...runs].map(([id, run]) => [id, run.value(image)]));
  for (const chunk of chunks) {
    store.replace(chunk, ids, scored(source.between(idsOf(chunk)), of));
    yield;
    if (store.whole() !== basis) return;
  }
}

function only(scores: Scores, ids: readonly ScoreId[]): Scores {
  return Object.fromEntries(ids.map((id) => [id, scores[id]]));
}
