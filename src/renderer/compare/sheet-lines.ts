/** Where everything lies on a sheet: maps, errors and notes on a grid whose first row and column are headings. */

import type { SheetMethod } from '../state/sheet-parts.js';

/** One place of the grid, or several in a line. Rows and columns count from 1, headings included. */
export interface SheetItem {
  /** A map that is there or comes, an error in place of maps, or the note that one map stands for all classes. */
  readonly kind: 'map' | 'error' | 'same';
  readonly method: SheetMethod;
  /** Place of the class, the first one of a span. */
  readonly column: number;
  readonly span: number;
  readonly gridRow: number;
  readonly gridColumn: number;
}

/** The items of each line of the grid: one a method, or one a class when transposed. */
export function sheetLines(methods: readonly SheetMethod[], classes: number, transposed: boolean): SheetItem[][] {
  const count = transposed ? classes : methods.length;
  const lines: SheetItem[][] = Array.from({ length: count }, () => []);
  for (const [at, method] of methods.entries()) {
    for (const { kind, column, span } of partsOf(method, classes)) {
      const [line, across] = transposed ? [column, at] : [at, column];
      lines[line]?.push({ kind, method, column, span, gridRow: line + 2, gridColumn: across + 2 });
    }
  }
  return lines;
}

type Part = Pick<SheetItem, 'kind' | 'column' | 'span'>;

/** What stands for each class of a method; the same in a row is one part, but for maps. */
function partsOf(method: SheetMethod, classes: number): Part[] {
  const parts: Part[] = [];
  for (let column = 0; column < classes; column += 1) {
    const missing = (method.maps[column] ?? null) === null;
    const same = method.facts.classIndependent && column > 0;
    const kind = same ? 'same' : missing && method.phase === 'failed' ? 'error' : 'map';
    const last = parts.at(-1);
    if (kind !== 'map' && last?.kind === kind) parts[parts.length - 1] = { ...last, span: last.span + 1 };
    else parts.push({ kind, column, span: 1 });
  }
  return parts;
}

/** The map that a key leads to from another: arrows to the next there is, Home and End within the line. */
export function neighbour(lines: readonly (readonly SheetItem[])[], from: SheetItem, key: string): SheetItem | null {
  const maps = lines.flat().filter((item) => item.kind === 'map');
  const row = maps.filter((item) => item.gridRow === from.gridRow);
  switch (key) {
    case 'ArrowLeft':
      return row.findLast((item) => item.gridColumn < from.gridColumn) ?? null;
    case 'ArrowRight':
      return row.find((item) => item.gridColumn > from.gridColumn) ?? null;
    case 'Home':
      return row[0] ?? null;
    case 'End':
      return row.at(-1) ?? null;
    case 'ArrowUp':
      return nearest(maps.filter((item) => item.gridRow < from.gridRow).toReversed(), from.gridColumn);
    case 'ArrowDown':
      return nearest(
        maps.filter((item) => item.gridRow > from.gridRow),
        from.gridColumn,
      );
    default:
      return null;
  }
}

/** Of the first row among these, the item nearest to a column. */
function nearest(items: readonly SheetItem[], column: number): SheetItem | null {
  const row = items.filter((item) => item.gridRow === items[0]?.gridRow);
  return row.toSorted((a, b) => Math.abs(a.gridColumn - column) - Math.abs(b.gridColumn - column))[0] ?? null;
}
