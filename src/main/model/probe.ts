/** Asks an ONNX classifier itself: its picture input, and chosen inner values for a zero and for a random picture. */

import { AppError } from '../../shared/errors.js';
import { type Graph, type Model, type ValueInfo, pureInputs } from '../onnx/graph.js';
import { type CreateSession, type RunTensor, floatOutput, floats } from '../onnx/runner.js';
import { notVit } from './not-vit.js';

/** The picture a classifier takes. */
export interface Input {
  readonly name: string;
  /** The fixed batch size; undefined when any is allowed. */
  readonly batch: number | undefined;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Finds the one float32 picture input `[batch, 3, H, W]`; `fallback` stands in for an open size.
 * @throws AppError `MODEL_NOT_VIT` or `MODEL_UNSUPPORTED` naming the input.
 */
export function pixelInput(graph: Graph, file: string, fallback: number | undefined): Input {
  const inputs = pureInputs(graph);
  const [input] = inputs;
  if (inputs.length !== 1 || !input)
    throw notVit(file, `it has ${String(inputs.length)} inputs instead of one picture`);
  const [batch, channels, height, width] = input.dims ?? [];
  if (input.dims?.length !== 4 || input.type !== 'float32')
    throw notVit(file, `its input '${input.name}' is not a float32 picture [batch, channels, height, width]`);
  const [tall, wide] = [height, width].map((size) => (typeof size === 'number' && size > 0 ? size : fallback));
  if (tall === undefined || wide === undefined) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${file} takes pictures of any size, so the size it was trained with is unknown.`,
      'Put its preprocessor_config.json beside it, or export it with a fixed size.',
    );
  }
  if (channels !== 3) throw notVit(file, `its input has ${String(channels)} channels instead of 3`);
  return {
    name: input.name,
    batch: typeof batch === 'number' && batch > 0 ? batch : undefined,
    channels,
    height: tall,
    width: wide,
  };
}

/** The same model with further values as outputs. */
function exposing(model: Model, names: readonly string[]): Model {
  const present = new Set(model.graph.outputs.map((output) => output.name));
  const extra = [...new Set(names)]
    .filter((name) => !present.has(name))
    .map((name): ValueInfo => ({ name, type: 'float32', dims: null }));
  return { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, ...extra] } };
}

/** What the original answered. */
export interface Probe {
  /** Values of the original model for a zero and for a random picture: the first of the batch, flat. */
  readonly zero: ReadonlyMap<string, RunTensor>;
  readonly random: ReadonlyMap<string, RunTensor>;
  readonly picture: Float32Array;
}

/** Some exports bake the batch of their example into the graph without saying so. */
const likelyBatches = [1, 2, 4, 8, 16, 32] as const;

function firstOfBatch(outputs: Readonly<Record<string, RunTensor>>, batch: number): ReadonlyMap<string, RunTensor> {
  const first = new Map<string, RunTensor>();
  for (const [name, tensor] of Object.entries(outputs)) {
    if (tensor.type !== 'float32') continue;
    first.set(name, { ...tensor, data: tensor.data.slice(0, tensor.data.length / batch) });
  }
  return first;
}

/** Runs the original on a zero and a random picture, to its output and the values called `names`. */
export async function probe(
  model: Model,
  input: Input,
  names: readonly string[],
  createSession: CreateSession,
): Promise<Probe> {
  const session = await createSession(exposing(model, names));
  const size = input.channels * input.height * input.width;
  const picture = Float32Array.from(
    { length: size },
    (_, index) => Math.sin(index * 12.9898) * Math.cos(index * 0.078233),
  );
  const run = async (values: Float32Array, batch: number): Promise<ReadonlyMap<string, RunTensor>> => {
    const data = new Float32Array(batch * size);
    for (let item = 0; item < batch; item += 1) data.set(values, item * size);
    const feed = floats(data, batch, input.channels, input.height, input.width);
    return firstOfBatch(await session.run({ [input.name]: feed }), batch);
  };
  try {
    let refusal: unknown;
    for (const batch of input.batch === undefined ? likelyBatches : [input.batch]) {
      try {
        return { zero: await run(new Float32Array(size), batch), random: await run(picture, batch), picture };
      } catch (error) {
        refusal ??= error;
      }
    }
    throw refusal;
  } finally {
    await session.release();
  }
}

/** A probed float32 value. */
export function probed(values: ReadonlyMap<string, RunTensor>, name: string): Float32Array {
  return floatOutput(Object.fromEntries(values), name);
}
