/** How large the cells of a sheet are: across the window, and low enough that a short sheet is seen whole. */

export interface SheetBox {
  readonly columns: number;
  readonly rows: number;
  /** What is there for all cells and the gaps between them, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly gap: number;
}

/** Below this no cell shrinks to fit, and above the other none grows. */
const readable = 84;
const generous = 280;
/** A sheet of few rows shrinks to be seen whole, but not below this. */
const comfortable = 150;

/** Edge of the cells in pixels that fills the width. */
export function fittingCell({ columns, rows, width, height, gap }: SheetBox): number {
  const across = (width + gap) / Math.max(1, columns) - gap;
  const down = (height + gap) / Math.max(1, rows) - gap;
  return Math.floor(Math.max(readable, Math.min(across, Math.max(down, comfortable), generous)));
}
