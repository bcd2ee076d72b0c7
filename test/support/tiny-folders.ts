/** Tiny folders of weights, random and always the same, in every type of storage. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SafetensorsEntry, type SafetensorsType, writeSafetensors } from '../../src/main/model/safetensors.js';
import { type PlainSpec, type PlainTensor, type State, pointwise } from './plain-vit.js';

export const tiny = { width: 24, heads: 3, inner: 40, blocks: 2, image: 16, patch: 4, classes: 3 } as const;

export type Shapes = Readonly<Record<string, readonly number[]>>;

export interface TinyFolder {
  readonly config: Readonly<Record<string, unknown>>;
  readonly state: State;
  readonly spec: PlainSpec;
}

/** Numbers between -1 and 1 from a seed (mulberry32). */
function noise(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

/** Random weights; scales of norms lie around 1. */
export function randomState(shapes: Shapes, seed = 1): State {
  return new Map(
    Object.entries(shapes).map(([name, shape], index): [string, PlainTensor] => {
      const count = shape.reduce((a, b) => a * b, 1);
      const isScale = /norm[\w]*\.weight$|layrnorm\.weight$/.test(name);
      const data = noise(count, seed * 1000 + index).map((value) => (isScale ? 1 + 0.3 * value : 0.35 * value));
      return [name, { shape, data }];
    }),
  );
}

export function norm(name: string, width: number, rms = false): Shapes {
  return { [`${name}.weight`]: [width], ...(rms ? {} : { [`${name}.bias`]: [width] }) };
}

export function linear(name: string, inputs: number, outputs: number, bias = true): Shapes {
  return { [`${name}.weight`]: [outputs, inputs], ...(bias ? { [`${name}.bias`]: [outputs] } : {}) };
}

export function perBlock(shapes: (index: number) => Shapes): Shapes {
  return Object.assign({}, ...Array.from({ length: tiny.blocks }, (_, index) => shapes(index))) as Shapes;
}

/** Patches of a picture. */
export const patches = (tiny.image / tiny.patch) ** 2;

/** What few models have. */
export const nothing = { stemNorm: null, pooledNorm: null, hidden: null, distilled: null } as const;

export const base = {
  image: tiny.image,
  patch: tiny.patch,
  heads: tiny.heads,
  blocks: tiny.blocks,
  epsilon: 1e-5,
  activation: pointwise.gelu,
} as const;

/** Bytes of a tensor in a storage type. bfloat16 by truncation, so that a truncated float32 says the same. */
function stored({ shape, data }: PlainTensor, dtype: SafetensorsType): SafetensorsEntry {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  if (dtype === 'BF16') {
    const halves = Uint16Array.from(bits, (word) => word >>> 16);
    return { dtype, shape, data: new Uint8Array(halves.buffer) };
  }
  if (dtype === 'F16') return { dtype, shape, data: new Uint8Array(Uint16Array.from(data, halfOf).buffer) };
  if (dtype === 'F64') return { dtype, shape, data: new Uint8Array(Float64Array.from(data).buffer) };
  return { dtype, shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** float16 bits of a number between -2 and 2 that float16 holds exactly. */
function halfOf(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent) * 1024);
  const sign = value < 0 ? 0x8000 : 0;
  return fraction < 1024 ? sign | fraction : sign | ((exponent + 15) << 10) | (fraction - 1024);
}

/** The weights rounded to what `dtype` holds. */
export function roundedState(state: State, dtype: 'BF16' | 'F16'): State {
  return new Map(
    [...state].map(([name, { shape, data }]) => {
      if (dtype === 'F16') return [name, { shape, data: data.map((value) => Math.round(value * 512) / 512) }];
      const bits = new Uint32Array(data.slice().buffer).map((word) => word & 0xffff0000);
      return [name, { shape, data: new Float32Array(bits.buffer) }];
    }),
  );
}

export function entriesOf(state: State, dtype: SafetensorsType = 'F32'): Map<string, SafetensorsEntry> {
  return new Map([...state].map(([name, tensor]) => [name, stored(tensor, dtype)]));
}

/** Writes config.json and model.safetensors. */
export async function writeFolder(
  folder: string,
  { config: json, state }: Pick<TinyFolder, 'config' | 'state'>,
  dtype: SafetensorsType = 'F32',
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(json));
  await writeSafetensors(join(folder, 'model.safetensors'), entriesOf(state, dtype));
}
