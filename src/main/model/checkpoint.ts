/** The named weights of a model folder: one safetensors file, or several with an index. */

import { dirname } from 'node:path';
import { AppError } from '../../shared/errors.js';
import { refuseForeignFile } from '../onnx/foreign-file.js';
import type { DataType, Tensor } from '../onnx/tensor.js';
import { followed } from './hub-cache.js';
import { adapterRefusal } from './model-folder.js';
import { unsupported } from './not-vit.js';
import { type SafetensorsEntry, type SafetensorsFile, type SafetensorsType, readSafetensors } from './safetensors.js';
import type { Linear, Norm } from './vit.js';
import { weightFiles } from './weight-files.js';
import { namesInWords, unwrappedNames } from './weight-names.js';
import { type Weight, storedWeight, transposedWeight } from './weight.js';

const floatTypes: Partial<Record<SafetensorsType, DataType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F64: 'float64',
};

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
  /** What is to be said about where the weights were found and how they are called. */
  readonly remarks: readonly string[];
  readonly #used = new Set<string>();

  constructor(files: readonly string[], entries: ReadonlyMap<string, Entry>, remarks: readonly string[] = []) {
    this.files = files;
    this.#entries = entries;
    this.remarks = remarks;
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
      throw new AppError(
        'MODEL_UNREADABLE',
        `${this.#place} has no weight '${name}'. ${namesInWords(this.names)}`,
        fitHint,
      );
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

/** The tensors of a file, in a hub's cache of the blob that it stands for. @throws AppError saying what the file is when it is something else. */
async function readFileOf(path: string): Promise<SafetensorsFile> {
  const place = await followed(path);
  await refuseForeignFile(place);
  return readSafetensors(place);
}

/**
 * Reads the weights of a folder, or of the safetensors file at `path` in it. Weights are views into the files' bytes.
 * @param anchors names of weights that any such model has: what stands before one of them is a wrapper of all.
 * @throws AppError `MODEL_NOT_FOUND`, `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED`, `TENSOR_FILE_INVALID` naming the file.
 */
export async function readCheckpoint(path: string, folder: string, anchors: readonly string[]): Promise<Checkpoint> {
  const { files, remarks } = await weightFiles(path, folder);
  const entries = new Map<string, Entry>();
  for (const file of files) {
    for (const [name, tensor] of (await readFileOf(file)).tensors) entries.set(name, { tensor, file });
  }
  const adapter = [...entries.keys()].some((name) =>
    /(^|\.)(lora_[AB]|lora_embedding_[AB]|original_module)\./.test(name),
  );
  if (adapter) throw adapterRefusal(files[0] ?? folder);
  const { names, remark } = unwrappedNames([...entries.keys()], anchors);
  const unwrapped = new Map([...entries].flatMap(([name, entry]) => [[names.get(name) ?? name, entry] as const]));
  return new Checkpoint(await Promise.all(files.map(followed)), unwrapped, [...remarks, ...remark]);
}
