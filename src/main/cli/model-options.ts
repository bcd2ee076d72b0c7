/** The options that say more about a model than its files do: preprocessing, class names, names of values. */

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ModelChoice,
  type Preprocessing,
  type PreprocessingChoice,
  type PreprocessingPreset,
  preprocessingPresets,
  type ResizeKind,
} from '../../shared/model.js';
import { integer } from './options.js';

/** What commander makes of the options of {@link addModelOptions}. */
export interface ModelOptions {
  readonly preset?: PreprocessingPreset;
  readonly resizeMode?: keyof typeof resizeModes;
  readonly resize?: number;
  readonly crop?: number;
  readonly interpolation?: Preprocessing['interpolation'];
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly classNames?: string;
  readonly pixelsValue?: string;
  readonly tokensValue?: string;
  readonly logitsValue?: string;
}

const resizeModes = {
  shortest: 'shortest-edge',
  longest: 'longest-edge',
  squash: 'exact',
} as const satisfies Readonly<Record<string, ResizeKind>>;

const interpolations: readonly Preprocessing['interpolation'][] = ['nearest', 'bilinear', 'bicubic', 'lanczos'];

/** One number for all channels, or three apart by commas or spaces, as an option parser. */
function channelNumbers(least: number): (text: string) => readonly number[] {
  return (text) => {
    const parts = text.trim().split(/[\s,]+/);
    const values = parts.map(Number);
    const good =
      parts.every((part) => part !== '') && values.every((value) => Number.isFinite(value) && value >= least);
    if (!good || (values.length !== 1 && values.length !== 3)) {
      throw new InvalidArgumentError(
        `It must be one number or three such as "0.485,0.456,0.406"${least > 0 ? ', greater than 0' : ''}.`,
      );
    }
    return values;
  };
}

/** Three numbers apart by spaces after --mean or --std, as one argument: `--mean 0.5 0.5 0.5` is `--mean 0.5,0.5,0.5`. */
export function joinChannelNumbers(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const before = joined.at(-1) ?? '';
    const numbers = argv.slice(at, at + 3);
    const are = numbers.length === 3 && numbers.every((text) => /^\d*\.?\d+,?$/.test(text));
    if ((before === '--mean' || before === '--std') && are) {
      joined.push(numbers.map((text) => text.replace(',', '')).join(','));
      at += 2;
    } else joined.push(argv[at] ?? '');
  }
  return joined;
}

function three(values: readonly number[]): readonly [number, number, number] {
  const [first = 0, second = first, third = first] = values;
  return [first, second, third];
}

/** Adds what {@link modelChoiceOf} reads to a command. */
export function addModelOptions(command: Command): Command {
  return command
    .optionsGroup('Instead of what the files of the model say:')
    .addOption(
      new Option('--preset <name>', 'preprocessing instead of what the files say').choices(preprocessingPresets),
    )
    .addOption(
      new Option('--resize-mode <mode>', 'which edge the resize is for, or squash to change the shape').choices(
        Object.keys(resizeModes),
      ),
    )
    .option('--resize <pixels>', 'size of that edge', integer(1, 8192))
    .option('--crop <pixels>', 'side of the centre crop (or pad), 0 for none', integer(0, 8192))
    .addOption(new Option('--interpolation <name>', 'how pixels are interpolated').choices(interpolations))
    .option('--mean <numbers>', 'mean of the channels, of values from 0 to 1: "0.485,0.456,0.406"', channelNumbers(0))
    .option('--std <numbers>', 'standard deviation of the channels', channelNumbers(Number.MIN_VALUE))
    .option('--class-names <file>', 'class names from a text or JSON file, or imagenet')
    .option('--pixels-value <name>', 'ONNX: the value that is the picture, where it is not recognised')
    .option('--tokens-value <name>', 'ONNX: the value that holds the tokens before the first block')
    .option('--logits-value <name>', 'ONNX: the value that holds the logits');
}

/** Only what was given, so that two commands with the same options make the same choice. */
function given<T extends object>(options: T): T | null {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? null : (Object.fromEntries(entries) as T);
}

/** What the person wants of the model; undefined without any of the options. */
export function modelChoiceOf(options: ModelOptions): ModelChoice | undefined {
  const { preset, resizeMode, resize, crop, interpolation, mean, std, classNames } = options;
  const preprocessing = given<PreprocessingChoice>({
    preset,
    resizeKind: resizeMode === undefined ? undefined : resizeModes[resizeMode],
    resize,
    crop,
    interpolation,
    mean: mean === undefined ? undefined : three(mean),
    std: std === undefined ? undefined : three(std),
  });
  const values = given({ pixels: options.pixelsValue, tokens: options.tokensValue, logits: options.logitsValue });
  const names =
    classNames === undefined
      ? null
      : classNames.toLowerCase() === 'imagenet'
        ? ({ kind: 'imagenet' } as const)
        : ({ kind: 'file', path: resolve(classNames) } as const);
  if (preprocessing === null && values === null && names === null) return undefined;
  return { preprocessing, classNames: names, values };
}
