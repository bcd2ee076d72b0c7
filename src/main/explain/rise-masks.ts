/** The random masks of RISE: coarse grids, enlarged, shifted and cropped (Petsiuk et al., BMVC 2018, section 3.3). */

import { seededRandom } from '../../shared/seeded-random.js';

/** Grids of cells kept (1) or hidden (0), and where each enlarged grid is cropped. */
export interface RiseDraw {
  readonly count: number;
  /** `[count, cells, cells]`. */
  readonly grids: Float32Array;
  /** First row and first column of each crop, `[count, 2]`. */
  readonly shifts: Int32Array;
}

/** Size of the enlarged grid along an axis of `size` pixels: one cell more than fits, so that a crop can start anywhere. */
export function enlargedSize(size: number, cells: number): number {
  return (cells + 1) * cellSize(size, cells);
}

/** Pixels of a cell before it is enlarged. */
function cellSize(size: number, cells: number): number {
  return Math.ceil(size / cells);
}

/**
 * Linear interpolation from `cells` to {@link enlargedSize} as a matrix `[enlarged, cells]`. Positions are those of pixel
 * centres; beyond the first and last centre they are mirrored, not clamped, as the resize of the published code does.
 */
export function enlargingMatrix(size: number, cells: number): Float32Array {
  const enlarged = enlargedSize(size, cells);
  const matrix = new Float32Array(enlarged * cells);
  for (let row = 0; row < enlarged; row += 1) {
    const centre = ((row + 0.5) * cells) / enlarged - 0.5;
    const last = cells - 1;
    const position = centre < 0 ? -centre : centre > last ? 2 * last - centre : centre;
    const below = Math.min(Math.floor(position), last - 1);
    const share = position - below;
    matrix[row * cells + below] = 1 - share;
    matrix[row * cells + below + 1] = share;
  }
  return matrix;
}

/** Draws grids whose cells are kept with probability `keep`, then for each mask its first row and column. */
export function drawRiseMasks(
  {
    count,
    cells,
    keep,
    seed,
  }: { readonly count: number; readonly cells: number; readonly keep: number; readonly seed: number },
  height: number,
  width: number,
): RiseDraw {
  const random = seededRandom(seed);
  const grids = Float32Array.from({ length: count * cells * cells }, () => (random() < keep ? 1 : 0));
  const sizes = [cellSize(height, cells), cellSize(width, cells)] as const;
  const shifts = Int32Array.from({ length: count * 2 }, (_, at) => Math.floor(random() * (sizes[at % 2] ?? 1)));
  return { count, grids, shifts };
}
