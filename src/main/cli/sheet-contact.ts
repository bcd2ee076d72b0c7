/** `hognose sheet` for many images: one class each, those that cannot be read left out. */

import { basename } from 'node:path';
import { type ErrorData, fromErrorData } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import type { SheetLook } from '../../shared/sheet.js';
import { withoutIds } from '../../shared/readable-names.js';
import { rowFacts } from '../../shared/sheet-rows.js';
import { type ContactImage, contactSheet } from '../sheet/contact-sheet.js';
import type { Sheet } from '../sheet/sheet.js';
import { type ClassWish, labelOfImage } from './classes.js';
import { classRanking } from '../engine/choose-classes.js';
import { sourceOf, wantedClasses, wishesOf } from './explain-images.js';
import type { ChosenRow } from './method-options.js';
import { seenPicture } from './sheet-maps.js';
import { computeRows, type RowsContext } from './sheet-rows.js';
import { say } from './terminal.js';

/** An image with its prediction and the one class whose maps are shown. */
interface Shown {
  readonly image: string;
  readonly probabilities: Float32Array;
  readonly shown: number;
}

/** Images a call of the engine. */
const batchSize = 8;

/** The label when the image's name tells it, else the most probable class. */
function usualWish(image: string, context: RowsContext): ClassWish {
  return wishesOf(image, context.model, undefined, 1)[0] ?? { kind: 'rank', value: 1 };
}

/** Predicts the images; those without a prediction are named and left out. */
async function predicted(
  images: readonly string[],
  wish: string | undefined,
  context: RowsContext,
): Promise<readonly Shown[]> {
  const { engine, location, signal, model } = context;
  const wishes = images.map((image) =>
    wish === undefined ? [usualWish(image, context)] : wishesOf(image, model, [wish], 1),
  );
  const shown: Shown[] = [];
  let failure: ErrorData | null = null;
  for (let first = 0; first < images.length; first += batchSize) {
    const batch = images.slice(first, first + batchSize);
    const outcomes = await engine.predict({ model: location, inputs: batch.map(sourceOf) }, { signal });
    for (const [at, outcome] of outcomes.entries()) {
      const image = batch[at] ?? '';
      if (!outcome.ok) {
        failure ??= outcome.error;
        say(`Warning: ${outcome.error.message}`);
        continue;
      }
      const [index = 0] = wantedClasses(wishes[first + at] ?? [], outcome.probabilities);
      shown.push({ image, probabilities: outcome.probabilities, shown: index });
    }
  }
  if (shown.length === 0 && failure !== null) throw fromErrorData(failure);
  return shown;
}

/** Which class the maps are of, for the subtitle. */
function classesWords(wish: string | undefined): string {
  if (wish === undefined) return 'Maps of the label where the name tells it, else of the most probable class';
  if (wish === 'label') return 'Maps of the label';
  const rank = /^top(\d+)$/.exec(wish)?.[1];
  if (rank === '1') return 'Maps of the most probable class';
  return rank === undefined ? `Maps of ${wish}` : `Maps of the class of rank ${rank}`;
}

/** `12 images, 3 methods and TIS contrast`. */
function titleOf(images: number, rows: readonly ChosenRow[]): string {
  const contrasts = rows.map(({ id }) => rowFacts(id)).filter((facts) => facts.contrasts);
  const methods = rows.length - contrasts.length;
  const words = [...(methods === 0 ? [] : [counted(methods, 'method')]), ...contrasts.map(({ name }) => name)];
  return `${counted(images, 'image')}, ${words.join(' and ')}`;
}

/**
 * Computes and lays out the maps of many images.
 * @param wish a `--class`; undefined for the label or else the prediction
 * @throws AppError of the first image when none can be read
 */
export async function contactSheetOf(
  images: readonly string[],
  wish: string | undefined,
  look: SheetLook,
  context: RowsContext,
): Promise<Sheet> {
  const { model, rows } = context;
  const shown = await predicted(images, wish, context);
  const subjects = shown.map(({ image, probabilities, shown: index }) => ({
    image,
    probabilities,
    classes: [index],
    contrasted: classRanking(probabilities).slice(0, 1),
  }));
  const made = await computeRows(context, subjects);
  const names = withoutIds(model.classes);
  const entries: ContactImage[] = [];
  for (const [place, { image, probabilities, shown: index }] of shown.entries()) {
    const label = labelOfImage(image, model);
    const [best = 0] = classRanking(probabilities);
    const nameOf = (one: number): string => names[one] ?? `class ${one}`;
    const cells = made.map((ofRow) => ofRow[place]);
    entries.push({
      file: basename(image),
      picture: await seenPicture(context, image),
      label: label === null ? null : nameOf(label),
      prediction: { name: nameOf(best), probability: probabilities[best] ?? 0 },
      shown: nameOf(index),
      maps: cells.map((one) => one?.maps[0] ?? { missing: 'No map' }),
      took: cells.map((one) => one?.took ?? null),
    });
  }
  return contactSheet({
    title: titleOf(entries.length, rows),
    classes: classesWords(wish),
    model,
    methods: rows.map(({ id, parameters }) => ({ method: id, parameters })),
    images: entries,
    look,
  });
}
