/** The golden tensors of the reference implementations, and how maps are compared with them. */

import { type SafetensorsFile, floatsFrom, integersFrom, readSafetensors } from '../../src/main/model/safetensors.js';
import { shared } from './shared.js';

export const goldenImages = ['n01729322', 'n01729977', 'n01734418', 'n03876231'] as const;

/** The file `name` of one golden image, or of `common`. */
export function golden(image: string, name: string): Promise<SafetensorsFile> {
  return readSafetensors(shared('golden', image, `${name}.safetensors`));
}

/** A tensor of a file as float32, whatever floating type it is stored in. */
export function floatsOf(file: SafetensorsFile, name: string): Float32Array {
  const entry = file.tensors.get(name);
  if (!entry) throw new Error(`The golden file has no '${name}'`);
  return floatsFrom(entry, name);
}

export function integersOf(file: SafetensorsFile, name: string): Int32Array | undefined {
  const entry = file.tensors.get(name);
  return entry && integersFrom(entry, name);
}

/** The classes that a golden run has maps of. */
export function classesOf(file: SafetensorsFile): Int32Array {
  return Int32Array.from(JSON.parse(file.metadata.classes ?? '[]') as number[]);
}

/** Largest absolute difference where both are numbers; infinity where only one is. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, index) => {
    const other = b[index] ?? Number.NaN;
    if (Number.isNaN(value) || Number.isNaN(other)) return Number.isNaN(value) && Number.isNaN(other) ? most : Infinity;
    return Math.max(most, Math.abs(value - other));
  }, 0);
}

/** Lowest value 0, highest 1. */
export function minMaxScaled(map: Float32Array): Float32Array {
  const low = map.reduce((least, value) => Math.min(least, value), Infinity);
  const high = map.reduce((most, value) => Math.max(most, value), -Infinity);
  return map.map((value) => (value - low) / (high - low));
}

/** Largest difference of the min-max scaled maps: the measure of parity. */
export function scaledDifference(a: Float32Array, b: Float32Array): number {
  return largestDifference(minMaxScaled(a), minMaxScaled(b));
}
