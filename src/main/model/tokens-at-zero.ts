/** The tokens of an all-zero picture as one weight: prefix tokens, position embedding, and the patch projection's bias. */

import type { GraphBuilder, Value } from '../onnx/builder.js';
import { type Weight, emit, weightExpression } from './weight.js';

export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** A learned embedding of token places. */
export interface Positions {
  /** `[leading + grid.height * grid.width, D]`. */
  readonly table: Weight;
  /** Rows before those of the patches: one a prefix token from the first on. */
  readonly leading: number;
  /** The grid of patches it was learned on. */
  readonly grid: Grid;
  /** How it is brought to another grid: bicubic, with antialiasing (Pillow's filter) or without (PyTorch's plain one). */
  readonly antialias: boolean;
}

export interface StemParts {
  readonly width: number;
  /** Prefix tokens `[rows, D]` in order, with the number of their rows. */
  readonly prefix: readonly { readonly rows: number; readonly weight: Weight }[];
  readonly positions: Positions | null;
  /** Bias of the patch projection, `[D]`. */
  readonly bias: Weight | null;
  /** The grid of the picture. */
  readonly grid: Grid;
}

/**
 * Rows of the patches brought from `from` to `to`, `[to.height * to.width, D]`. As torch.nn.functional.interpolate does it
 * with mode 'bicubic' and align_corners=False: coefficient -0.75 with repeated borders, or with antialiasing -0.5 with
 * the weights of places outside left out.
 */
function resized(g: GraphBuilder, rows: Value, from: Grid, to: Grid, width: number, antialias: boolean): Value {
  const planes = g.transpose(g.reshape(rows, 1, from.height, from.width, width), 0, 3, 1, 2);
  const grown = g.op('Resize', [planes, null, null, g.ints(1, width, to.height, to.width)], {
    mode: 'cubic',
    coordinate_transformation_mode: 'half_pixel',
    cubic_coeff_a: { float: antialias ? -0.5 : -0.75 },
    ...(antialias ? { antialias: 1, exclude_outside: 1 } : {}),
  });
  return g.reshape(g.transpose(grown, 0, 2, 3, 1), to.height * to.width, width);
}

export function sameGrid(a: Grid, b: Grid): boolean {
  return a.height === b.height && a.width === b.width;
}

/** Position embedding of the patches of the picture, `[N, D]`. */
function patchPositions(
  g: GraphBuilder,
  { table, leading, grid: from, antialias }: Positions,
  parts: StemParts,
): Value {
  const { grid: to, width } = parts;
  const all = emit(g, table);
  const rows = leading === 0 ? all : g.slice(all, 0, leading, leading + from.height * from.width);
  return sameGrid(from, to) ? rows : resized(g, rows, from, to, width, antialias);
}

/** Patch rows: position embedding plus bias, `[N, D]`. */
function patchRows(g: GraphBuilder, parts: StemParts): Value {
  const { positions, bias, grid, width } = parts;
  const zeros = (): Value =>
    g.op('Expand', [g.floats(new Float32Array(1), [1, 1]), g.ints(grid.height * grid.width, width)]);
  const places = positions === null ? zeros() : patchPositions(g, positions, parts);
  return bias === null ? places : g.add(places, emit(g, bias));
}

/** `[prefix + patches, D]`. */
export function tokensAtZero(parts: StemParts): Weight {
  const { width, prefix, positions, grid } = parts;
  const prefixRows = prefix.reduce((sum, { rows }) => sum + rows, 0);
  return weightExpression([prefixRows + grid.height * grid.width, width], (g) => {
    const rows = patchRows(g, parts);
    if (prefixRows === 0) return rows;
    const tokens = prefix.map(({ weight }) => emit(g, weight));
    const [first] = tokens;
    const all = tokens.length === 1 && first !== undefined ? first : g.concat(0, ...tokens);
    const placed = positions?.leading ?? 0;
    if (positions === null || placed === 0) return g.concat(0, all, rows);
    const start = g.add(g.slice(all, 0, 0, placed), g.slice(emit(g, positions.table), 0, 0, placed));
    const rest = placed < prefixRows ? [g.slice(all, 0, placed, prefixRows)] : [];
    return g.concat(0, start, ...rest, rows);
  });
}
