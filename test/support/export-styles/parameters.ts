/** Random weights of an architecture, laid out as PyTorch's modules hold them. */

import { type Architecture, patches } from './architecture.js';
import { normal } from './random.js';

/** Row-major numbers with their shape. */
export interface Numbers {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** `y = x Wt + b` with `W` `[outputs, inputs]`. */
export interface LinearParameters {
  readonly weight: Numbers;
  readonly bias: Numbers | null;
}

export interface NormParameters {
  readonly kind: 'layer' | 'rms';
  readonly scale: Numbers;
  /** Null for RMS norms. */
  readonly shift: Numbers | null;
  readonly epsilon: number;
}

export interface BlockParameters {
  readonly norm1: NormParameters;
  readonly query: LinearParameters;
  readonly key: LinearParameters;
  readonly value: LinearParameters;
  readonly queryNorm: NormParameters | null;
  readonly keyNorm: NormParameters | null;
  readonly projection: LinearParameters;
  readonly scale1: Numbers | null;
  readonly norm2: NormParameters;
  readonly in: LinearParameters;
  readonly gate: LinearParameters | null;
  readonly out: LinearParameters;
  readonly scale2: Numbers | null;
}

export interface Parameters {
  /** `[D, channels, patchHeight, patchWidth]`. */
  readonly patch: LinearParameters;
  /** One `[1, 1, D]` a prefix token. */
  readonly prefix: readonly Numbers[];
  /** `[1, positions, D]`. */
  readonly positions: Numbers;
  readonly stemNorm: NormParameters | null;
  readonly blocks: readonly BlockParameters[];
  readonly finalNorm: NormParameters | null;
  readonly pooledNorm: NormParameters | null;
  readonly preLogits: LinearParameters | null;
  readonly head: LinearParameters;
  /** The head of the distillation token. */
  readonly distilledHead: LinearParameters | null;
}

/** Draws tensors one after the other from one seed. */
class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = normal(seed);
  }

  /** Numbers around `mean` with the given deviation. */
  numbers(dims: readonly number[], deviation: number, mean = 0): Numbers {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return { dims, data: Float32Array.from({ length: count }, () => mean + deviation * this.#next()) };
  }

  linear(inputs: number, outputs: number, bias: boolean): LinearParameters {
    return {
      weight: this.numbers([outputs, inputs], 1.3 / Math.sqrt(inputs)),
      bias: bias ? this.numbers([outputs], 0.3) : null,
    };
  }

  norm(kind: 'layer' | 'rms', width: number, epsilon: number): NormParameters {
    return {
      kind,
      scale: this.numbers([width], 0.2, 1),
      shift: kind === 'layer' ? this.numbers([width], 0.2) : null,
      epsilon,
    };
  }
}

function drawBlock(draw: Draw, a: Architecture): BlockParameters {
  const attended = a.heads * a.headWidth;
  const { qkNorm } = a;
  return {
    norm1: draw.norm(a.normKind, a.dim, a.epsilon),
    query: draw.linear(a.dim, attended, a.qkvBias),
    key: draw.linear(a.dim, attended, a.qkvBias),
    value: draw.linear(a.dim, attended, a.qkvBias),
    queryNorm: qkNorm && draw.norm(qkNorm, a.headWidth, a.epsilon),
    keyNorm: qkNorm && draw.norm(qkNorm, a.headWidth, a.epsilon),
    projection: draw.linear(attended, a.dim, a.bias),
    scale1: a.layerScale ? draw.numbers([a.dim], 0.2, 0.5) : null,
    norm2: draw.norm(a.normKind, a.dim, a.epsilon),
    in: draw.linear(a.dim, a.inner, a.bias),
    gate: a.gated ? draw.linear(a.dim, a.inner, a.bias) : null,
    out: draw.linear(a.inner, a.dim, a.bias),
    scale2: a.layerScale ? draw.numbers([a.dim], 0.2, 0.5) : null,
  };
}

/** Number of rows of the position embedding. */
function positionCount(a: Architecture): number {
  const prefix = { all: a.prefix, 'not-registers': a.prefix.filter((token) => token !== 'register'), patches: [] };
  return prefix[a.positions].length + patches(a);
}

/** Random weights that make every part matter: attention is far from uniform and no branch is negligible. */
export function randomParameters(a: Architecture, seed: number): Parameters {
  const draw = new Draw(seed);
  const patchInputs = a.channels * a.patchHeight * a.patchWidth;
  const projection = draw.linear(patchInputs, a.dim, a.bias);
  const pooled = a.pooling === 'cls-and-mean-patches' ? 2 * a.dim : a.dim;
  return {
    patch: {
      ...projection,
      weight: { ...projection.weight, dims: [a.dim, a.channels, a.patchHeight, a.patchWidth] },
    },
    prefix: a.prefix.map(() => draw.numbers([1, 1, a.dim], 0.7)),
    positions: draw.numbers([1, positionCount(a), a.dim], 0.5),
    stemNorm: a.stemNorm ? draw.norm(a.normKind, a.dim, a.epsilon) : null,
    blocks: Array.from({ length: a.blocks }, () => drawBlock(draw, a)),
    finalNorm: a.finalNorm ? draw.norm(a.normKind, a.dim, a.epsilon) : null,
    pooledNorm: a.pooledNorm ? draw.norm(a.normKind, pooled, a.epsilon) : null,
    preLogits: a.preLogits === null ? null : draw.linear(pooled, a.preLogits, a.bias),
    head: draw.linear(a.preLogits ?? pooled, a.classes, a.bias),
    distilledHead: a.pooling === 'distilled' ? draw.linear(pooled, a.classes, a.bias) : null,
  };
}

/** `[rows, columns]` as `[columns, rows]`. */
export function transposed({ data, dims }: Numbers): Numbers {
  const [rows = 0, columns = 0] = dims;
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      result[column * rows + row] = data[row * columns + column] ?? 0;
    }
  }
  return { data: result, dims: [columns, rows] };
}

/** Numbers one after the other along the first dimension. */
function stacked(parts: readonly Numbers[]): Numbers {
  const [first] = parts;
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const rows = parts.reduce((sum, part) => sum + (part.dims[0] ?? 0), 0);
  return { data, dims: [rows, ...(first?.dims.slice(1) ?? [])] };
}

/** Several linear layers of the same input as one. */
export function joined(layers: readonly LinearParameters[]): LinearParameters {
  const biases = layers.flatMap(({ bias }) => bias ?? []);
  return {
    weight: stacked(layers.map(({ weight }) => weight)),
    bias: biases.length > 0 ? stacked(biases) : null,
  };
}
