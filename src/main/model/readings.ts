/** Reads off what a part of a graph that only rearranges, scales and shifts does to every number: four runs tell. */

import type { Answer, Asker } from './ask.js';
import { answerOf } from './ask.js';

/** A value that the part is given, with the code of its columns and rows. */
export interface Source {
  readonly name: string;
  /** Code of the first column: several sources can share one numbering. */
  readonly firstColumn: number;
  /** Whether columns lie before rows (a transposed product). */
  readonly turned?: boolean;
}

/** A source whose numbers are given: arguments for pointwise functions. */
export type Arguments = ReadonlyMap<string, Float32Array>;

/** `value[i] = factor[i] * source[row[i], column[i]] + offset[i]`, -1 where no single source element was found. */
export interface Reading {
  readonly dims: readonly number[];
  readonly offset: Float32Array;
  readonly factor: Float32Array;
  readonly column: Int32Array;
  readonly row: Int32Array;
}

/** Large enough that an offset does not disturb the factor, small enough that codes stay exact. */
const big = 4096;

type Kind = 'zero' | 'big' | 'column' | 'row';

function numbers(kind: Kind, source: Source, dims: readonly number[]): Float32Array {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(size);
  if (kind === 'zero') return data;
  if (kind === 'big') return data.fill(big);
  const last = dims.at(-1) ?? 1;
  const beforeLast = source.turned === true ? (dims.at(-2) ?? 1) : 1;
  for (let at = 0; at < size; at += 1) {
    const inner = at % last;
    const outer = (at - inner) / last;
    // Turned: [lead, column, row]; else [row, column].
    const column = source.turned === true ? outer % beforeLast : inner;
    const row = source.turned === true ? ((outer - column) / beforeLast) * last + inner : outer;
    data[at] = 1 + (kind === 'column' ? source.firstColumn + column : row);
  }
  return data;
}

function decode(zero: Answer, large: Answer, columns: Answer, rows: Answer): Reading {
  const count = zero.data.length;
  const factor = new Float32Array(count);
  const column = new Int32Array(count).fill(-1);
  const row = new Int32Array(count).fill(-1);
  for (let at = 0; at < count; at += 1) {
    const offset = zero.data[at] ?? Number.NaN;
    const slope = ((large.data[at] ?? Number.NaN) - offset) / big;
    factor[at] = Math.abs(slope - 1) < 1e-6 ? 1 : slope;
    if (!(Math.abs(slope) > 1e-9)) continue;
    const c = ((columns.data[at] ?? Number.NaN) - offset) / slope - 1;
    const r = ((rows.data[at] ?? Number.NaN) - offset) / slope - 1;
    if (Math.abs(c - Math.round(c)) < 0.05) column[at] = Math.round(c);
    if (Math.abs(r - Math.round(r)) < 0.05) row[at] = Math.round(r);
  }
  return { dims: zero.dims, offset: zero.data, factor, column, row };
}

export interface Readings {
  readonly readings: ReadonlyMap<string, Reading>;
  /** What the part makes of the given arguments. */
  readonly functions: ReadonlyMap<string, Answer>;
}

/** Runs the part from `sources` and `given` to `wanted` (read off) and `functions` (evaluated on what is given). */
export async function takeReadings(
  asker: Asker,
  sources: readonly Source[],
  wanted: readonly string[],
  what: string,
  given: Arguments = new Map(),
  functions: readonly string[] = [],
): Promise<Readings> {
  const part = await asker.part([...sources.map(({ name }) => name), ...given.keys()], [...wanted, ...functions], what);
  const run = async (kind: Kind): Promise<ReadonlyMap<string, Answer>> => {
    const values = sources.map((source): [string, Float32Array] => [
      source.name,
      numbers(kind, source, asker.dims(source.name)),
    ]);
    return part.run(new Map([...values, ...given]));
  };
  try {
    const zero = await run('zero');
    const evaluated = new Map(functions.map((name) => [name, answerOf(zero, name)]));
    if (wanted.length === 0) return { readings: new Map(), functions: evaluated };
    const [large, columns, rows] = [await run('big'), await run('column'), await run('row')];
    const readings = wanted.map((name): [string, Reading] => [
      name,
      decode(answerOf(zero, name), answerOf(large, name), answerOf(columns, name), answerOf(rows, name)),
    ]);
    return { readings: new Map(readings), functions: evaluated };
  } finally {
    await part.release();
  }
}
