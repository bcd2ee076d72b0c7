/** Reads the attention of one block off a graph: which columns of which layer are which head's queries, keys and values. */

import type { Node } from '../onnx/graph.js';
import { reorderedRows, scaledColumns, vectorWeight } from './graph-weight.js';
import { notVit } from './not-vit.js';
import { readNorm } from './read-norm.js';
import type { Reading, Source } from './readings.js';
import { ScoresReader } from './read-scores.js';
import type { AttentionPart, BranchSite, Site } from './recognise-blocks.js';
import type { Setting } from './setting.js';
import { type Attention, type Linear, type Norm, usualScale } from './vit.js';
import { type Weight, joinedColumns, reorderedColumns } from './weight.js';

/** A column of a linear layer for every place of the heads: `[heads * d]`. */
interface Columns {
  readonly heads: number;
  readonly headWidth: number;
  readonly column: Int32Array;
  readonly factor: Float32Array;
  readonly offset: Float32Array;
  /** Factor behind the norm, where there is one. */
  readonly after: number;
  readonly norm: Norm | null;
  /** The leading index of each head in the product of its site, after the site's number: `0:5`. */
  readonly leads: readonly string[];
  /** The row of y that each place of the sequence reads, by head. */
  readonly rows: readonly (readonly number[])[];
}

/** The last dimension of a linear layer's result. */
export function outputsOf(setting: Setting, linear: Node): number {
  return setting.asker.dims(linear.outputs[0] ?? '').at(-1) ?? 0;
}

/** The weight of a product with a constant matrix. */
export function matrixOf(setting: Setting, linear: Node): Weight {
  const dims = setting.asker.dims(linear.inputs[1] ?? '');
  return setting.weights.weight(linear.inputs[1] ?? '', dims);
}

/** A vector whose numbers are all zero means no bias. */
function biasOf(values: Float32Array): Weight | null {
  return values.every((value) => value === 0) ? null : vectorWeight(values);
}

/** The sources that the readings of an attention branch need. */
export function attentionSources(setting: Setting, part: AttentionPart): readonly Source[] {
  let column = 0;
  const linears = part.inputs.map((linear) => {
    const source: Source = { name: linear.outputs[0] ?? '', firstColumn: column };
    column += outputsOf(setting, linear);
    return source;
  });
  const norms = part.norms.map((norm): Source => ({ name: norm.outputs[0] ?? '', firstColumn: 0 }));
  // One numbering for all sites, so that a column tells which of them it comes from.
  let first = 0;
  const mixes = part.sites.map(({ mix, turned }): Source => {
    const dims = setting.asker.dims(mix.outputs[0] ?? '');
    const source: Source = { name: mix.outputs[0] ?? '', firstColumn: first, turned };
    first += dims.at(turned ? -2 : -1) ?? 0;
    return source;
  });
  return [...linears, ...norms, ...mixes];
}

/** The values that the readings of an attention branch are of. */
export function attentionWanted(branch: BranchSite, part: AttentionPart): readonly string[] {
  return [
    ...part.sites.flatMap(({ query, key, value }) => [query, key, value]),
    ...part.norms.map((norm) => norm.inputs[0] ?? ''),
    branch.out.inputs[0] ?? '',
  ];
}

export class AttentionReader {
  readonly #setting: Setting;
  readonly #branch: BranchSite;
  readonly #part: AttentionPart;
  readonly #readings: ReadonlyMap<string, Reading>;
  readonly #block: number;

  constructor(
    setting: Setting,
    branch: BranchSite,
    part: AttentionPart,
    readings: ReadonlyMap<string, Reading>,
    block: number,
  ) {
    this.#setting = setting;
    this.#branch = branch;
    this.#part = part;
    this.#readings = readings;
    this.#block = block;
  }

  /** The attention, given the projection as the forward part reads it. */
  async read(projection: Linear): Promise<Attention> {
    const parts = { query: this.#columns('query'), key: this.#columns('key'), value: this.#columns('value') };
    const { heads, headWidth } = parts.query;
    this.#checkTokens(parts.query, parts.key, 'keys');
    this.#checkTokens(parts.query, parts.value, 'values');
    if (parts.key.headWidth !== headWidth) throw this.#refuse('has queries and keys of different widths');
    const merge = this.#merge(parts.value, parts.query);
    const query = this.#linear(parts.query, true);
    const key = this.#linear(parts.key, true);
    const value = this.#linear(merge.value, false);
    const measured =
      query.scale * key.scale * (await new ScoresReader(this.#setting, this.#part.sites, this.#block).scale());
    const usual = usualScale(headWidth);
    return {
      heads,
      headWidth,
      scale: Math.abs(measured / usual - 1) < 1e-5 ? usual : measured,
      query: query.linear,
      key: key.linear,
      value: value.linear,
      queryNorm: parts.query.norm,
      keyNorm: parts.key.norm,
      projection: { ...projection, weight: reorderedRows(projection.weight, merge.rows) },
    };
  }

  #refuse(reason: string, hint?: string): Error {
    return notVit(this.#setting.asker.file, `block ${String(this.#block + 1)} ${reason}`, hint);
  }

  #reading(name: string): Reading {
    const reading = this.#readings.get(name);
    if (!reading) throw new RangeError(`'${name}' was not read`);
    return reading;
  }

  /** Leading indices of a product's result: every head of every picture. */
  #leads(site: Site): readonly number[] {
    return this.#setting.asker.dims(site.mix.outputs[0] ?? '').slice(0, -2);
  }

  #columns(role: 'query' | 'key' | 'value'): Columns {
    const all = this.#part.sites.map((site, index) => this.#siteColumns(site, index, role));
    const [first] = all;
    if (!first) throw this.#refuse('has no attention');
    if (all.some((one) => one.headWidth !== first.headWidth)) throw this.#refuse('has heads of different widths');
    return {
      ...first,
      heads: all.reduce((sum, one) => sum + one.heads, 0),
      column: Int32Array.from(all.flatMap((one) => [...one.column])),
      factor: Float32Array.from(all.flatMap((one) => [...one.factor])),
      offset: Float32Array.from(all.flatMap((one) => [...one.offset])),
      leads: all.flatMap((one) => one.leads),
      rows: all.flatMap((one) => one.rows),
    };
  }

  #siteColumns(site: Site, index: number, role: 'query' | 'key' | 'value'): Columns {
    const name = site[role];
    const reading = this.#composed(name);
    const dims = reading.dims;
    const across = { query: site.scoresTurned, key: !site.scoresTurned, value: site.turned }[role];
    const [first = 0, second = 0] = dims.slice(-2);
    const [length, headWidth] = across ? [second, first] : [first, second];
    if (length !== this.#setting.tokens) {
      throw this.#refuse(
        `attends among ${String(length)} of the ${String(this.#setting.tokens)} tokens, so its attention works in windows or on reduced tokens (as in Swin or PVT), and single tokens cannot be left out`,
      );
    }
    const leads = this.#leads(site);
    const own = dims.slice(0, -2);
    const rowOf = (lead: number, token: number): number => {
      const base = leadIndex(leads, own, lead) * length * headWidth;
      return base + (across ? token : token * headWidth);
    };
    // The heads of one picture read the same rows: those of the first.
    const count = leads.reduce((product, dim) => product * dim, 1);
    const start = reading.row[rowOf(0, 0)] ?? -1;
    const heads = Array.from({ length: count }, (_, lead) => lead).filter(
      (lead) => reading.row[rowOf(lead, 0)] === start,
    );
    if (heads.length * this.#setting.batch !== count)
      throw this.#refuse('splits its heads in a way that was not understood');
    const step = across ? length : 1;
    const size = heads.length * headWidth;
    const columns = { column: new Int32Array(size), factor: new Float32Array(size), offset: new Float32Array(size) };
    const rows = heads.map((lead) => Array.from({ length }, (_, token) => reading.row[rowOf(lead, token)] ?? -1));
    heads.forEach((lead, head) => {
      for (let place = 0; place < headWidth; place += 1) {
        const at = rowOf(lead, 0) + place * step;
        const column = reading.column[at] ?? -1;
        columns.column[head * headWidth + place] = column;
        columns.factor[head * headWidth + place] = reading.factor[at] ?? 1;
        columns.offset[head * headWidth + place] = reading.offset[at] ?? 0;
        for (let token = 0; token < length; token += 1) {
          const there = rowOf(lead, token) + place * step;
          const same = reading.column[there] === column && reading.row[there] === rows[head]?.[token];
          if (column >= 0 && same && Math.abs((reading.offset[there] ?? 0) - (reading.offset[at] ?? 0)) < 1e-4 * (1 + Math.abs(reading.offset[at] ?? 0))) continue; // prettier-ignore
          throw this.#refuse(
            `changes its ${role === 'query' ? 'queries' : `${role}s`} ('${name}') by position, as rotary or relative position embeddings do, so where a token lies cannot be separated from what it says`,
          );
        }
      }
    });
    const leading = heads.map((lead) => `${String(index)}:${String(lead)}`);
    return {
      heads: heads.length,
      headWidth,
      ...columns,
      after: reading.after,
      norm: reading.norm,
      leads: leading,
      rows,
    };
  }

  /** A reading of a product's operand, followed through a norm of the heads to the linear layer. */
  #composed(name: string): Reading & { readonly after: number; readonly norm: Norm | null } {
    const { flow } = this.#setting;
    const reading = this.#reading(name);
    const outputs = new Map(this.#part.norms.map((norm) => [norm.outputs[0] ?? '', norm]));
    const { reached } = flow.regionBefore(name, new Set(outputs.keys()));
    const norms = [...reached].flatMap((border) => outputs.get(border) ?? []);
    const [node] = norms;
    if (!node) return { ...reading, after: 1, norm: null };
    if (norms.length > 1) throw this.#refuse('has several norms before one product');
    const inner = this.#reading(node.inputs[0] ?? '');
    const width = inner.dims.at(-1) ?? 1;
    const place = Array.from(
      { length: reading.column.length },
      (_, at) => (reading.row[at] ?? 0) * width + (reading.column[at] ?? 0),
    );
    if (reading.offset.some((offset) => Math.abs(offset) > 1e-6))
      throw this.#refuse('shifts its normalised queries or keys');
    const [after = 1] = reading.factor;
    if (reading.factor.some((factor) => Math.abs(factor / after - 1) > 1e-4))
      throw this.#refuse('scales its normalised queries or keys by place');
    // Places along the head lie in one order for all heads; the norm's parameters follow it.
    const along = reading.dims.at(-2) === width && reading.dims.at(-1) !== width ? (reading.dims.at(-1) ?? 1) : 1;
    const order = Array.from({ length: width }, (_, index) => reading.column[index * along] ?? index);
    const norm = readNorm(this.#setting.weights, node, width);
    return {
      dims: reading.dims,
      column: Int32Array.from(place, (at) => inner.column[at] ?? -1),
      row: Int32Array.from(place, (at) => inner.row[at] ?? -1),
      factor: Float32Array.from(place, (at) => inner.factor[at] ?? 1),
      offset: Float32Array.from(place, (at) => inner.offset[at] ?? 0),
      after,
      norm: {
        ...norm,
        scale: reorderedColumns(norm.scale, order),
        shift: norm.shift === null ? null : reorderedColumns(norm.shift, order),
      },
    };
  }

  #checkTokens(query: Columns, other: Columns, what: string): void {
    const same =
      query.heads === other.heads &&
      query.rows.every((row, head) => row.every((token, place) => token === other.rows[head]?.[place]));
    if (!same) throw this.#refuse(`has ${what} of other tokens than its queries`);
  }

  /** Brings the heads into the order in which the projection reads them. */
  #merge(value: Columns, query: Columns): { readonly value: Columns; readonly rows: readonly number[] } {
    const { heads, headWidth } = value;
    const reading = this.#reading(this.#branch.out.inputs[0] ?? '');
    const size = reading.dims.at(-1) ?? 0;
    if (size !== heads * headWidth) throw this.#refuse('projects something else than its heads side by side');
    // Columns of the mix carry the place in the head, rows the head and the token.
    const rows = new Array<number>(size).fill(-1);
    const length = this.#setting.tokens;
    const factors = new Float32Array(size);
    const order = new Map(value.leads.map((lead, head) => [lead, head]));
    const line = this.#setting.batch === 1 ? (query.rows[0]?.[0] ?? 0) : 0;
    for (let at = 0; at < size; at += 1) {
      const flat = line * size + at;
      const row = reading.row[flat] ?? -1;
      const lead = Math.floor(row / length);
      const column = reading.column[flat] ?? -1;
      const site = Math.floor(column / headWidth);
      const head = order.get(`${String(site)}:${String(lead)}`) ?? -1;
      const place = head * headWidth + (column % headWidth);
      if (row < 0 || column < 0 || head < 0 || rows[place] !== -1 || (reading.offset[flat] ?? 0) !== 0) {
        throw this.#refuse('puts its heads together in a way that was not understood');
      }
      rows[place] = at;
      factors[place] = reading.factor[flat] ?? 1;
    }
    if (factors.every((factor) => factor === 1)) return { value, rows };
    const scaled = (list: Float32Array): Float32Array => list.map((entry, at) => entry * (factors[at] ?? 1));
    return { value: { ...value, factor: scaled(value.factor), offset: scaled(value.offset) }, rows };
  }

  #linear(columns: Columns, scores: boolean): { readonly linear: Linear; readonly scale: number } {
    const { inputs } = this.#part;
    const widths = inputs.map((linear) => outputsOf(this.#setting, linear));
    let start = 0;
    const spans = inputs.map((linear, index) => {
      const span = { linear, from: start, to: start + (widths[index] ?? 0) };
      start = span.to;
      return span;
    });
    const order = [...columns.column];
    const [smallest, largest] = [Math.min(...order), Math.max(...order)];
    const within = spans.filter(({ from, to }) => from <= largest && to > smallest);
    const offset = within[0]?.from ?? 0;
    const base = joinedColumns(within.map(({ linear }) => matrixOf(this.#setting, linear)));
    const weight = reorderedColumns(
      base,
      order.map((column) => column - offset),
    );
    // One factor for all columns belongs to the scale of the attention, unless a norm comes between.
    const [uniform = 1] = columns.factor;
    const shared =
      scores && columns.norm === null && columns.factor.every((factor) => Math.abs(factor / uniform - 1) < 1e-5);
    const scale = shared ? uniform : 1;
    const linear: Linear = {
      inputs: weight.dims[0] ?? 0,
      outputs: order.length,
      weight: shared ? weight : scaledColumns(weight, columns.factor),
      bias: biasOf(columns.offset.map((value) => value / scale)),
    };
    return { linear, scale: scale * columns.after };
  }
}

/** The flat index of `lead` (an index into `full`) in dimensions that broadcast to `full`. */
function leadIndex(full: readonly number[], own: readonly number[], lead: number): number {
  let rest = lead;
  let index = 0;
  let stride = 1;
  for (let axis = 1; axis <= full.length; axis += 1) {
    const size = full.at(-axis) ?? 1;
    const at = rest % size;
    rest = Math.floor(rest / size);
    const mine = own.at(-axis) ?? 1;
    if (axis <= own.length && mine > 1) index += at * stride;
    stride *= mine;
  }
  return index;
}
