/** `hognose predict`: the predictions of a whole dataset as one CSV file. */

import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import type { ModelSummary } from '../../shared/model.js';
import { anyOf } from '../../shared/phrases.js';
import { PredictionCheck } from '../../shared/prediction-check.js';
import { nothingReadable, predictBatches } from '../audit/predict-batches.js';
import { batchesOf } from '../dataset/batches.js';
import { datasetPlaces } from '../dataset/dataset-formats.js';
import type { Dataset, DatasetImage } from '../dataset/dataset.js';
import type { Engine, ModelLocation, PredictOutcome } from '../engine/engine.js';
import type { EngineSettings } from '../engine/messages.js';
import { labelRank } from '../../shared/statistics/label-rank.js';
import { topClasses } from '../../shared/statistics/top-classes.js';
import { writeOutput } from '../files/atomic-file.js';
import { type CsvCell, csvRow } from '../files/csv-row.js';
import { withEngine } from './engine.js';
import { addMappingOptions, labelCounts, type MappingOptions, sayMapping, wishedMapping } from './mapping-options.js';
import { addModelOptions } from './model-options.js';
import { type FileOptions, openFiles } from './open-files.js';
import { addEngineOptions, optionTexts } from './options.js';
import { MeasuredLine, ProgressLine, say } from './terminal.js';

interface PredictOptions extends FileOptions, MappingOptions, EngineSettings {
  readonly out: string;
}

const ranks = [1, 2, 3, 4, 5];
const columns: readonly string[] = [
  ...['file', 'label', 'label_index', 'label_prob', 'label_rank'],
  ...ranks.flatMap((rank) => [`top${rank}`, `top${rank}_index`, `top${rank}_prob`]),
];
const batchSize = 64;
/** Warnings of one kind shown at most. */
const mostWarnings = 20;

/** One row; cells of what is not known (no label, no class for it, an unreadable image) are empty. */
function rowOf(image: DatasetImage, outcome: PredictOutcome, labelClass: number | null, model: ModelSummary): string {
  const empty: readonly CsvCell[] = columns.slice(5).map(() => null);
  if (!outcome.ok) return csvRow([image.file, image.label, labelClass, null, null, ...empty]);
  const { probabilities } = outcome;
  const digits = (index: number): string => (probabilities[index] ?? 0).toFixed(8);
  const label: readonly CsvCell[] =
    labelClass === null ? [null, null, null] : [labelClass, digits(labelClass), labelRank(probabilities, labelClass)];
  const best = topClasses(probabilities, ranks.length);
  const top = ranks.flatMap((rank): readonly CsvCell[] => {
    const index = best[rank - 1];
    return index === undefined ? [null, null, null] : [model.classes[index] ?? '', index, digits(index)];
  });
  return csvRow([image.file, image.label, ...label, ...top]);
}

/** Writes rows to a file that takes its name only when it is whole. */
async function writeRows(path: string, rows: AsyncIterable<string>): Promise<void> {
  await writeOutput(path, async (unfinished) => {
    const stream = createWriteStream(unfinished);
    const done = finished(stream);
    // Awaited below; a failure meanwhile must not end the program before that.
    done.catch(() => undefined);
    try {
      stream.write(csvRow(columns));
      for await (const row of rows) if (!stream.write(row)) await drained(stream, done);
      stream.end();
      await done;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  });
}

function drained(stream: NodeJS.WritableStream, failed: Promise<void>): Promise<void> {
  const drain = new Promise<void>((resume) => {
    stream.once('drain', resume);
  });
  return Promise.race([drain, failed]);
}

/** Everything that a run of the command works with. */
interface Run {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly location: ModelLocation;
  readonly model: ModelSummary;
  readonly dataset: Dataset;
  /** Model class by label name. */
  readonly classes: ReadonlyMap<string, number | null>;
  readonly progress: ProgressLine;
  /** Hears of every prediction. */
  readonly check: PredictionCheck;
}

/** Reasons named when no image could be read. */
const mostReasons = 3;

/** The dataset's rows in order, while they are predicted; `unreadable` hears of every image without a prediction. */
async function* predictedRows(run: Run, unreadable: (message: string) => void): AsyncGenerator<string> {
  const { engine, signal, location, model, dataset, classes, progress } = run;
  const measured = new MeasuredLine(progress, 'Predicting', dataset.count);
  const batches = batchesOf(dataset.images(), batchSize);
  const input = (image: DatasetImage): DatasetImage['source'] => image.source;
  for await (const { items, outcomes } of predictBatches({
    engine,
    model: location,
    batches,
    input,
    signal,
  })) {
    for (const [at, image] of items.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined) continue;
      const labelClass = image.label === null ? null : (classes.get(image.label) ?? null);
      if (outcome.ok) checked(run.check, outcome.probabilities, labelClass);
      else unreadable(outcome.error.message);
      yield rowOf(image, outcome, labelClass, model);
    }
    measured.step(items.length);
  }
}

function checked(check: PredictionCheck, probabilities: Float32Array, labelClass: number | null): void {
  const [top1 = 0] = topClasses(probabilities, 1);
  check.add({ top1, probability: probabilities[top1] ?? 0, labelClass });
}

/** The rows, and an error in the end when there is a prediction in none of them: such a table looks like a result. */
async function* readableRows(run: Run, unreadable: (message: string) => void): AsyncGenerator<string> {
  const reasons: string[] = [];
  let failed = 0;
  yield* predictedRows(run, (message) => {
    failed++;
    if (reasons.length < mostReasons) reasons.push(message);
    unreadable(message);
  });
  if (failed > 0 && failed === run.dataset.count) throw nothingReadable(failed, reasons);
}

/** Opens dataset, model and mapping as the options say. */
async function prepare(path: string, options: PredictOptions, engine: Engine, signal: AbortSignal): Promise<Run> {
  const { dataset, counts: images, location, model, proposed } = await openFiles(path, options, engine, signal);
  const mapping = await wishedMapping(proposed, model, options);
  for (const warning of dataset.warnings.slice(0, mostWarnings)) say(`Warning: ${warning}`);
  const classes = new Map(mapping.map((row) => [row.labelName, row.classIndex]));
  const counts = labelCounts(images, mapping);
  sayMapping({ mapping, model, counts });
  const check = new PredictionCheck(model.classes);
  return { engine, signal, location, model, dataset, classes, progress: new ProgressLine(), check };
}

async function predict(dataset: string, options: PredictOptions): Promise<void> {
  await withEngine(options, async (engine, signal) => {
    const run = await prepare(dataset, options, engine, signal);
    const start = performance.now();
    let unreadable = 0;
    const rows = readableRows(run, (message) => {
      unreadable++;
      run.progress.clear();
      if (unreadable <= mostWarnings) say(`Warning: ${message}`);
    });
    try {
      await writeRows(options.out, rows);
    } finally {
      run.progress.clear();
    }
    for (const doubt of run.check.doubts()) say(`Warning: ${doubt}`);
    const seconds = (performance.now() - start) / 1000;
    say(`${options.out} written: ${run.dataset.count} images in ${seconds.toFixed(1)} s, ${unreadable} unreadable.`);
  });
}

const examples = `
The CSV has the columns ${columns.slice(0, 8).join(',')}, and so on to top5_prob; file is relative to the dataset.

Example:
  $ hognose predict photos --model vit-folder --out predictions.csv
  $ hognose predict photos --model vit.onnx --resize 248 --crop 224 --mean 0.5 --std 0.5 --out predictions.csv`;

/** Adds `predict` to the program. */
export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('writes the predictions of a dataset as CSV')
    .argument('<dataset>', anyOf(datasetPlaces))
    .requiredOption(...optionTexts.model)
    .requiredOption('--out <file.csv>', 'the file to write')
    .option(...optionTexts.labels);
  addModelOptions(addEngineOptions(addMappingOptions(command)))
    .addHelpText('after', examples)
    .action(predict);
}
