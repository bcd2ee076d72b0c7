/** `hognose explain`: TIS maps of single images. */

import { existsSync } from 'node:fs';
import { basename, extname, join, dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type SaliencyMap, type TisParameters, tokenRatios } from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { percent } from '../audit/disagreement.js';
import { saliencyMaps } from '../audit/saliency.js';
import { tisParameters } from '../audit/tis-parameters.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Engine, ModelLocation, TisOutcome } from '../engine/engine.js';
import { type ClassWish, labelOfImage, readClassWish } from './classes.js';
import { withEngine } from './engine.js';
import { type ExplainedImage, explainFormat, writeExplanation } from './explain-output.js';
import { drawPanels } from './explain-picture.js';
import { addModelOptions, modelChoiceOf, type ModelOptions } from './model-options.js';
import { collect, defaultThreads, integer, optionTexts, ratio } from './options.js';
import { readInitIndices } from './replay.js';
import { say } from './terminal.js';

interface ExplainOptions extends ModelOptions {
  readonly model: string;
  readonly class?: readonly string[];
  readonly method: 'tis';
  readonly masks?: number;
  readonly ratio: number;
  readonly seed: number;
  readonly kmeansInit?: string;
  readonly out?: string;
  readonly threads: number;
}

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

/** `images.idx3-ubyte.gz#12` is the thirteenth image of a container; a file that really bears such a name goes first. */
function sourceOf(path: string): ImageSource {
  const parts = /^(.+)#(\d+)$/.exec(path);
  if (parts === null || existsSync(path)) return { path: resolve(path) };
  return { path: resolve(parts[1] ?? ''), member: Number(parts[2]) };
}

/** Without `--class`: the label when the image's name tells it, then the five most probable classes. */
function wishesOf(image: string, plan: Plan): readonly ClassWish[] {
  const { options, model } = plan;
  if (options.class !== undefined) return options.class.map((text) => readClassWish(text, image, model));
  const label = labelOfImage(image, model);
  const ranks = Array.from({ length: Math.min(5, model.classes.length) }, (_, at) => at + 1);
  return [
    ...(label === null ? [] : [{ kind: 'class', value: label } as const]),
    ...ranks.map((value) => ({ kind: 'rank', value }) as const),
  ];
}

/** The maps that were wished for, in that order, each once. */
function wantedMaps(wishes: readonly ClassWish[], outcome: TisOutcome): readonly SaliencyMap[] {
  const maps = saliencyMaps(outcome);
  const order = Array.from(outcome.probabilities.keys());
  order.sort((a, b) => (outcome.probabilities[b] ?? 0) - (outcome.probabilities[a] ?? 0) || a - b);
  const wanted = wishes.map(({ kind, value }) => (kind === 'class' ? value : order[value - 1]));
  return [...new Set(wanted)].flatMap((index) => maps.filter((map) => map.classIndex === index));
}

async function explainImage(image: string, plan: Plan): Promise<ExplainedImage> {
  const { engine, signal, model, location, initIndices } = plan;
  const wishes = wishesOf(image, plan);
  const classes = wishes.filter((wish) => wish.kind === 'class').map((wish) => wish.value);
  const top = Math.max(0, ...wishes.filter((wish) => wish.kind === 'rank').map((wish) => wish.value));
  const parameters = initIndices === undefined ? plan.parameters : { ...plan.parameters, masks: initIndices.length };
  const outcome = await engine.explainTis(
    location,
    sourceOf(image),
    { parameters, classes: [...new Set(classes)], top, initIndices },
    signal,
  );
  return { image, model, parameters, outcome, maps: wantedMaps(wishes, outcome) };
}

/** The panels of an explanation as PNG. */
async function picture(explained: ExplainedImage, plan: Plan): Promise<Uint8Array> {
  // Only this needs sharp in our own process.
  const { decodeRgb, encodePng } = await import('../engine/decode.js');
  const { bytes } = await plan.engine.picture(sourceOf(explained.image), 'model', plan.location, plan.signal);
  const seen = await decodeRgb({ kind: 'encoded', name: basename(explained.image), bytes });
  const { gridWidth, gridHeight } = explained.outcome;
  const panels = drawPanels(seen, explained.maps, gridWidth, gridHeight);
  return encodePng(panels.pixels, panels.width, panels.height);
}

function printSummary({ image, model, maps, outcome, parameters }: ExplainedImage): void {
  const rows = maps.map((map) =>
    [
      percent(map.probability).padStart(8),
      map.contrast.toPrecision(3).padStart(10),
      map.samplingError.toPrecision(3).padStart(10),
      map.splitHalfCorrelation.toFixed(2).padStart(6),
      `  ${map.classIndex} ${model.classes[map.classIndex] ?? ''}`,
    ].join(' '),
  );
  const head = `${image}: ${parameters.masks} masks of ratio ${parameters.ratio}, ${(outcome.milliseconds / 1000).toFixed(2)} s`;
  const names = `${'prob'.padStart(8)} ${'contrast'.padStart(10)} ${'error'.padStart(10)} ${'halves'.padStart(6)}   class`;
  process.stdout.write(`${[head, names, ...rows].join('\n')}\n`);
}

/**
 * With several images each gets its own file: `maps.json` becomes `maps-<image>.json`.
 * @throws AppError `BAD_USAGE` when two images would get the same.
 */
function outputPaths(out: string, images: readonly string[]): readonly string[] {
  if (images.length === 1) return [out];
  const extension = extname(out);
  const paths = images.map((image) => {
    const name = image.includes('#') ? basename(image).replaceAll('#', '-') : basename(image, extname(image));
    return join(dirname(out), `${basename(out, extension)}-${name}${extension}`);
  });
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice === undefined) return paths;
  throw new AppError('BAD_USAGE', `Two of the images would both be written to "${twice}".`, 'Explain them one by one.');
}

async function explain(images: readonly string[], options: ExplainOptions): Promise<void> {
  if (options.out !== undefined) explainFormat(options.out);
  const paths = options.out === undefined ? [] : outputPaths(options.out, images);
  await withEngine(options.threads, async (engine, signal) => {
    const location = { path: resolve(options.model), choice: modelChoiceOf(options) };
    const model = await engine.openModel(location, signal);
    const { masks, ratio: share, seed } = options;
    const parameters = tisParameters({ masks, ratio: share, seed }, model);
    const columns = model.blocks * model.width;
    const initIndices =
      options.kmeansInit === undefined ? undefined : await readInitIndices(options.kmeansInit, columns);
    const plan: Plan = { engine, signal, model, location, parameters, initIndices, options };
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
  });
}

const examples = `
Examples:
  $ hognose explain photo.jpg --model vit-folder
  $ hognose explain n01729322_hognose_snake.JPEG --model vit.onnx --class label --class top1 --out maps.safetensors
  $ hognose explain photo.jpg --model vit.onnx --kmeans-init maps.safetensors --out again.safetensors`;

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
    .addOption(new Option('--method <name>', 'explanation method').choices(['tis']).default('tis'))
    .option(...optionTexts.masks, integer(1, 4096))
    .option(...optionTexts.ratio, ratio, tokenRatios[2])
    .option('--seed <n>', 'seed of the initial clusters', integer(0, 2 ** 32 - 1), 0)
    .option('--kmeans-init <file>', "start the clusters from 'init_indices' of this .safetensors file")
    .option('--out <file>', 'write .safetensors, .png or .json; without it a summary is printed')
    .option(...optionTexts.threads, integer(1, 256), defaultThreads)
    .addHelpText('after', examples);
  addModelOptions(command).action(explain);
}
