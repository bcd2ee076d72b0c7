/** `hognose audit`: predicts a dataset, explains the most suspicious images, writes a report; goes on where it was cut off. */

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { imageId, type ProjectCounts } from '../../shared/audit.js';
import { comparedAll, comparedOf, disagreementFigure } from '../../shared/count-words.js';
import { AppError, toAppError } from '../../shared/errors.js';
import { anyOf } from '../../shared/phrases.js';
import { datasetPlaces } from '../dataset/dataset-formats.js';
import { reportFormat, reportFormatChoices } from '../report/report-formats.js';
import { unsettledWords } from '../../shared/verdict-state.js';
import type { OpenProject } from '../data/open-project.js';
import { pendingCount } from '../audit/predict.js';
import { nothingReadable } from '../audit/predict-batches.js';
import type { EngineSettings } from '../engine/messages.js';
import { fileNameOf, titleOf } from '../project/project-name.js';
import { withEngine } from './engine.js';
import { finishJob, withHeardAudit } from './heard-audit.js';
import { addMappingOptions, sayMapping } from './mapping-options.js';
import { addModelOptions } from './model-options.js';
import { openAudit, type OpenOptions } from './open-audit.js';
import { addEngineOptions, addTisOptions, integer, optionTexts } from './options.js';
import { say } from './terminal.js';

interface AuditOptions extends OpenOptions, EngineSettings {
  /** Try again what could not be read before. */
  readonly retry?: boolean;
  readonly explain: number;
  /** What stands over the report; by default the project's name. */
  readonly title?: string;
  /** Name of the report's folder. */
  readonly report: string;
  /** Ids of report formats. */
  readonly format: readonly string[];
}

/** Findings that a report holds at most. */
const mostFindings = 1000;
/** Reasons named when no image could be read. */
const mostReasons = 3;

/** Ids of report formats, as an option parser. */
function formats(text: string): readonly string[] {
  try {
    return text.split(',').map((name) => reportFormat(name.trim()).id);
  } catch (error) {
    throw new InvalidArgumentError(toAppError(error).hint);
  }
}

/** A title, as an option parser: what cannot be is said before hours of work. */
function title(text: string): string {
  try {
    return titleOf(text);
  } catch (error) {
    throw new InvalidArgumentError(toAppError(error).message);
  }
}

/** Disagreements with what they are a part of, unless that is everything; a dash where nothing was compared. */
function disagreementLine(counts: ProjectCounts): string {
  const figure = disagreementFigure(counts);
  return counts.compared === 0 || comparedAll(counts) ? figure : `${figure} ${comparedOf(counts)}`;
}

function printCounts(counts: ProjectCounts, folder: string, out: string): void {
  const lines: readonly (readonly [string, string | number])[] = [
    ['Images', counts.images],
    ['Predicted', counts.predicted],
    ['Unreadable', counts.unreadable],
    ['Compared', counts.compared],
    ['Disagreements', disagreementLine(counts)],
    ['Explained', counts.explained],
    ['Reviewed', counts.reviewed],
    ...(counts.unsettled === 0 ? [] : [['Unsettled', counts.unsettled] as const]),
    ['Project', folder],
    ['Report', out],
  ];
  for (const [name, value] of lines) process.stdout.write(`${name.padEnd(16)}${value.toLocaleString('en')}\n`);
}

/** What stands against trusting the counts, said where they are printed. */
async function sayDoubts(project: OpenProject): Promise<void> {
  const { mapping, model, counts, doubts } = await project.summary();
  sayMapping({ mapping, model, counts });
  const unsettled = unsettledWords(counts, 'command-line');
  for (const doubt of [...doubts, ...(unsettled === null ? [] : [unsettled])]) say(`Warning: ${doubt}`);
}

/** @throws AppError `DATASET_UNREADABLE` where no image could be read: a report on none would look like a result. */
async function requireReadable(project: OpenProject): Promise<void> {
  const { images, unreadable } = await project.counts();
  if (unreadable === 0) return;
  if (unreadable < images) {
    say(`${unreadable} ${unreadable === 1 ? 'image' : 'images'} could not be read; the report lists them.`);
    return;
  }
  const ids = await project.query([{ column: 'state', op: 'is', value: 'unreadable' }], {
    by: 'file',
    descending: false,
  });
  const first = await project.rows(Array.from(ids.subarray(0, mostReasons), imageId));
  const reasons = first.map((row) => row.error ?? row.file);
  throw nothingReadable(images, reasons);
}

/** The error with the option that helps where the dataset of an audit is not where it was. */
function withWayOut(error: unknown): unknown {
  if (!(error instanceof AppError) || !['DATASET_NOT_FOUND', 'DATASET_EMPTY'].includes(error.code)) return error;
  const hint = `${error.hint} An audit that was begun goes on at another place with --dataset PATH.`.trim();
  return new AppError(error.code, error.message, hint, { cause: error });
}

async function audit(dataset: string | undefined, options: AuditOptions): Promise<void> {
  try {
    await runAudit(dataset, options);
  } catch (error) {
    throw withWayOut(error);
  }
}

async function runAudit(dataset: string | undefined, options: AuditOptions): Promise<void> {
  await withEngine(options, async (engine, signal) => {
    const project = await openAudit(dataset, options, engine, signal);
    await withHeardAudit(project, engine, async (heard, progress) => {
      await heard.scan();
      if (options.retry === true) await project.retryUnreadable();
      for (const warning of (await project.warnings()).slice(0, 20)) say(`Warning: ${warning}`);
      if ((await pendingCount(project)) > 0) await finishJob(heard, await heard.predict(), signal);
      await requireReadable(project);
      await sayDoubts(project);
      const out = resolve(options.out, fileNameOf(options.report, 'report'));
      const wish = {
        folder: out,
        title: options.title ?? project.info.name,
        formats: options.format,
        findings: mostFindings,
        explain: options.explain,
      };
      await finishJob(heard, await heard.report(wish), signal);
      progress.clear();
      printCounts(await project.counts(), project.folder, out);
    });
  });
}

const examples = `
The project and the report are written into DIR; the same command goes on where an earlier run was stopped.

Examples:
  $ hognose audit photos --model vit-folder --out audit
  $ hognose audit images --labels labels.csv --model vit.onnx --out audit --explain 200 --format html,pdf
  $ hognose audit --dataset /new/place/photos --model vit-folder --out audit
  $ hognose audit photos --model vit.onnx --preset imagenet --class-names classes.txt --out audit`;

/** Adds `audit` to the program. */
export function addAuditCommand(program: Command): void {
  const known = reportFormatChoices.map(({ id }) => id).join(', ');
  const command = program
    .command('audit')
    .description('predicts a dataset, explains the most suspicious images and writes a report')
    .argument('[dataset]', anyOf(datasetPlaces))
    .option('--dataset <path>', 'where the dataset of the audit in --out lies now, when it has moved')
    .requiredOption(...optionTexts.model)
    .requiredOption('--out <dir>', 'folder for the project and the report')
    .option(...optionTexts.labels)
    .option('--name <name>', 'what the project is called (default: as the dataset); renames the one in --out', title)
    .option('--title <text>', 'title of the report (default: the name of the project)', title)
    .option('--report <name>', 'name of the folder of the report', 'report')
    .option('--retry', 'try the images again that could not be read before')
    .option('--explain <n>', 'explain the n most suspicious findings', integer(0, 100_000), 50)
    .option('--format <list>', `formats of the report: ${known}`, formats, ['html', 'csv', 'json']);
  addModelOptions(addEngineOptions(addTisOptions(addMappingOptions(command))))
    .addHelpText('after', examples)
    .action(audit);
}
