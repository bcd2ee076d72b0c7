/** The geometry of the gallery: uniform cells by index arithmetic, so that any image's place is known without laying the others out. */

/** Browsers lose precision or clip beyond some 33 million pixels; taller grids are scrolled by proportion. */
const tallestElement = 8_000_000;

export interface GridSpec {
  /** Number of cells. */
  readonly count: number;
  /** Width available to the cells, in CSS pixels. */
  readonly width: number;
  /** Wanted edge of the square picture; cells grow a little to fill the row. */
  readonly cell: number;
  readonly gap: number;
  /** Height of the caption below the picture. */
  readonly caption: number;
}

export interface GridLayout {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  /** Edge of the square picture after filling the row. */
  readonly cell: number;
  readonly gap: number;
  /** Distance between the tops of two rows. */
  readonly pitch: number;
  /** Height of all rows. */
  readonly height: number;
  /** Height of the scrolled element: {@link height}, or less where that is too tall for a browser. */
  readonly scrollHeight: number;
}

/** Rows and cells in view; `lastRow` and `last` are exclusive. */
export interface GridRange {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly first: number;
  readonly last: number;
  /** What to add to a row's `index * pitch` to get its top inside the scrolled element. */
  readonly shift: number;
}

export type GridMove = 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'page-up' | 'page-down';

/** Fits as many cells of at least the wanted size into a row as go; always at least one. */
export function layoutGrid({ count, width, cell, gap, caption }: GridSpec): GridLayout {
  const columns = Math.max(1, Math.floor((width + gap) / (cell + gap)));
  const grown = Math.floor((width + gap) / columns) - gap;
  const edge = columns === 1 ? Math.max(1, Math.min(grown, Math.round(cell * 1.25))) : grown;
  const rows = Math.ceil(count / columns);
  const pitch = edge + caption + gap;
  const height = rows === 0 ? 0 : rows * pitch - gap;
  return { count, columns, rows, cell: edge, gap, pitch, height, scrollHeight: Math.min(height, tallestElement) };
}

/** The offset into all rows at a scroll position; the same as the position unless the grid is too tall. */
export function gridOffset(layout: GridLayout, scrollTop: number, viewport: number): number {
  const scrollable = layout.scrollHeight - viewport;
  if (layout.scrollHeight === layout.height || scrollable <= 0) return scrollTop;
  return (scrollTop / scrollable) * (layout.height - viewport);
}

/** The scroll position that shows an offset into all rows at the top; inverse of {@link gridOffset}. */
export function gridScrollTop(layout: GridLayout, offset: number, viewport: number): number {
  const scrollable = layout.height - viewport;
  const wanted = Math.max(0, Math.min(offset, scrollable));
  if (layout.scrollHeight === layout.height || scrollable <= 0) return wanted;
  return (wanted / scrollable) * (layout.scrollHeight - viewport);
}

/** The rows in view, with `overscan` more above and below. */
export function visibleRange(layout: GridLayout, scrollTop: number, viewport: number, overscan: number): GridRange {
  const offset = gridOffset(layout, scrollTop, viewport);
  const firstRow = clamp(Math.floor(offset / layout.pitch) - overscan, 0, layout.rows);
  const lastRow = clamp(Math.ceil((offset + viewport) / layout.pitch) + overscan, firstRow, layout.rows);
  return {
    firstRow,
    lastRow,
    first: firstRow * layout.columns,
    last: Math.min(layout.count, lastRow * layout.columns),
    shift: scrollTop - offset,
  };
}

/** The most cells that {@link visibleRange} can hold at any scroll position. */
export function mostVisible(layout: GridLayout, viewport: number, overscan: number): number {
  return (Math.ceil(viewport / layout.pitch) + 1 + 2 * overscan) * layout.columns;
}

/** The scroll position that brings a cell's row wholly into view with the least movement. */
export function scrollToShow(layout: GridLayout, index: number, scrollTop: number, viewport: number): number {
  const offset = gridOffset(layout, scrollTop, viewport);
  const top = Math.floor(index / layout.columns) * layout.pitch;
  const bottom = top + layout.pitch - layout.gap;
  if (top < offset) return gridScrollTop(layout, top, viewport);
  if (bottom > offset + viewport) return gridScrollTop(layout, Math.min(top, bottom - viewport), viewport);
  return scrollTop;
}

/** The index that a key leads to from `index` (-1 for none); -1 when the grid is empty. */
export function moveIndex(layout: GridLayout, index: number, move: GridMove, viewport: number): number {
  const last = layout.count - 1;
  if (last < 0) return -1;
  if (index < 0) return move === 'end' ? last : 0;
  const page = Math.max(1, Math.floor(viewport / layout.pitch)) * layout.columns;
  switch (move) {
    case 'left':
      return Math.max(0, index - 1);
    case 'right':
      return Math.min(last, index + 1);
    case 'up':
      return index >= layout.columns ? index - layout.columns : index;
    case 'down':
      return below(layout, index, layout.columns);
    case 'home':
      return 0;
    case 'end':
      return last;
    case 'page-up':
      return index >= page ? index - page : index % layout.columns;
    case 'page-down':
      return below(layout, index, page);
  }
}

/** The cell at a point of the viewport (pixels from its top left), or -1 in a gap or beyond the end. */
export function indexAt(layout: GridLayout, x: number, y: number, scrollTop: number, viewport: number): number {
  const across = layout.cell + layout.gap;
  const column = Math.floor(x / across);
  if (x < 0 || column >= layout.columns || x - column * across >= layout.cell) return -1;
  const down = gridOffset(layout, scrollTop, viewport) + y;
  const row = Math.floor(down / layout.pitch);
  if (row < 0 || down - row * layout.pitch >= layout.pitch - layout.gap) return -1;
  const index = row * layout.columns + column;
  return index < layout.count ? index : -1;
}

function below(layout: GridLayout, index: number, step: number): number {
  const last = layout.count - 1;
  if (index + step <= last) return index + step;
  const lastRow = Math.floor(last / layout.columns);
  return Math.floor(index / layout.columns) === lastRow ? index : last;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
