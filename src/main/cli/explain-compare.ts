/** Explains single images by several methods, and tells or writes what came of it. */

import type { ModelSummary } from '../../shared/model.js';
import { AppError, fromErrorData } from '../../shared/errors.js';
import type { SheetLook } from '../../shared/sheet.js';
import { writeSheet } from '../sheet/write-sheet.js';
import type { ClassWish } from './classes.js';
import { sourceOf, wantedClasses } from './explain-images.js';
import { type ComparedImage, comparedSheet, methodMaps, methodTable, type PredictedImage } from './explain-methods.js';
import { methodsFormat, writeMethodMaps } from './explain-methods-output.js';
import type { ChosenMethod } from './method-options.js';
import { printPdfWithElectron } from './pdf.js';
import { computeMaps, type MapsContext, seenPicture } from './sheet-maps.js';
import { say } from './terminal.js';

/** How sheets look where nothing else is said. */
export const usualLook: SheetLook = { transposed: false, scale: 'method', colourMap: 'magma', opacity: 0.6 };

export interface CompareContext extends MapsContext {
  readonly model: ModelSummary;
  readonly methods: readonly ChosenMethod[];
}

/**
 * One image with the classes that are wanted of it.
 * @throws AppError `IMAGE_*` when it cannot be read
 */
export async function predictImage(
  image: string,
  wishes: readonly ClassWish[],
  { engine, signal, location, model }: Omit<CompareContext, 'methods'>,
): Promise<PredictedImage> {
  const [predicted] = await engine.predict({ model: location, inputs: [sourceOf(image)] }, { signal });
  if (predicted === undefined) throw new AppError('INTERNAL', `"${image}" got no prediction.`);
  if (!predicted.ok) throw fromErrorData(predicted.error);
  const { probabilities, facts } = predicted;
  return { image, model, sha256: facts.sha256, probabilities, classes: wantedClasses(wishes, probabilities) };
}

/**
 * The maps of one image by every method.
 * @throws AppError as {@link predictImage}, and as `Engine.explainWith` does
 */
export async function compareImage(
  image: string,
  wishes: readonly ClassWish[],
  context: CompareContext,
): Promise<ComparedImage> {
  const { methods } = context;
  const predicted = await predictImage(image, wishes, context);
  const made = await computeMaps(context, methods, [{ image, classes: predicted.classes }]);
  return {
    ...predicted,
    methods: methodMaps(
      methods,
      made.flatMap((outcomes) => outcomes),
    ),
  };
}

/** Prints the table of a compared image, or writes the file that `path` names. */
export async function tellComparison(
  compared: ComparedImage,
  path: string | undefined,
  context: CompareContext,
): Promise<void> {
  if (path === undefined) {
    process.stdout.write(`${methodTable(compared).join('\n')}\n`);
    return;
  }
  const format = methodsFormat(path);
  if (format === 'safetensors' || format === 'json') await writeMethodMaps(path, compared, format);
  else {
    const sheet = comparedSheet(compared, await seenPicture(context, compared.image), usualLook);
    await writeSheet(sheet, path, format, printPdfWithElectron, context.signal);
  }
  const { methods, classes } = compared;
  const milliseconds = methods.reduce((sum, { outcome }) => sum + outcome.milliseconds, 0);
  say(`${path} written (${methods.length * classes.length} maps, ${(milliseconds / 1000).toFixed(2)} s).`);
}
