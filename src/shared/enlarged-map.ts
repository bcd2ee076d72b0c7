/** Saliency maps enlarged to pixels, the same in the window, in reports and on sheets. */

/** For each pixel of a line: the cell before, the cell after, and the share of the latter. */
interface Steps {
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly share: Float32Array;
}

function steps(cells: number, pixels: number): Steps {
  const before = new Int32Array(pixels);
  const after = new Int32Array(pixels);
  const share = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const place = Math.max(0, Math.min(cells - 1, ((pixel + 0.5) / pixels) * cells - 0.5));
    before[pixel] = Math.floor(place);
    after[pixel] = Math.min(cells - 1, Math.floor(place) + 1);
    share[pixel] = place - Math.floor(place);
  }
  return { before, after, share };
}

/** Weighted mean of the four neighbours that have a value; NaN where the nearest has none. */
function blend(corners: readonly [number, number, number, number], across: number, down: number): number {
  const nearest = corners[(down >= 0.5 ? 2 : 0) + (across >= 0.5 ? 1 : 0)] ?? NaN;
  if (Number.isNaN(nearest)) return NaN;
  let sum = 0;
  let weights = 0;
  for (const [corner, value] of corners.entries()) {
    const weight = ((corner & 1) === 1 ? across : 1 - across) * (corner >= 2 ? down : 1 - down);
    if (weight <= 0 || Number.isNaN(value)) continue;
    sum += weight * value;
    weights += weight;
  }
  return weights > 0 ? sum / weights : nearest;
}

/**
 * A map `[rows * columns]` at `width` x `height` pixels, `[height * width]`: bilinear between the centres of its cells, flat
 * beyond the outer ones. A place whose nearest cell has no value (NaN) has none; elsewhere such cells are left out.
 */
export function enlargedMap(
  values: Float32Array,
  columns: number,
  rows: number,
  width: number,
  height: number,
): Float32Array {
  const across = steps(columns, width);
  const down = steps(rows, height);
  const pixels = new Float32Array(width * height);
  const value = (row: number, column: number): number => values[row * columns + column] ?? NaN;
  for (let y = 0; y < height; y += 1) {
    const [top, bottom, low] = [down.before[y] ?? 0, down.after[y] ?? 0, down.share[y] ?? 0];
    for (let x = 0; x < width; x += 1) {
      const left = across.before[x] ?? 0;
      const right = across.after[x] ?? 0;
      const share = across.share[x] ?? 0;
      const upper = value(top, left) * (1 - share) + value(top, right) * share;
      const lower = value(bottom, left) * (1 - share) + value(bottom, right) * share;
      let mixed = upper * (1 - low) + lower * low;
      // Rare, so that only places beside one without a value pay for looking at each.
      if (Number.isNaN(mixed)) {
        mixed = blend([value(top, left), value(top, right), value(bottom, left), value(bottom, right)], share, low);
      }
      pixels[y * width + x] = mixed;
    }
  }
  return pixels;
}
