/** Reads the options that several commands share; what makes no sense is bad usage. */

import { availableParallelism } from 'node:os';
import { InvalidArgumentError } from 'commander';

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
export function ratio(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1) || text.trim() === '') throw new InvalidArgumentError('It must lie between 0 and 1.');
  return value;
}

/** A repeatable option, as an option parser. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** One thread a core. */
export const defaultThreads = availableParallelism();

/** Texts of the options, the same in every command. */
export const optionTexts = {
  model: ['--model <path>', 'the model: an .onnx or .safetensors file, or a Hugging Face or timm folder'],
  threads: ['--threads <n>', 'threads of the engine (default: one a core)'],
  masks: ['--masks <n>', 'number of TIS masks (default: 1024, or the number of hidden columns when that is smaller)'],
  ratio: ['--ratio <r>', 'share of the tokens that each mask keeps'],
  labels: ['--labels <file>', 'a CSV or TSV table path,label[,split] that gives the labels'],
  mapping: ['--mapping <file>', 'a CSV or JSON file that says which model class each label means'],
} as const;
