/** How large the cells of a sheet are: as the window is wide, but a sheet that can be seen whole is. */

export interface SheetBox {
  readonly columns: number;
  readonly rows: number;
  /** What is there for all cells and the gaps between them, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly gap: number;
}

/** Below this no cell shrinks to fit the width, and above the other none grows. */
const readable = 84;
const generous = 240;
/** Cells shrink to show a sheet whole, but not below this. */
const comfortable = 132;

/** Edge of the cells in pixels that fits the window. */
export function fittingCell({ columns, rows, width, height, gap }: SheetBox): number {
  const across = (width + gap) / Math.max(1, columns) - gap;
  const down = (height + gap) / Math.max(1, rows) - gap;
  const whole = down >= comfortable ? down : Infinity;
  return Math.floor(Math.max(readable, Math.min(across, whole, generous)));
}
