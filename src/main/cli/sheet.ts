/** `hognose sheet`: saliency maps side by side, for print: one image by methods and classes, or many images by methods. */

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ColourMapName, colourMapNames } from '../../shared/colormap.js';
import { AppError } from '../../shared/errors.js';
import { mostSheetImages, type SheetLook, type SheetScale, sheetScales } from '../../shared/sheet.js';
import { contrastRow } from '../../shared/sheet-rows.js';
import type { Sheet } from '../sheet/sheet.js';
import { writeSheet } from '../sheet/write-sheet.js';
import type { EngineSettings } from '../engine/messages.js';
import { withEngine } from './engine.js';
import { predictImage, usualLook } from './explain-compare.js';
import { requireImages, wishesOf } from './explain-images.js';
import { imageSheet } from './explain-methods.js';
import { sheetFormat } from './explain-methods-output.js';
import {
  checkRowSettings,
  chooseRows,
  methodTexts,
  rowNames,
  type RowWish,
  setting,
  type Settings,
  settingsOf,
} from './method-options.js';
import { addModelOptions, modelChoiceOf, type ModelOptions } from './model-options.js';
import { addEngineOptions, collect, optionTexts } from './options.js';
import { printPdfWithElectron } from './pdf.js';
import { contactSheetOf } from './sheet-contact.js';
import { seenPicture } from './sheet-maps.js';
import { computeRows, type RowsContext } from './sheet-rows.js';
import { say } from './terminal.js';

interface SheetOptions extends ModelOptions, EngineSettings {
  readonly model: string;
  readonly methods?: RowWish;
  readonly set?: Settings;
  readonly class?: readonly string[];
  readonly scale: SheetScale;
  readonly transposed?: true;
  readonly colourMap: ColourMapName;
  readonly opacity: number;
  readonly out: string;
}

/** Most probable classes of a single image beside its label. */
const usualRanks = 3;

function opacity(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1) || text.trim() === '') throw new InvalidArgumentError('It must lie between 0 and 1.');
  return value;
}

/** A sheet of one image has its methods down, a contact sheet its images; `--transposed` turns either. */
function lookOf(options: SheetOptions, many: boolean): SheetLook {
  const { scale, colourMap, transposed = false } = options;
  return { scale, colourMap, opacity: options.opacity, transposed: transposed !== many };
}

function checkUsage(images: readonly string[], options: SheetOptions, wish: RowWish): void {
  sheetFormat(options.out);
  checkRowSettings(options.set ?? [], wish);
  if (images.length > mostSheetImages) {
    throw new AppError(
      'BAD_USAGE',
      `${images.length} images are too many for one sheet.`,
      `Give at most ${mostSheetImages}.`,
    );
  }
  if (images.length > 1 && (options.class?.length ?? 0) > 1) {
    throw new AppError('BAD_USAGE', 'A sheet of several images shows one class of each.', 'Give --class once.');
  }
}

async function oneImage(image: string, options: SheetOptions, context: RowsContext): Promise<Sheet> {
  const wishes = wishesOf(image, context.model, options.class, usualRanks);
  const predicted = await predictImage(image, wishes, context);
  const { classes, probabilities } = predicted;
  const made = await computeRows(context, [{ image, probabilities, classes, contrasted: classes }]);
  const runs = context.rows.map(({ id: method, parameters }, at) => {
    const { maps = [], took = null } = made[at]?.[0] ?? {};
    return { method, parameters, maps, took };
  });
  return imageSheet(predicted, runs, { picture: await seenPicture(context, image), look: lookOf(options, false) });
}

async function sheet(images: readonly string[], options: SheetOptions): Promise<void> {
  const wish = options.methods ?? ['all'];
  checkUsage(images, options, wish);
  const [first = ''] = images;
  await withEngine(options, async (engine, signal) => {
    const location = { path: resolve(options.model), choice: modelChoiceOf(options) };
    const model = await engine.openModel({ model: location }, { signal });
    const offers = await engine.methods({ model: location }, { signal });
    requireImages(images);
    const rows = chooseRows(wish, offers, (id) => settingsOf(options.set ?? [], id));
    const context: RowsContext = { engine, signal, location, model, rows };
    const made =
      images.length === 1
        ? await oneImage(first, options, context)
        : await contactSheetOf(images, options.class?.[0], lookOf(options, true), context);
    await writeSheet(made, options.out, sheetFormat(options.out), printPdfWithElectron, signal);
    say(`${options.out} written.`);
  });
}

const examples = `
One image gives its maps by methods and classes; several give a contact sheet, one class of each.

Examples:
  $ hognose sheet photo.jpg --model vit-folder --out sheet.pdf
  $ hognose sheet photo.jpg --model vit.onnx --methods tis,chefer2,rollout --class top1 --class top2 --out sheet.png
  $ hognose sheet photo.jpg --model vit-folder --methods tis,tis-contrast --class label --class top1 --out why.png
  $ hognose sheet birds/*.jpg --model vit-folder --methods all --set rise.masks=1000 --scale own --out birds.pdf`;

/** Adds `sheet` to the program. */
export function addSheetCommand(program: Command): void {
  const command = program
    .command('sheet')
    .description('draws saliency maps of one or many images side by side, as PDF, PNG or SVG for print')
    .argument('<image...>', 'image files, or images inside IDX files as FILE#INDEX')
    .requiredOption(...optionTexts.model)
    .requiredOption('--out <file>', 'the .pdf, .png or .svg file to write')
    .option(
      '--methods <names>',
      `explanation methods apart by commas, or all (default: all); ${contrastRow} adds what speaks for each class rather than the label (the label itself: rather than the first other class), or of several images for the prediction`,
      rowNames,
    )
    .option(...methodTexts.set, setting)
    .option(
      '--class <class>',
      'class index or name, label, or top1 to top20; repeatable for one image (default: label and top 3 for one, label or else top 1 for several)',
      collect,
    )
    .addOption(
      new Option('--scale <scale>', 'colour scale of the maps: one for all maps of a method, or each its own')
        .choices(sheetScales)
        .default(usualLook.scale),
    )
    .option('--transposed', 'swap rows and columns')
    .addOption(new Option('--colour-map <name>', 'colours').choices(colourMapNames).default(usualLook.colourMap))
    .option('--opacity <share>', 'opacity of the maps over the image, 0 to 1', opacity, usualLook.opacity)
    .addHelpText('after', examples);
  addModelOptions(addEngineOptions(command)).action(sheet);
}
