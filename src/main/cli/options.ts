/** Reads the options that several commands share; what makes no sense is bad usage. */

import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type TisEstimate, tisEstimates } from '../../shared/audit.js';
import { type Precision, precisions } from '../../shared/precision.js';
import { providerWishes } from '../../shared/provider.js';
import { tisDefaults } from '../../shared/tis-parameters.js';

/** An integer within bounds, as an option parser. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** The share of tokens a mask keeps, as an option parser. */
function ratio(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1) || text.trim() === '') throw new InvalidArgumentError('It must lie between 0 and 1.');
  return value;
}

/** The stability at which scoring stops, as an option parser. */
function stability(text: string): number {
  const value = Number(text);
  if (!(value >= 0.5 && value <= 1) || text.trim() === '')
    throw new InvalidArgumentError('It must lie between 0.5 and 1.');
  return value;
}

/** A repeatable option, as an option parser. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Texts of the options, the same in every command. */
export const optionTexts = {
  model: ['--model <path>', 'the model: an .onnx or .safetensors file, or a Hugging Face or timm folder'],
  masks: [
    '--masks <n>',
    `number of TIS masks (default: ${tisDefaults.masks}, or the number of hidden columns when that is smaller)`,
  ],
  ratio: ['--ratio <r>', 'share of the tokens that each mask keeps'],
  labels: ['--labels <file>', 'a table path,label[,split] that gives the labels: CSV, TSV or JSON Lines'],
  mapping: ['--mapping <file>', 'a CSV or JSON file that says which model class each label means'],
} as const;

/** How TIS maps are to be made, as {@link addTisOptions} reads it. */
export interface TisOptions {
  readonly masks?: number;
  readonly ratio: number;
  readonly stability?: number;
  readonly estimate?: TisEstimate;
  readonly precision?: Precision;
}

/** Adds the options of every command that makes TIS maps. */
export function addTisOptions(command: Command): Command {
  return command
    .option(...optionTexts.masks, integer(1, 4096))
    .option(...optionTexts.ratio, ratio, tisDefaults.ratio)
    .option(
      '--stability <r>',
      'stop when the maps are expected to correlate this well with those of all masks',
      stability,
    )
    .addOption(
      new Option('--estimate <name>', `how scores become maps (default: ${tisDefaults.estimate})`).choices(
        tisEstimates,
      ),
    )
    .addOption(
      new Option(
        '--precision <name>',
        `numbers that masks are scored with (default: ${tisDefaults.precision})`,
      ).choices(precisions),
    );
}

/** Adds the options of every command that runs a model; together they are read as the engine's settings. */
export function addEngineOptions(command: Command): Command {
  return command
    .option('--threads <n>', 'threads of the engine (default: one a core)', integer(1, 256), availableParallelism())
    .addOption(
      new Option('--provider <name>', 'what runs the model; auto takes CUDA where it works')
        .choices(providerWishes)
        .default(providerWishes[0]),
    );
}
