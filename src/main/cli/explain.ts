/** `hognose explain`: saliency maps of single images, by TIS in full detail or by any methods side by side. */

import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SaliencyMap, TisParameters } from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import type { MethodId, MethodParameters } from '../../shared/methods.js';
import { percent } from '../../shared/figures.js';
import { withoutIds } from '../../shared/readable-names.js';
import { saliencyMaps } from '../maps/saliency.js';
import { tisParameters } from '../audit/tis-parameters.js';
import type { Engine, ModelLocation } from '../engine/engine.js';
import type { EngineSettings } from '../engine/messages.js';
import type { ClassWish } from './classes.js';
import { contrastsOf, contrastSummary, type ContrastWish, readContrastWish, sameClassWords } from './contrasts.js';
import { withEngine } from './engine.js';
import { compareImage, tellComparison } from './explain-compare.js';
import { outputPaths, requireImages, sourceOf, wantedClasses, wishesOf } from './explain-images.js';
import { refuseUnused } from './given-options.js';
import { methodsFormat } from './explain-methods-output.js';
import { type ExplainedImage, explainFormat, writeExplanation } from './explain-output.js';
import { drawPanels, layersOf } from './explain-picture.js';
import {
  checkSettings,
  chooseMethods,
  methodNames,
  methodTexts,
  type MethodWish,
  setting,
  type Settings,
  settingsOf,
} from './method-options.js';
import { addModelOptions, modelChoiceOf, type ModelOptions } from './model-options.js';
import { addEngineOptions, addTisOptions, collect, integer, optionTexts, type TisOptions } from './options.js';
import { readInitIndices } from './replay.js';
import { say } from './terminal.js';

interface ExplainOptions extends ModelOptions, EngineSettings, TisOptions {
  readonly model: string;
  readonly class?: readonly string[];
  readonly contrast?: readonly string[];
  readonly method?: MethodWish;
  readonly set?: Settings;
  readonly seed: number;
  readonly kmeansInit?: string;
  readonly out?: string;
}

/** Most probable classes that are explained where none is named. */
const usualRanks = 5;

/** Everything that is the same for all images of one command. */
interface Plan {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly model: ModelSummary;
  readonly location: ModelLocation;
  readonly parameters: TisParameters;
  readonly initIndices: Int32Array | undefined;
  readonly options: ExplainOptions;
}

/** The maps that were wished for, in that order, each once. */
function wantedMaps(
  wishes: readonly ClassWish[],
  maps: readonly SaliencyMap[],
  probabilities: Float32Array,
): readonly SaliencyMap[] {
  return wantedClasses(wishes, probabilities).flatMap((index) => maps.filter((map) => map.classIndex === index));
}

function contrastWishes(image: string, { model, options }: Pick<Plan, 'model' | 'options'>): readonly ContrastWish[] {
  return (options.contrast ?? []).map((text) => readContrastWish(text, image, model));
}

async function explainImage(image: string, plan: Plan): Promise<ExplainedImage> {
  const { engine, signal, model, location, initIndices } = plan;
  const wishes = wishesOf(image, model, plan.options.class, usualRanks);
  const contrasts = contrastWishes(image, plan);
  const all = [...wishes, ...contrasts.flatMap((wish) => wish.classes)];
  const classes = all.filter((wish) => wish.kind === 'class').map((wish) => wish.value);
  const top = Math.max(0, ...all.filter((wish) => wish.kind === 'rank').map((wish) => wish.value));
  const parameters = initIndices === undefined ? plan.parameters : { ...plan.parameters, masks: initIndices.length };
  const outcome = await engine.explainTis(
    {
      model: location,
      input: sourceOf(image),
      request: { parameters, classes: [...new Set(classes)], top, initIndices },
    },
    { signal },
  );
  const made = saliencyMaps(outcome);
  const maps = wantedMaps(wishes, made, outcome.probabilities);
  const contrasted = contrastsOf(contrasts, made, outcome.probabilities);
  const same = sameClassWords(image, contrasts, contrasted);
  if (same !== null) say(same);
  return { image, model, parameters, outcome, maps, contrasts: contrasted };
}

/** The panels of an explanation as PNG. */
async function picture(explained: ExplainedImage, plan: Plan): Promise<Uint8Array> {
  // Only this needs sharp in our own process.
  const { decodeRgb, encodePng } = await import('../engine/decode.js');
  const { engine, location, signal } = plan;
  const { bytes } = await engine.modelPicture({ model: location, source: sourceOf(explained.image) }, { signal });
  const seen = await decodeRgb({ kind: 'encoded', name: basename(explained.image), bytes });
  const { gridWidth, gridHeight } = explained.outcome;
  const panels = drawPanels(seen, layersOf(explained), gridWidth, gridHeight);
  return encodePng(panels.pixels, panels.width, panels.height);
}

function printSummary({ image, model, maps, contrasts, outcome, parameters }: ExplainedImage): void {
  const classes = withoutIds(model.classes);
  const rows = maps.map((map) =>
    [
      percent(map.probability).padStart(8),
      map.contrast.toPrecision(3).padStart(10),
      map.samplingError.toPrecision(3).padStart(10),
      map.splitHalfCorrelation.toFixed(2).padStart(6),
      `  ${map.classIndex} ${classes[map.classIndex] ?? ''}`,
    ].join(' '),
  );
  const all = outcome.scored < parameters.masks ? `${outcome.scored} of ` : '';
  const head = `${image}: ${all}${parameters.masks} masks of ratio ${parameters.ratio}, ${(outcome.milliseconds / 1000).toFixed(2)} s`;
  const names = `${'prob'.padStart(8)} ${'contrast'.padStart(10)} ${'error'.padStart(10)} ${'halves'.padStart(6)}   class`;
  const told = contrasts.map((contrast) => contrastSummary(contrast, classes));
  process.stdout.write(`${[head, names, ...rows, ...told].join('\n')}\n`);
}

/** TIS alone, with all that its masks tell. */
async function explainByTis(images: readonly string[], paths: readonly string[], plan: Plan): Promise<void> {
  for (const [at, image] of images.entries()) {
    const explained = await explainImage(image, plan);
    const path = paths[at];
    if (path === undefined) {
      printSummary(explained);
      continue;
    }
    await writeExplanation(path, explained, () => picture(explained, plan));
    say(`${path} written (${explained.maps.length} maps, ${(explained.outcome.milliseconds / 1000).toFixed(2)} s).`);
  }
}

async function explainByMethods(
  images: readonly string[],
  paths: readonly string[],
  { wish, plan }: { readonly wish: MethodWish; readonly plan: Plan },
): Promise<void> {
  const { engine, signal, location, model, options } = plan;
  const wishes = images.map((image) => wishesOf(image, model, options.class, usualRanks));
  const { masks, ratio, seed } = plan.parameters;
  const own = (id: MethodId): MethodParameters => ({
    ...(id === 'tis' || id === 'tis-pixels' ? { masks, ratio, seed } : {}),
    ...settingsOf(options.set ?? [], id),
  });
  const methods = chooseMethods(wish, await engine.methods({ model: location }, { signal }), own);
  const context = { engine, signal, location, model, methods };
  for (const [at, image] of images.entries()) {
    const compared = await compareImage(image, wishes[at] ?? [], context);
    await tellComparison(compared, paths[at], context);
  }
}

/** What the options of TIS say, and what `--set` says over them. */
function wishedParameters(options: ExplainOptions, model: ModelSummary): TisParameters {
  return tisParameters({ ...options, ...settingsOf(options.set ?? [], 'tis') }, model);
}

/** @throws AppError `BAD_USAGE` for options of TIS where nothing is made by it, or where a replay says what they would. */
function checkUsed(command: Command, options: ExplainOptions, wish: MethodWish): void {
  if (wish !== 'all' && !wish.includes('tis') && !wish.includes('tis-pixels')) {
    refuseUnused(command, ['masks', 'ratio', 'seed'], 'it is for TIS, which is none of the methods');
  }
  if (options.kmeansInit === undefined) return;
  refuseUnused(command, ['masks', 'seed'], '--kmeans-init says which masks there are');
}

function checkUsage(options: ExplainOptions, wish: MethodWish, plain: boolean): void {
  const { set = [], out } = options;
  checkSettings(set, wish);
  if (out !== undefined && plain) explainFormat(out);
  if (out !== undefined && !plain) methodsFormat(out);
  const own = {
    '--kmeans-init': options.kmeansInit,
    '--contrast': options.contrast,
    '--stability': options.stability,
    '--estimate': options.estimate,
    '--precision': options.precision,
  };
  const [given] = Object.entries(own).find(([, value]) => value !== undefined) ?? [];
  if (given === undefined || plain) return;
  throw new AppError(
    'BAD_USAGE',
    `${given} is for TIS alone, not for several methods.`,
    'Leave it out, or leave out --method.',
  );
}

async function explain(images: readonly string[], options: ExplainOptions, command: Command): Promise<void> {
  const wish = options.method ?? ['tis'];
  const plain = wish !== 'all' && wish.every((id) => id === 'tis');
  checkUsage(options, wish, plain);
  checkUsed(command, options, wish);
  const paths = options.out === undefined ? [] : outputPaths(options.out, images);
  await withEngine(options, async (engine, signal) => {
    const location = { path: resolve(options.model), choice: modelChoiceOf(options) };
    const model = await engine.openModel({ model: location }, { signal });
    for (const image of images) {
      wishesOf(image, model, options.class, usualRanks);
      contrastWishes(image, { model, options });
    }
    requireImages(images);
    const parameters = wishedParameters(options, model);
    const columns = model.blocks * model.width;
    const initIndices =
      options.kmeansInit === undefined ? undefined : await readInitIndices(options.kmeansInit, columns);
    const plan: Plan = { engine, signal, model, location, parameters, initIndices, options };
    await (plain ? explainByTis(images, paths, plan) : explainByMethods(images, paths, { wish, plan }));
  });
}

const examples = `
Examples:
  $ hognose explain photo.jpg --model vit-folder
  $ hognose explain n01729322_hognose_snake.JPEG --model vit.onnx --class label --class top1 --out maps.safetensors
  $ hognose explain n01729322_hognose_snake.JPEG --model vit.onnx --contrast label:top2 --out maps.png
  $ hognose explain photo.jpg --model vit.onnx --kmeans-init maps.safetensors --out again.safetensors
  $ hognose explain photo.jpg --model vit-folder --method all --set rise.masks=500
  $ hognose explain photo.jpg --model vit-folder --method tis --method chefer2 --class top1 --out sheet.png`;

/** Adds `explain` to the program. */
export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description('computes saliency maps that show why the model gives an image its classes')
    .argument(
      '<image...>',
      "image files, images inside IDX files as FILE#INDEX, or .safetensors files with 'pixels' [1, 3, H, W] (or [1, 1, H, W])",
    )
    .requiredOption(...optionTexts.model)
    .option(
      '--class <class>',
      'class index or name, label, or top1 to top20; repeatable (default: label and top 5)',
      collect,
    )
    .option(
      '--contrast <A:B>',
      'what speaks for class A rather than B, as a signed map in nats; A and B as for --class; repeatable',
      collect,
    )
    .option('--method <name>', methodTexts.method, methodNames)
    .option(...methodTexts.set, setting)
    .option('--seed <n>', 'seed of the initial clusters', integer(0, 2 ** 32 - 1), 0)
    .option('--kmeans-init <file>', "start the clusters from 'init_indices' of this .safetensors file")
    .option(
      '--out <file>',
      'write .safetensors, .png or .json (.svg and .pdf too for other methods than TIS alone); without it a summary is printed',
    )
    .addHelpText('after', examples);
  addModelOptions(addEngineOptions(addTisOptions(command))).action(explain);
}
