/** Where everything of a sheet lies, in points: cells between 18 and 40 mm wide, so that a sheet of 12 x 12 maps fits A3. */

import { textWidth } from './fonts.js';
import { legendNotes, legendScales } from './legend.js';
import type { Sheet, SheetCaption } from './sheet.js';
import { wrapText } from './text-lines.js';

/** Points a millimetre. */
export const pointsPerMm = 72 / 25.4;

const page = { width: 297 * pointsPerMm, height: 420 * pointsPerMm } as const;
const cellWidths = { least: 18 * pointsPerMm, most: 40 * pointsPerMm } as const;
const margin = 8 * pointsPerMm;
/** Between cells, and between cells and captions. */
const gap = 0.8 * pointsPerMm;
const captionGap = 2 * pointsPerMm;
const narrowest = 120 * pointsPerMm;
/** More rows or columns than this make the captions smaller. */
const roomy = 8;

const leading = 1.25;
const titleSize = 11;
export const noteSize = 6.4;
const subtitleSize = 7.6;

/** One line of text; `y` is its baseline. */
export interface Line {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly strong: boolean;
  readonly quiet: boolean;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** Sizes of the captions, in points. */
interface Type {
  readonly main: number;
  readonly small: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly cell: { readonly width: number; readonly height: number };
  readonly lines: readonly Line[];
  /** Left edges of the columns and upper edges of the rows. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  /** Upper left corner of the legend's bars, one after the other. */
  readonly legend: { readonly x: number; readonly y: number };
  /** Height of the hairline above the legend, and its ends. */
  readonly rule: { readonly y: number; readonly from: number; readonly to: number };
}

interface StyledText {
  readonly text: string;
  readonly size: number;
  readonly strong?: boolean;
  readonly quiet?: boolean;
}

/** A caption broken into lines, as many as there is room for. */
function captionLines(caption: SheetCaption, type: Type, width: number, mainLines: number): readonly StyledText[] {
  const main = wrapText(caption.main, { width, size: type.main, weight: 'strong', lines: mainLines });
  const small = caption.small.flatMap((line) =>
    wrapText(line, { width, size: type.small, weight: 'regular', lines: 2 }),
  );
  return [
    ...main.map((text) => ({ text, size: type.main, strong: true })),
    ...small.map((text) => ({ text, size: type.small, quiet: true })),
  ];
}

const heightOf = (lines: readonly StyledText[]): number => lines.reduce((sum, { size }) => sum + size * leading, 0);

/** Lines one below the other from `top` on. */
function stack(
  lines: readonly StyledText[],
  x: number,
  top: number,
  anchor: Line['anchor'] = 'start',
): readonly Line[] {
  let y = top;
  return lines.map(({ text, size, strong = false, quiet = false }) => {
    // The baseline stands where capitals are about in the middle of the line.
    const line = { text, x, y: y + size * (leading / 2 + 0.36), size, strong, quiet, anchor };
    y += size * leading;
    return line;
  });
}

function naturalWidth({ main, small }: SheetCaption, type: Type): number {
  return Math.max(
    textWidth(main, 'strong') * type.main,
    ...small.map((line) => textWidth(line, 'regular') * type.small),
  );
}

/** Height over width of the cells: that of the pictures. */
function shapeOf({ pictures }: Sheet): number {
  return Math.max(0.25, Math.min(4, ...pictures.map(({ width, height }) => height / width)));
}

/** The parts above the cells, from the top margin down. */
function heading(sheet: Sheet, width: number): { readonly lines: readonly Line[]; readonly bottom: number } {
  const title = wrapText(sheet.title, { width, size: titleSize, weight: 'strong', lines: 2 });
  const subtitle = wrapText(sheet.subtitle, { width, size: subtitleSize, weight: 'regular', lines: 3 });
  const styled = [
    ...title.map((text) => ({ text, size: titleSize, strong: true })),
    ...subtitle.map((text) => ({ text, size: subtitleSize, quiet: true })),
  ];
  return { lines: stack(styled, margin, margin), bottom: margin + heightOf(styled) };
}

/** The parts below the cells: what the colours mean, and apart from it what was computed. */
function closing(
  sheet: Sheet,
  top: number,
  width: number,
): { readonly lines: readonly Line[]; readonly bottom: number } {
  const broken = (notes: readonly string[]): readonly StyledText[] =>
    notes.flatMap((note) =>
      wrapText(note, { width, size: noteSize, weight: 'regular', lines: 6 }).map((text) => ({
        text,
        size: noteSize,
        quiet: true,
      })),
    );
  const notes = broken(legendNotes(sheet));
  const facts = broken(sheet.footer);
  const middle = top + heightOf(notes) + (notes.length > 0 ? noteSize / 2 : 0);
  return {
    lines: [...stack(notes, margin, top), ...stack(facts, margin, middle)],
    bottom: middle + heightOf(facts),
  };
}

/** Width that captions left of the rows take. */
function gutterOf(sheet: Sheet, type: Type, dense: boolean): number {
  const natural = Math.max(0, ...sheet.rows.map((caption) => naturalWidth(caption, type)));
  return Math.min(natural, dense ? 82 : 118) + (natural > 0 ? captionGap : 0);
}

/** Lays out a sheet. */
export function layOut(sheet: Sheet): Layout {
  const across = Math.max(1, sheet.columns.length);
  const down = Math.max(1, sheet.rows.length);
  const dense = Math.max(across, down) > roomy;
  const type: Type = dense ? { main: 7, small: 6 } : { main: 8, small: 6.8 };
  const gutter = gutterOf(sheet, type, dense);
  const shape = shapeOf(sheet);
  const fitting = (page.width - 2 * margin - gutter + gap) / across - gap;
  // Two centimetres and a half for the captions, title and legend each.
  const fittingHeight = (page.height - 2 * margin - 75 * pointsPerMm + gap) / down - gap;
  const cellWidth = Math.max(cellWidths.least, Math.min(fitting, fittingHeight / shape, cellWidths.most));
  const cell = { width: cellWidth, height: cellWidth * shape };
  const grid = gutter + across * (cell.width + gap) - gap;
  const inner = Math.max(grid, narrowest - 2 * margin);

  const head = heading(sheet, inner);
  const captions = sheet.columns.map((caption) => captionLines(caption, type, cell.width - 1, 2));
  const captionTop = head.bottom + captionGap * 1.5;
  const gridTop = captionTop + Math.max(0, ...captions.map(heightOf)) + gap;
  const columns = sheet.columns.map((_, column) => margin + gutter + column * (cell.width + gap));
  const rows = sheet.rows.map((_, row) => gridTop + row * (cell.height + gap));

  const above = captions.flatMap((lines, column) =>
    stack(lines, (columns[column] ?? 0) + cell.width / 2, gridTop - gap - heightOf(lines), 'middle'),
  );
  const beside = sheet.rows.flatMap((caption, row) => {
    const most = Math.max(1, Math.floor(cell.height / (type.small * leading)));
    const lines = captionLines(caption, type, gutter - captionGap, 3).slice(0, most);
    return stack(lines, margin, (rows[row] ?? 0) + Math.max(0, (cell.height - heightOf(lines)) / 2));
  });
  const ruleY = gridTop + down * (cell.height + gap) - gap + captionGap * 1.5;
  const bars = legendScales(sheet).length > 0 ? noteSize * leading + 3 : 0;
  const legend = { x: margin, y: ruleY + captionGap };
  const foot = closing(sheet, legend.y + bars, inner);
  return {
    width: inner + 2 * margin,
    height: foot.bottom + margin,
    cell,
    lines: [...head.lines, ...above, ...beside, ...foot.lines],
    columns,
    rows,
    legend,
    rule: { y: ruleY, from: margin, to: margin + inner },
  };
}
