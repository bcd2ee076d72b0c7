/** How the commands map labels to classes: the options for it, and what is said about the mapping before figures rest on it. */

import { type Command, Option } from 'commander';
import type { MappingRow } from '../../shared/audit.js';
import { type ClassOrder, classOrders } from '../../shared/class-order.js';
import { type MappedLabels, mappingNotices } from '../../shared/mapping-words.js';
import { confirmMapping, type ModelClasses, orderMapping } from '../mapping/mapping.js';
import type { DatasetCounts } from '../data/describe-dataset.js';
import { readMappingFile } from '../mapping/mapping-file.js';
import { optionTexts } from './options.js';
import { say } from './terminal.js';

/** What commander makes of the options of {@link addMappingOptions}. */
export interface MappingOptions {
  readonly mapping?: string;
  readonly classOrder?: ClassOrder | undefined;
}

/** Adds `--class-order` to a command. */
export function addClassOrder(command: Command): Command {
  return command.addOption(
    new Option(
      '--class-order <order>',
      'which output each label is where the model names no classes: its number, or its place among the labels sorted as text, naturally, or as listed',
    ).choices(classOrders),
  );
}

/** Adds what {@link wishedMapping} reads to a command. */
export function addMappingOptions(command: Command): Command {
  return addClassOrder(command.option(...optionTexts.mapping));
}

/**
 * The rows as the options say: the order first, then the file, which names single labels.
 * @throws AppError `BAD_USAGE` for an order that cannot be meant, `MAPPING_INVALID`.
 */
export async function wishedMapping(
  rows: readonly MappingRow[],
  model: ModelClasses,
  { mapping, classOrder }: MappingOptions,
): Promise<readonly MappingRow[]> {
  const ordered = classOrder === undefined ? rows : orderMapping(rows, model, classOrder);
  return mapping === undefined ? ordered : confirmMapping(ordered, await readMappingFile(mapping, ordered, model));
}

/** How many images a mapping leaves out. */
export function labelCounts(
  { images, labels, labelled }: DatasetCounts,
  mapping: readonly MappingRow[],
): MappedLabels['counts'] {
  const counts = new Map(labels.map(({ name, count }) => [name, count]));
  const mapped = new Set(mapping.flatMap((row) => (row.classIndex === null ? [] : row.labelName)));
  const withClass = [...mapped].reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
  return { images, labelled, withoutClass: labelled - withClass };
}

/** Says which labels have no class and which matches are a guess, with the way out. */
export function sayMapping(labels: MappedLabels): void {
  for (const { message, hint } of mappingNotices(labels, 'command-line')) say(`Warning: ${message} ${hint}`);
}
