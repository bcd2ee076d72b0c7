/** The named weights of a model folder: one safetensors file, or several with an index. */

import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../shared/errors.js';
import type { DataType, Tensor } from '../onnx/tensor.js';
import { unsupported } from './not-vit.js';
import { refusePickles } from './pickles.js';
import { type SafetensorsEntry, type SafetensorsType, readSafetensors } from './safetensors.js';
import type { Linear, Norm } from './vit.js';
import { type Weight, storedWeight, transposedWeight } from './weight.js';

const floatTypes: Partial<Record<SafetensorsType, DataType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F64: 'float64',
};

/** Wrappers that training frameworks put before every name. */
const wrappers = ['module.', '_orig_mod.', 'model.'] as const;

interface Entry {
  readonly tensor: SafetensorsEntry;
  readonly file: string;
}

const fitHint = 'The file does not fit its config.json; get both again.';

/** Weights by name, checked against the shapes that are asked for. */
export class Checkpoint {
  /** Paths of the files, in the order of their names. */
  readonly files: readonly string[];
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #used = new Set<string>();

  constructor(files: readonly string[], entries: ReadonlyMap<string, Entry>) {
    this.files = files;
    this.#entries = entries;
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Size of a weight along `axis`; 0 when it is not there or empty. */
  size(name: string, axis: number): number {
    const shape = this.#entries.get(name)?.tensor.shape ?? [];
    return shape.includes(0) ? 0 : (shape[axis] ?? 0);
  }

  /** The weight as it lies in the file, seen with the shape `dims`. @throws AppError `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED`. */
  tensor(name: string, ...dims: number[]): Tensor {
    const entry = this.#entries.get(name);
    if (!entry) {
      throw new AppError('MODEL_UNREADABLE', `${this.#place} has no weight '${name}'.`, fitHint);
    }
    const { dtype, shape, data } = entry.tensor;
    const count = (sizes: readonly number[]): number => sizes.reduce((product, dim) => product * dim, 1);
    if (count(shape) !== count(dims)) {
      throw new AppError(
        'MODEL_UNREADABLE',
        `${entry.file}: weight '${name}' has shape [${shape.join(', ')}], expected [${dims.join(', ')}].`,
        fitHint,
      );
    }
    const type = floatTypes[dtype];
    if (type === undefined) {
      throw unsupported(
        entry.file,
        `weight '${name}' is stored as ${dtype}`,
        'Weights in float32, float16, bfloat16 and float64 open: save the model in one of them (model.half() or model.float()), or export it to ONNX, where 8-bit weights open too.',
      );
    }
    this.#used.add(name);
    return { type, dims, bytes: data };
  }

  weight(name: string, ...dims: number[]): Weight {
    return storedWeight(this.tensor(name, ...dims));
  }

  /** A linear layer. PyTorch keeps `[outputs, inputs]`; graphs multiply by `[inputs, outputs]`. */
  linear(name: string, inputs: number, outputs: number): Linear {
    const bias = this.has(`${name}.bias`) ? this.weight(`${name}.bias`, outputs) : null;
    return { inputs, outputs, weight: transposedWeight(this.weight(`${name}.weight`, outputs, inputs)), bias };
  }

  /** `count` layers stored as one, with their outputs one after the other. */
  stackedLinears(name: string, inputs: number, outputs: number, count: number): readonly Linear[] {
    const weight = this.tensor(`${name}.weight`, count * outputs, inputs);
    const bias = this.has(`${name}.bias`) ? this.tensor(`${name}.bias`, count * outputs) : null;
    return Array.from({ length: count }, (_, index) => ({
      inputs,
      outputs,
      weight: transposedWeight(storedWeight(partOf(weight, index, count, [outputs, inputs]))),
      bias: bias && storedWeight(partOf(bias, index, count, [outputs])),
    }));
  }

  /** A normalisation; one without a bias has no shift. */
  norm(name: string, width: number, epsilon: number, kind: Norm['kind'] = 'layer'): Norm {
    const shift = this.has(`${name}.bias`) ? this.weight(`${name}.bias`, width) : null;
    return { kind, scale: this.weight(`${name}.weight`, width), shift, epsilon };
  }

  /** Types of the weights that were asked for, those with the most bytes first. */
  get weightTypes(): readonly string[] {
    const bytes = new Map<string, number>();
    for (const name of this.#used) {
      const tensor = this.#entries.get(name)?.tensor;
      const type = tensor && floatTypes[tensor.dtype];
      if (tensor && type) bytes.set(type, (bytes.get(type) ?? 0) + tensor.data.length);
    }
    return [...bytes].sort(([, a], [, b]) => b - a).map(([type]) => type);
  }

  get #place(): string {
    const [first = '', ...rest] = this.files;
    return rest.length === 0 ? first : dirname(first);
  }
}

/** Part `index` of `count` equal ones along the first dimension: a view. */
function partOf(tensor: Tensor, index: number, count: number, dims: readonly number[]): Tensor {
  const size = tensor.bytes.length / count;
  return { type: tensor.type, dims, bytes: tensor.bytes.subarray(index * size, (index + 1) * size) };
}

const indexSchema = v.object({ weight_map: v.record(v.string(), v.pipe(v.string(), v.minLength(1))) });

/** Files of an index in the order of their names. @throws AppError `MODEL_UNREADABLE` naming what is wrong or missing. */
async function shardsOf(index: string): Promise<readonly string[]> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(index, 'utf8'));
  } catch (error) {
    throw new AppError('MODEL_UNREADABLE', `${index} is not valid JSON.`, 'Download the model again.', {
      cause: error,
    });
  }
  const parsed = v.safeParse(indexSchema, json);
  if (!parsed.success) {
    throw new AppError('MODEL_UNREADABLE', `${index} has no weight_map.`, 'Download the model again.');
  }
  const names = [...new Set(Object.values(parsed.output.weight_map))].sort();
  const outside = names.find((name) => basename(name) !== name || name === '..' || /[\\/]/.test(name));
  if (outside !== undefined) {
    throw new AppError(
      'MODEL_UNREADABLE',
      `${index} names a file outside its folder: '${outside}'.`,
      'The weights of a model lie beside its index; download the model again.',
    );
  }
  return names.map((name) => join(dirname(index), name));
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

/** The weight files of a folder, or the one that is meant by a path. */
async function weightFiles(path: string, folder: string): Promise<readonly string[]> {
  const index = join(folder, 'model.safetensors.index.json');
  const whole = join(folder, 'model.safetensors');
  const shard = /-\d+-of-\d+\.safetensors$/i.test(path);
  if (path !== folder && !shard) return [path];
  if (!shard && (await isFile(whole))) return [whole];
  if (await isFile(index)) {
    const files = await shardsOf(index);
    for (const file of files) {
      if (await isFile(file)) continue;
      throw new AppError(
        'MODEL_UNREADABLE',
        `${folder} lacks ${basename(file)}, one of the ${String(files.length)} weight files that its index names.`,
        'Download the missing file into the same folder.',
      );
    }
    return files;
  }
  await refusePickles(folder);
  throw new AppError(
    'MODEL_NOT_FOUND',
    shard
      ? `${folder} has no model.safetensors.index.json that joins its shards.`
      : `${folder} has no model.safetensors.`,
    'Choose a folder with config.json and model.safetensors, or an .onnx file.',
  );
}

/** Names without what training frameworks put before all of them. */
function unwrapped(entries: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
  const names = [...entries.keys()];
  const wrapper = wrappers.find((prefix) => names.length > 0 && names.every((name) => name.startsWith(prefix)));
  if (wrapper === undefined) return entries;
  return unwrapped(new Map([...entries].map(([name, entry]) => [name.slice(wrapper.length), entry])));
}

/**
 * Reads the weights of a folder, or of the safetensors file at `path` in it. Weights are views into the files' bytes.
 * @throws AppError `MODEL_NOT_FOUND`, `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED`, `TENSOR_FILE_INVALID` naming the file.
 */
export async function readCheckpoint(path: string, folder: string): Promise<Checkpoint> {
  const files = await weightFiles(path, folder);
  const entries = new Map<string, Entry>();
  for (const file of files) {
    for (const [name, tensor] of (await readSafetensors(file)).tensors) entries.set(name, { tensor, file });
  }
  return new Checkpoint(files, unwrapped(entries));
}
