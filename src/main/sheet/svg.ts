/** A sheet as one self-contained SVG: pictures and maps as PNG, text as text in fonts that it carries. */

import { markup, Markup } from '../drawing/markup.js';
import { SheetCells } from './svg-cells.js';
import { facesFor, fontFamilies, textWidth } from './fonts.js';
import { layOut, type Layout, type Line, noteSize, pointsPerMm } from './layout.js';
import { legendScales, type LegendScale } from './legend.js';
import type { Sheet } from './sheet.js';

/** Coordinates to a hundredth of a point. */
const coordinate = (value: number): number => Math.round(value * 100) / 100;

const ink = { text: '#1a1b1d', quiet: '#4c5055', hair: '#b4b4ae' } as const;
const bar = { width: 84, least: 30, height: 5.5, stops: 16, gap: 4, apart: 14 } as const;

/** The text's fonts as data, so that the sheet looks the same where none is installed. */
function styleOf(texts: readonly string[]): string {
  return facesFor(texts.join(''))
    .map(({ family, weight, mime, range, bytes }) => {
      const source = `src:url(data:${mime};base64,${Buffer.from(bytes).toString('base64')})`;
      const limits = range === null ? '' : `;unicode-range:${range}`;
      return `@font-face{font-family:'${family}';font-weight:${String(weight)};${source}${limits}}`;
    })
    .join('\n');
}

function drawLine({ text, x, y, size, strong, quiet, anchor }: Line): Markup {
  return markup`
    <text x="${coordinate(x)}" y="${coordinate(y)}" font-size="${size}"${strong ? markup` font-weight="600"` : null}${anchor === 'start' ? null : markup` text-anchor="${anchor}"`}${quiet ? markup` fill="${ink.quiet}"` : null}>${text}</text>`;
}

function gradient({ colours }: LegendScale, id: string): Markup {
  const stops = Array.from({ length: bar.stops + 1 }, (_, step) => {
    const entry = Math.round((step / bar.stops) * 255) * 3;
    const colour = `rgb(${colours.subarray(entry, entry + 3).join(',')})`;
    return markup`<stop offset="${coordinate(step / bar.stops)}" stop-color="${colour}"/>`;
  });
  return markup`
    <linearGradient id="${id}">${stops}</linearGradient>`;
}

const wordWidth = (text: string): number => textWidth(text, 'regular') * noteSize + bar.gap;

/** Width of each of the legend's bars: narrower than usual where the sheet is. */
function barWidth(scales: readonly LegendScale[], { rule }: Layout): number {
  const words = scales.reduce((sum, { low, high }) => sum + wordWidth(low) + wordWidth(high), 0);
  const free = rule.to - rule.from - words - (scales.length - 1) * (bar.apart + bar.gap);
  return Math.max(bar.least, Math.min(bar.width, free / scales.length));
}

/** The bars of the legend in a row, each between its two words. */
function drawLegend(scales: readonly LegendScale[], layout: Layout): readonly Markup[] {
  let { x } = layout.legend;
  const y = coordinate(layout.legend.y);
  const width = barWidth(scales, layout);
  const word = (text: string, at: number): Markup => markup`
    <text x="${coordinate(at)}" y="${coordinate(y + bar.height - 0.6)}" font-size="${noteSize}" fill="${ink.quiet}">${text}</text>`;
  return scales.map(({ low, high }, place) => {
    const start = x + wordWidth(low);
    const end = start + width + bar.gap;
    const drawn = markup`${word(low, x)}
      <rect x="${coordinate(start)}" y="${y}" width="${coordinate(width)}" height="${bar.height}" fill="url(#scale${place})"/>${word(high, end)}`;
    x = end + wordWidth(high) + bar.apart;
    return drawn;
  });
}

function wordsOf(sheet: Sheet): string {
  const count = (what: number, one: string): string => `${what} ${one}${what === 1 ? '' : 's'}`;
  return `Saliency maps in ${count(sheet.rows.length, 'row')} and ${count(sheet.columns.length, 'column')}. ${sheet.subtitle}`;
}

/**
 * Draws a sheet. Lengths are in points; `width` and `height` of the root in millimetres.
 * The work is heavy (a map is a PNG): call it where nobody waits, see `draw.ts`.
 */
export function sheetSvg(sheet: Sheet): string {
  const layout = layOut(sheet);
  const { width, height, rule } = layout;
  const scales = legendScales(sheet);
  const cells = new SheetCells(sheet, layout);
  const drawn = cells.draw();
  const texts = [...layout.lines, ...cells.lines].map((line) => line.text);
  const style = new Markup(styleOf([...texts, ...scales.flatMap(({ low, high }) => [low, high])]));
  const mm = (points: number): string => (points / pointsPerMm).toFixed(2);
  return markup`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" role="img" width="${mm(width)}mm" height="${mm(height)}mm" viewBox="0 0 ${coordinate(width)} ${coordinate(height)}" font-family="${fontFamilies}" fill="${ink.text}">
    <title>${sheet.title}</title>
    <desc>${wordsOf(sheet)}</desc>
    <style>${style}</style>
    <defs>${cells.definitions()}${scales.map((scale, place) => gradient(scale, `scale${String(place)}`))}
    </defs>
    <rect width="100%" height="100%" fill="#fff"/>${layout.lines.map(drawLine)}
    <g stroke="${ink.hair}" stroke-width="0.35" fill="none">
    <path d="M${coordinate(rule.from)} ${coordinate(rule.y)}H${coordinate(rule.to)}"/></g>${drawn}${cells.lines.map(drawLine)}${drawLegend(scales, layout)}
    </svg>
    `.text;
}
