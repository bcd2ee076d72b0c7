/** `hognose images`: the images of a project that a filter lets through, in an order, as CSV. */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';

import { imageId, type ImageRow } from '../../shared/audit.js';
import { exportedValue } from '../../shared/column-words.js';
import { columns, scoreColumns, sortColumns } from '../../shared/columns.js';
import { AppError } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import { readQuery } from '../../shared/query-text.js';
import { verdictState } from '../../shared/verdict-state.js';
import { writeOutput } from '../files/atomic-file.js';
import { type CsvCell, csvRow } from '../files/csv-row.js';
import type { ProjectInfo } from '../project/project-info.js';
import { Project } from '../project/project.js';
import { sayMapping } from './mapping-options.js';
import { integer } from './options.js';
import { say } from './terminal.js';

interface ImagesOptions {
  readonly limit?: number;
  readonly out?: string;
  readonly columns?: boolean;
}

/** Warnings of the dataset that are said. */
const mostWarnings = 20;
/** Rows read at a time. */
const page = 1000;
const exported = scoreColumns.filter(({ shown }) => shown.exported === true);
const headings = [
  ...['file', 'split', 'label', 'prediction', 'prediction_prob'],
  ...exported.map(({ id }) => id.replaceAll('-', '_')),
  ...['disagreement', 'verdict', 'corrected_labels', 'error'],
];

function cells(row: ImageRow, { labels, model }: Pick<ProjectInfo, 'labels' | 'model'>): readonly CsvCell[] {
  const top = row.prediction?.top[0];
  return [
    row.file,
    row.split,
    row.label === null ? null : (labels[row.label] ?? null),
    top === undefined ? null : (model.classes[top.classIndex] ?? null),
    top?.probability ?? null,
    ...exported.map((column) => exportedValue(column, row.scores[column.id], model.classes)),
    row.disagreement,
    verdictState(row),
    row.verdict?.correctedLabels.join('|') ?? null,
    row.error,
  ];
}

function* rows(project: Project, ids: Uint32Array): Generator<string> {
  yield csvRow(headings);
  for (let from = 0; from < ids.length; from += page) {
    for (const row of project.rows(Array.from(ids.subarray(from, from + page), imageId))) {
      yield csvRow(cells(row, project.info));
    }
  }
}

/** The table of columns: their words in a filter, and what they say. */
function printColumns(): void {
  const widest = Math.max(...columns.map(({ key }) => key.length));
  for (const column of columns) {
    const score = scoreColumns.find(({ id }) => id === column.id);
    const formula = score === undefined ? '' : ` [${score.formula}]`;
    const words = column.words === undefined ? '' : ` (${column.words.map(({ value }) => value).join(', ')})`;
    process.stdout.write(`${column.key.padEnd(widest)}  ${column.name}: ${column.says}${words}${formula}\n`);
  }
}

/** What stands against reading the list as the whole. */
function sayDoubts(project: Project, listed: number, found: number): void {
  const { mapping, model, counts, doubts } = project.summary();
  const { images, predicted, unreadable } = counts;
  for (const warning of project.warnings.slice(0, mostWarnings)) say(`Warning: ${warning}`);
  if (!project.scanned) say('The dataset is not listed to its end: hognose audit goes on with it.');
  sayMapping({ mapping, model, counts });
  for (const doubt of doubts) say(`Warning: ${doubt}`);
  if (listed < found)
    say(`${counted(found - listed, 'more image')} pass the filter: --limit ${String(found)} lists them all.`);
  const left = images - predicted - unreadable;
  if (left > 0)
    say(
      `${counted(left, 'image')} of ${counted(images, 'image')} are not predicted yet: hognose audit goes on with them.`,
    );
  if (unreadable > 0) say(`${counted(unreadable, 'image')} could not be read.`);
}

/** A project that is open elsewhere is read as it stands on the disk. */
function openToRead(folder: string): Project {
  try {
    return Project.openAsAllowed(folder);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PROJECT_IN_USE') throw error;
    return Project.openReadOnly(folder);
  }
}

async function images(folder: string | undefined, filter: readonly string[], options: ImagesOptions): Promise<void> {
  if (options.columns === true) {
    printColumns();
    return;
  }
  if (folder === undefined) {
    throw new AppError(
      'BAD_USAGE',
      'No project was named.',
      'Name its folder, NAME.hognose; --columns tells what there is to filter by.',
    );
  }
  const project = openToRead(resolve(folder));
  try {
    for (const _ of project.score('all')) continue;
    const { labels, model } = project.info;
    const query = readQuery(filter.join(' '), { labels, classes: model.classes });
    const found = project.query(query.filter, query.order);
    const ids = found.subarray(0, options.limit);
    if (options.out === undefined) for (const row of rows(project, ids)) process.stdout.write(row);
    else await writeOutput(resolve(options.out), (unfinished) => writeFile(unfinished, rows(project, ids)));
    sayDoubts(project, ids.length, found.length);
  } finally {
    project.close();
  }
}

const examples = `
A filter is a list of conditions, for example: label:shirt pred:coat conf<0.1 verdict:none sort:margin
Conditions on one column by : are alternatives, all others must hold; sort:-top turns an order round; none stands for images without a
value; what has spaces stands in quotation marks. Most suspicious first unless another order is named: ${sortColumns
  .map(({ key }) => key)
  .join(', ')}.

Examples:
  $ hognose images audit/photos.hognose state:disagree verdict:none --limit 50
  $ hognose images audit/photos.hognose 'conf<0.1 label:"T-shirt/top"' --out suspicious.csv
  $ hognose images --columns`;

/** Adds `images` to the program. */
export function addImagesCommand(program: Command): void {
  program
    .command('images')
    .description('lists the images of a project that a filter lets through, as CSV')
    .argument('[folder]', 'the project, NAME.hognose')
    .argument('[filter...]', 'conditions on columns, and an order')
    .option('--limit <n>', 'at most so many images', integer(1, 0xffffffff))
    .option('--out <file>', 'writes to a file instead of the terminal')
    .option('--columns', 'tells what can be filtered and sorted by')
    .addHelpText('after', examples)
    .action(images);
}
