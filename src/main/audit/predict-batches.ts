/** Sends images through the engine in batches, several under way at once, and finds the image that kills it. */

import { AppError, fromErrorData } from '../../shared/errors.js';
import type { Engine, EngineInput, ModelLocation, PredictOutcome } from '../engine/engine.js';

/** A batch with what came of it, one outcome an item. */
export interface PredictedBatch<Item> {
  readonly items: readonly Item[];
  readonly outcomes: readonly PredictOutcome[];
}

export interface PredictBatchesOptions<Item> {
  readonly engine: Engine;
  readonly model: ModelLocation;
  readonly batches: AsyncIterable<readonly Item[]>;
  readonly input: (item: Item) => EngineInput;
  readonly signal: AbortSignal;
}

/** While one batch is inferred the next is decoded and one more is on its way. */
const underWay = 3;
/** So many images killing the engine in a row, without one that does not, means that the fault is not the images'. */
const killersInARow = 3;

type Answer = { readonly outcomes: readonly PredictOutcome[] } | { readonly error: unknown };

const engineStopped = (error: unknown): boolean => error instanceof AppError && error.code === 'ENGINE_STOPPED';

/** The batches of one run; remembers how many images in a row killed the engine. */
class Run<Item> {
  readonly #options: PredictBatchesOptions<Item>;
  #killers = 0;

  constructor(options: PredictBatchesOptions<Item>) {
    this.#options = options;
  }

  /** Never rejects, so that a batch may fail while nobody waits for it yet. */
  async ask(items: readonly Item[]): Promise<Answer> {
    const { engine, model, input, signal } = this.#options;
    try {
      return { outcomes: await engine.predict({ model, inputs: items.map(input) }, { signal }) };
    } catch (error) {
      return { error };
    }
  }

  /**
   * Once more, with nothing else running: a batch that the engine does not survive is halved until the image is found
   * that kills it when alone, twice; that one is reported unreadable.
   */
  async *again(items: readonly Item[]): AsyncGenerator<PredictedBatch<Item>> {
    const answer = await this.ask(items);
    if ('outcomes' in answer) {
      this.#killers = 0;
      yield { items, outcomes: answer.outcomes };
      return;
    }
    if (!engineStopped(answer.error)) throw answer.error;
    if (items.length > 1) {
      const middle = items.length >> 1;
      yield* this.again(items.slice(0, middle));
      yield* this.again(items.slice(middle));
      return;
    }
    yield await this.#lastTry(items, answer.error);
  }

  async #lastTry(items: readonly Item[], death: unknown): Promise<PredictedBatch<Item>> {
    // A model that cannot even be opened any more is no image's fault: this throws.
    const { engine, model, signal } = this.#options;
    await engine.openModel({ model }, { signal });
    const answer = await this.ask(items);
    if ('outcomes' in answer) return { items, outcomes: answer.outcomes };
    if (!engineStopped(answer.error)) throw answer.error;
    this.#killers++;
    if (this.#killers >= killersInARow) throw death;
    const error = new AppError(
      'IMAGE_UNREADABLE',
      'The engine process stopped twice on this image, so it is passed over.',
      'Look at the file with another program; it may be damaged or too large for the memory.',
      { cause: death },
    );
    return { items, outcomes: items.map(() => ({ ok: false, error: error.toData() })) };
  }
}

/**
 * Predicts batches and yields them in order (a batch that had to be halved comes in parts). Up to three requests are
 * under way, so that decoding overlaps inference.
 * @throws AppError `CANCELLED` when `signal` is aborted; `DRIVE_SILENT` after the batch that met a drive which does not answer any
 * more; whatever the engine rejects with except its death by an image.
 */
export async function* predictBatches<Item>(
  options: PredictBatchesOptions<Item>,
): AsyncGenerator<PredictedBatch<Item>> {
  const run = new Run(options);
  const source = options.batches[Symbol.asyncIterator]();
  const flight: { readonly items: readonly Item[]; readonly answer: Promise<Answer> }[] = [];
  let exhausted = false;
  for (;;) {
    while (!exhausted && flight.length < underWay) {
      const next = await source.next();
      if (next.done === true) exhausted = true;
      else flight.push({ items: next.value, answer: run.ask(next.value) });
    }
    const first = flight.shift();
    if (first === undefined) return;
    const answer = await first.answer;
    if ('outcomes' in answer) {
      yield { items: first.items, outcomes: answer.outcomes };
      refuseSilence(answer.outcomes);
    } else if (engineStopped(answer.error)) {
      await Promise.all(flight.map((batch) => batch.answer));
      yield* run.again(first.items);
    } else throw answer.error;
  }
}

/** Going on would call every image that is left unreadable. */
function refuseSilence(outcomes: readonly PredictOutcome[]): void {
  const silent = outcomes.find((outcome) => !outcome.ok && outcome.error.code === 'DRIVE_SILENT');
  if (silent !== undefined && !silent.ok) throw fromErrorData(silent.error);
}

/** Why a dataset none of whose images could be read has no result, with the first reasons. */
export function nothingReadable(images: number, reasons: readonly string[]): AppError {
  return new AppError(
    'DATASET_UNREADABLE',
    `${images === 1 ? 'The only image' : `None of the ${images.toLocaleString('en')} images`} could be read: ${reasons.join(' ')}`,
    reasons.every((reason) => reason.includes('Git LFS'))
      ? 'Run "git lfs pull" in the folder of the dataset, then try again.'
      : 'Look at the files with another program, and choose the folder that holds the pictures.',
  );
}
