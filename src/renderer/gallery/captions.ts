/** How much a tile says at each size: a line of figures when tiny, two lines up to middling, one wide line when large. */

export type CaptionLook = 'figures' | 'two-lines' | 'one-line';

export function captionLook(cell: number): CaptionLook {
  if (cell < 92) return 'figures';
  return cell < 216 ? 'two-lines' : 'one-line';
}

/** Height of the caption under a picture of this wanted size, in pixels. */
export function captionHeight(cell: number): number {
  const heights: Readonly<Record<CaptionLook, number>> = { figures: 16, 'two-lines': 34, 'one-line': 22 };
  return heights[captionLook(cell)];
}
