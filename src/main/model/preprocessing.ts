/** Resolves how images become a model's input: what a person chose goes before a preset, that before the files, those before an assumption. */

import type { PixelRange, Preprocessing, PreprocessingChoice } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { inputSizeInFiles, preprocessingInFiles } from './preprocessing-files.js';
import type { StatedPreprocessing } from './preprocessing-huggingface.js';
import { type InputSize, presetPreprocessing } from './preprocessing-presets.js';
import type { ModelPlace } from './side-files.js';

export interface ResolvedPreprocessing {
  readonly preprocessing: Preprocessing;
  /** What was assumed or corrected, in plain words. */
  readonly assumptions: readonly string[];
}

const assumedText =
  'No preprocessor_config.json was found: shorter side resized by bicubic interpolation, centre crop of 90 %, mean and standard deviation 0.5 are assumed.';

const assumedGeometry =
  'No preprocessor_config.json was found: shorter side resized by bicubic interpolation and centre crop of 90 % are assumed.';

const words = ({ width, height }: InputSize): string => `${String(width)} x ${String(height)}`;

const same = (a: InputSize, b: InputSize): boolean => a.width === b.width && a.height === b.height;

/** Size of the result; null when it depends on the image. */
function resultSize({ resize, crop }: Pick<Preprocessing, 'resize' | 'crop'>): InputSize | null {
  return crop ?? (resize.kind === 'exact' ? resize : null);
}

/** Everything larger or smaller by the same factor, so that a crop of this size becomes the input. */
function scaled(preprocessing: Preprocessing, from: InputSize, input: InputSize): Preprocessing {
  const { resize } = preprocessing;
  const factor = input.width / from.width;
  const grown = (size: number): number => Math.round(size * factor);
  return {
    ...preprocessing,
    resize:
      resize.kind === 'exact'
        ? { kind: 'exact', width: grown(resize.width), height: grown(resize.height) }
        : { kind: resize.kind, size: grown(resize.size) },
    crop: preprocessing.crop === null ? null : input,
  };
}

/**
 * What the files state, made to end in the model's input size where its meaning is clear.
 * @throws AppError `MODEL_UNSUPPORTED` naming the field where it is not.
 */
function fitted(stated: StatedPreprocessing, input: InputSize): ResolvedPreprocessing {
  const { preprocessing, source, fields, assumptions } = stated;
  const { resize, crop } = preprocessing;
  const result = resultSize(preprocessing);
  const corrected = (better: Preprocessing, text: string): ResolvedPreprocessing => ({
    preprocessing: better,
    assumptions: [...assumptions, text],
  });
  if (result === null) {
    const size = resize.kind === 'shortest-edge' ? Math.max(resize.size, Math.min(input.width, input.height)) : 0;
    const edge =
      size === 0
        ? ({ ...resize, kind: 'longest-edge', size: Math.min(input.width, input.height) } as const)
        : ({ kind: 'shortest-edge', size } as const);
    const text = `${source} gives images of any shape: ${size === 0 ? 'a border' : 'a centre crop'} to ${words(input)} is assumed.`;
    return corrected({ ...preprocessing, resize: edge, crop: input }, text);
  }
  if (same(result, input)) return { preprocessing, assumptions };
  const field = crop === null ? fields.resize : fields.crop;
  const found = `${source}: ${field} is ${words(result)}, but the model takes ${words(input)}`;
  if (crop === null)
    return corrected({ ...preprocessing, resize: { kind: 'exact', ...input } }, `${found}, which is used instead.`);
  if (result.width * input.height === result.height * input.width) {
    return corrected(scaled(preprocessing, result, input), `${found}; resize and crop are scaled to that.`);
  }
  throw new AppError(
    'MODEL_UNSUPPORTED',
    `${found}.`,
    `Correct ${field} there, or choose the preprocessing yourself (--preset, or --resize and --crop).`,
  );
}

/** The resize of a choice; an edge that only changed its kind takes the input's size. */
function chosenResize(base: Preprocessing, choice: PreprocessingChoice, input: InputSize): Preprocessing['resize'] {
  const kind = choice.resizeKind ?? base.resize.kind;
  const short = Math.min(input.width, input.height);
  if (choice.resize === undefined && kind === base.resize.kind) return base.resize;
  const size = choice.resize ?? short;
  if (size < 1)
    throw new AppError(
      'BAD_USAGE',
      'The resize must be at least 1 pixel.',
      'Correct the size of the resize (--resize).',
    );
  if (kind !== 'exact') return { kind, size };
  const factor = size / short;
  return { kind, width: Math.round(input.width * factor), height: Math.round(input.height * factor) };
}

function chosenCrop(
  resize: Preprocessing['resize'],
  choice: PreprocessingChoice,
  input: InputSize,
): Preprocessing['crop'] {
  if (choice.crop === 0) return null;
  if (choice.crop === undefined) return resize.kind === 'exact' && same(resize, input) ? null : input;
  // A square side is all that can be said; for other models it stands for their shorter edge.
  return choice.crop === Math.min(input.width, input.height) ? input : { width: choice.crop, height: choice.crop };
}

/** @throws AppError `BAD_USAGE` for figures that make no sense. */
function checkChannels(choice: PreprocessingChoice): void {
  const { mean = [], std = [] } = choice;
  const wrong = (what: string, option: string, why: string): AppError =>
    new AppError('BAD_USAGE', `The ${what} ${why}.`, `Correct it (${option}), for example 0.5 0.5 0.5.`);
  if (!mean.every((value) => value >= 0 && value <= 1)) {
    throw wrong('mean', '--mean', 'must lie between 0 and 1, black and white; divide values up to 255 by 255');
  }
  if (!std.every((value) => value > 0 && value <= 10)) {
    throw wrong(
      'standard deviation',
      '--std',
      'must be greater than 0 and is of values from 0 to 1; divide values up to 255 by 255',
    );
  }
}

/** The base with a person's changes. @throws AppError `BAD_USAGE` when it does not end in the model's input size. */
function changed(base: Preprocessing, choice: PreprocessingChoice, input: InputSize): Preprocessing {
  checkChannels(choice);
  const geometry = choice.resizeKind !== undefined || choice.resize !== undefined || choice.crop !== undefined;
  const resize = geometry ? chosenResize(base, choice, input) : base.resize;
  const crop = geometry ? chosenCrop(resize, choice, input) : base.crop;
  const result = resultSize({ resize, crop });
  if (result === null) {
    throw new AppError(
      'BAD_USAGE',
      `Without a crop, images of any shape come out, but the model takes ${words(input)}.`,
      `Crop to ${String(Math.min(input.width, input.height))} (--crop), or squash (--resize-mode squash).`,
    );
  }
  if (!same(result, input)) {
    throw new AppError(
      'BAD_USAGE',
      `The ${crop === null ? 'resize' : 'crop'} gives ${words(result)}, but the model takes ${words(input)}.`,
      crop === null
        ? 'Correct the resize (--resize).'
        : `Crop to ${String(Math.min(input.width, input.height))} (--crop), or leave the crop out.`,
    );
  }
  const { fill } = base;
  return {
    resize,
    interpolation: choice.interpolation ?? base.interpolation,
    crop,
    scale: base.scale,
    mean: choice.mean ?? base.mean,
    std: choice.std ?? base.std,
    ...(fill === undefined ? {} : { fill }),
  };
}

async function baseOf(
  place: ModelPlace,
  input: InputSize,
  choice: PreprocessingChoice | null,
): Promise<ResolvedPreprocessing> {
  const preset = choice?.preset;
  if (preset !== undefined) return { preprocessing: presetPreprocessing(preset, input), assumptions: [] };
  const stated = await preprocessingInFiles(place, input);
  if (stated !== undefined) return fitted(stated, input);
  return { preprocessing: presetPreprocessing('inception', input), assumptions: [assumedText] };
}

/** A graph that normalises pixels itself gets them as it expects them, whatever is said of the weights' training. */
function inRange(base: ResolvedPreprocessing, range: PixelRange): ResolvedPreprocessing {
  if (range === 'normalised') return base;
  const wanted = { scale: range === 'bytes' ? 1 : 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const top = range === 'bytes' ? '255' : '1';
  const text = `The graph normalises pixels itself: it gets values from 0 to ${top}.`;
  // What is assumed about mean and deviation does not count any more.
  const geometry = base.assumptions.map((one) => (one === assumedText ? assumedGeometry : one));
  return { preprocessing: { ...base.preprocessing, ...wanted }, assumptions: [...geometry, text] };
}

/**
 * The preprocessing of a model with this input size; it always ends in that size.
 * @param range which pixels the model's own graph takes.
 * @throws AppError `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED` for what files state wrongly, `BAD_USAGE` for a choice.
 */
export async function resolvePreprocessing(
  place: ModelPlace,
  input: InputSize,
  choice: PreprocessingChoice | null,
  range: PixelRange = 'normalised',
): Promise<ResolvedPreprocessing> {
  const base = inRange(await baseOf(place, input, choice), range);
  return choice === null ? base : { ...base, preprocessing: changed(base.preprocessing, choice, input) };
}

/**
 * The input size for a graph that leaves it open: the chosen crop, or what the files state.
 * @throws AppError `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED` for what files state wrongly.
 */
export async function statedInputSize(
  place: ModelPlace,
  choice: PreprocessingChoice | null,
): Promise<InputSize | undefined> {
  const side = choice?.crop ?? 0;
  if (side > 0) return { width: side, height: side };
  if (choice?.resizeKind === 'exact' && choice.crop === 0 && choice.resize !== undefined) {
    return { width: choice.resize, height: choice.resize };
  }
  return inputSizeInFiles(place);
}
