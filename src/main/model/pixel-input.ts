/** The picture input and the answer of an ONNX classifier: which values they are, and their sizes. */

import type { NamedValues } from '../../shared/model.js';
import { type Dimension, type Graph, type ValueInfo, pureInputs } from '../onnx/graph.js';
import { type Choice, choicesOf } from './chosen-answer.js';
import { notVit, unsupported } from './not-vit.js';

export interface PixelInput {
  readonly name: string;
  readonly type: 'float32' | 'float16' | 'uint8';
  readonly layout: 'NCHW' | 'NHWC';
  /** The declared batch size; null when any is allowed. */
  readonly batch: number | null;
  readonly channels: number;
  /** Null where the graph leaves it open. */
  readonly height: number | null;
  readonly width: number | null;
}

/** Pictures beyond this are no classifier's input. */
const largestSide = 4096;

function size(dim: Dimension | undefined): number | null {
  return typeof dim === 'number' && dim > 0 ? dim : null;
}

/** Names of a graph that resemble `name`: those that contain it or begin alike. */
function similar(names: readonly string[], name: string): string {
  const needle = name.toLowerCase();
  const near = names.filter((other) => {
    const hay = other.toLowerCase();
    return hay.includes(needle) || needle.includes(hay) || hay.slice(0, 4) === needle.slice(0, 4);
  });
  const shown = (near.length > 0 ? near : names).slice(0, 5).map((other) => `'${other}'`);
  return shown.join(', ');
}

/** @throws AppError `MODEL_UNSUPPORTED` for a name that is no value of the graph, with those that are close. */
export function checkNamedValues(graph: Graph, values: NamedValues | null | undefined, file: string): void {
  const inputs = pureInputs(graph).map((input) => input.name);
  const all = [...inputs, ...graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''))];
  const known = new Set(all);
  const check = (role: string, name: string | undefined, among: ReadonlySet<string>, list: readonly string[]): void => {
    if (name === undefined || among.has(name)) return;
    throw unsupported(
      file,
      `it has no value '${name}', which was named as its ${role}`,
      list.length === 0 ? 'Leave the name out.' : `Values with names like it: ${similar(list, name)}.`,
    );
  };
  check('picture input', values?.pixels, new Set(inputs), inputs);
  check('tokens', values?.tokens, known, all);
  check('logits', values?.logits, known, all);
}

function isPicture(info: ValueInfo): boolean {
  return info.dims?.length === 4 && ['float32', 'float16', 'bfloat16', 'uint8'].includes(info.type);
}

/**
 * Finds the picture input, `[batch, channels, H, W]` or `[batch, H, W, channels]`, among those that the answer `needs`.
 * @throws AppError `MODEL_NOT_VIT` or `MODEL_UNSUPPORTED` naming the inputs.
 */
export function pixelInput(
  graph: Graph,
  values: NamedValues | null | undefined,
  needs: ReadonlySet<string>,
  file: string,
): PixelInput {
  const inputs = pureInputs(graph).filter(({ name }) => needs.has(name));
  const named = inputs.filter((input) =>
    values?.pixels === undefined ? isPicture(input) : input.name === values.pixels,
  );
  const [input] = named.length > 1 ? named.filter(({ name }) => /pixel|image|input|^x$/i.test(name)) : named;
  if (!input) throw noPicture(inputs, file);
  const others = inputs.filter(({ name }) => name !== input.name);
  const text = others.filter(({ type }) => type === 'int64' || type === 'int32');
  if (text.length > 0) {
    throw notVit(
      file,
      `besides the picture '${input.name}' it reads text (${text.map(({ name }) => `'${name}'`).join(', ')}), as the two encoders of CLIP do`,
      'Export the vision encoder alone, with a classification head.',
    );
  }
  if (others.length > 0) {
    throw unsupported(
      file,
      `besides the picture '${input.name}' it takes ${others.map(({ name }) => `'${name}'`).join(', ')}`,
      'Export the model with the picture as its only input.',
    );
  }
  if (!isPicture(input)) throw noPicture([input], file);
  const [batch, a, b, c] = input.dims ?? [];
  const isChannels = (dim: Dimension | undefined): boolean => dim === 3 || dim === 1;
  const nhwc = !isChannels(a) && isChannels(c);
  const [channels, height, width] = nhwc ? [c, a, b] : [a, b, c];
  const count = size(channels) ?? 3;
  if (count !== 3 && count !== 1) {
    throw notVit(file, `its input '${input.name}' has ${String(count)} channels instead of 3 or 1`);
  }
  for (const side of [height, width]) {
    if ((size(side) ?? 0) > largestSide)
      throw notVit(file, `its input '${input.name}' is ${String(side)} pixels a side`);
  }
  return {
    name: input.name,
    type: input.type === 'uint8' ? 'uint8' : input.type === 'float32' ? 'float32' : 'float16',
    layout: nhwc ? 'NHWC' : 'NCHW',
    batch: size(batch),
    channels: count,
    height: size(height),
    width: size(width),
  };
}

function noPicture(inputs: readonly ValueInfo[], file: string): Error {
  const list = inputs.map(({ name, type, dims }) => `'${name}': ${type}[${dims?.join(', ') ?? '?'}]`).join('; ');
  if (inputs.some(({ type }) => type === 'int64' || type === 'int32')) {
    return notVit(file, `it takes whole numbers (${list}), so it reads text or token ids, not pictures`);
  }
  return notVit(file, `none of its inputs is a picture [batch, channels, height, width] (${list || 'it has none'})`);
}

function severalAnswers(rivals: readonly ValueInfo[], file: string): Error {
  const list = rivals.map(({ name }) => `'${name}'`).join(' and ');
  return unsupported(
    file,
    `its outputs ${list} both look like the answer of a classifier`,
    `Name the one to use as the model's logits (--logits-value NAME, or on the model's page).`,
  );
}

/** Names that exporters give to a classifier's answer, best first. */
const answerNames = [/^logits$/i, /logit/i, /prob|softmax|score|pred|class/i, /^output/i] as const;

/** The value that holds the scores of the classes, and the choice that the graph goes on to make of them. */
export interface Answer {
  readonly name: string;
  readonly choice: Choice | null;
}

/**
 * The value that holds the classes, `[batch, classes]`: an output, or what an output was chosen from by ArgMax or TopK.
 * @throws AppError `MODEL_NOT_VIT` when there is none.
 */
export function answerOutput(
  graph: Graph,
  rank: (name: string) => number | null,
  values: NamedValues | null | undefined,
  file: string,
): Answer {
  if (values?.logits !== undefined) return { name: values.logits, choice: null };
  const choices = choicesOf(graph);
  const chosen = new Set(choices.map(({ output }) => output));
  const candidates = graph.outputs.filter(
    ({ name, dims }) => !chosen.has(name) && (dims?.length ?? rank(name) ?? 2) === 2,
  );
  const best = answerNames.map((pattern) => candidates.filter(({ name }) => pattern.test(name)));
  const alike = best.find(({ length }) => length > 0) ?? candidates;
  const [first, ...others] = alike;
  const choice = choices.find(({ scores }) => (rank(scores) ?? 2) === 2);
  // Features beside the choice are no answer: what the graph itself chooses from goes before an output of any name.
  const named = best.slice(0, -1).some(({ length }) => length > 0);
  if (choice !== undefined && !named) {
    return { name: choice.scores, choice };
  }
  const rival = others.find(({ dims }) => dims?.[1] === first?.dims?.[1]);
  if (first && rival) throw severalAnswers([first, rival], file);
  if (first) return { name: first.name, choice: null };
  const list = graph.outputs.map(({ name, dims }) => `'${name}' [${dims?.join(', ') ?? '?'}]`).join('; ');
  throw notVit(
    file,
    `none of its outputs is an answer [batch, classes] (${list}), so it has no classifier`,
    'An encoder without a classifier gives features; train and export it with its classification head.',
  );
}
