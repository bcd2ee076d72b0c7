/** The cells of a sheet as SVG: each picture once, each different map once, both used where they are shown. */

import { markup, type Markup } from '../drawing/markup.js';
import type { Layout, Line } from './layout.js';
import { mapImage } from './map-image.js';
import type { ValueRange } from '../../shared/map-range.js';
import { sheetRanges } from './sheet-ranges.js';
import type { Sheet, SheetCell, SheetMap, SheetPicture } from './sheet.js';
import { wrapText } from './text-lines.js';

/** Dots an inch at which the sheet is to be printed. */
export const printDensity = 300;
/** Pixels along the longer edge of a map of patches. */
const mapSides = { least: 224, most: 480 } as const;
const missingSize = 6.2;
const leading = 1.25;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

function png(bytes: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
}

/** The largest box of a picture's shape in the middle of a cell. */
function contain({ width, height }: SheetPicture, box: Box): Box {
  const factor = Math.min(box.width / width, box.height / height);
  const size = { width: width * factor, height: height * factor };
  return { x: box.x + (box.width - size.width) / 2, y: box.y + (box.height - size.height) / 2, ...size };
}

/** Draws cells and collects what they share. */
export class SheetCells {
  readonly #sheet: Sheet;
  readonly #layout: Layout;
  readonly #ranges: ReadonlyMap<SheetMap, ValueRange>;
  /** Data of each different map, by which it is found again. */
  readonly #maps = new Map<string, { readonly id: string; readonly box: Box }>();
  readonly #lines: Line[] = [];

  constructor(sheet: Sheet, layout: Layout) {
    this.#sheet = sheet;
    this.#layout = layout;
    this.#ranges = sheetRanges(sheet);
  }

  /** Text in cells without a map; known after {@link draw}. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** All cells, row by row. */
  draw(): readonly Markup[] {
    const { columns, rows, cell } = this.#layout;
    return this.#sheet.cells.flatMap((line, row) =>
      line.map((content, column) => this.#cell(content, { x: columns[column] ?? 0, y: rows[row] ?? 0, ...cell })),
    );
  }

  /** The pictures and maps that {@link draw} used. */
  definitions(): readonly Markup[] {
    const { cell } = this.#layout;
    const pictures = this.#sheet.pictures.map((picture, index) => {
      const { width, height } = contain(picture, { x: 0, y: 0, ...cell });
      return this.#image(`picture${String(index)}`, png(picture.png), width, height);
    });
    const maps = [...this.#maps].map(([data, { id, box }]) => this.#image(id, data, box.width, box.height));
    return [...pictures, ...maps];
  }

  #image(id: string, data: string, width: number, height: number): Markup {
    return markup`
      <image id="${id}" width="${rounded(width)}" height="${rounded(height)}" preserveAspectRatio="none" xlink:href="${data}"/>`;
  }

  #cell({ picture, map, missing }: SheetCell, box: Box): Markup {
    const seen = picture === null ? undefined : this.#sheet.pictures[picture];
    if (missing !== null) return this.#missing(missing, box);
    if (seen === undefined || picture === null) return markup``;
    const place = contain(seen, box);
    const at = { x: rounded(place.x), y: rounded(place.y) };
    const under = markup`
      <use xlink:href="#picture${picture}" x="${at.x}" y="${at.y}"/>`;
    // White pictures need an edge on white paper.
    const edge = markup`<rect x="${at.x}" y="${at.y}" width="${rounded(place.width)}" height="${rounded(place.height)}" fill="none" stroke="#000" stroke-opacity="0.2" stroke-width="0.3"/>`;
    if (map === null) return markup`${under}${edge}`;
    const id = this.#mapId(map, place);
    return markup`${under}<use xlink:href="#${id}" x="${at.x}" y="${at.y}" opacity="${rounded(this.#sheet.look.opacity)}"/>${edge}`;
  }

  #mapId(map: SheetMap, box: Box): string {
    const range = this.#ranges.get(map) ?? { low: 0, high: 1 };
    const printed = (Math.max(box.width, box.height) / 72) * printDensity;
    const side = Math.max(mapSides.least, Math.min(Math.round(printed), mapSides.most));
    const data = png(mapImage(map, range, this.#sheet.look.colourMap, side));
    const known = this.#maps.get(data);
    if (known !== undefined) return known.id;
    const id = `map${String(this.#maps.size)}`;
    this.#maps.set(data, { id, box });
    return id;
  }

  /** A quiet box with the reason in its middle. */
  #missing(why: string, { x, y, width, height }: Box): Markup {
    const most = Math.max(1, Math.floor((height - 6) / (missingSize * leading)));
    const lines = wrapText(why, { width: width - 6, size: missingSize, weight: 'regular', lines: most });
    const top = y + (height - lines.length * missingSize * leading) / 2;
    for (const [index, text] of lines.entries()) {
      const baseline = top + (index + 0.78) * missingSize * leading;
      const style = { size: missingSize, strong: false, quiet: true, anchor: 'middle' } as const;
      this.#lines.push({ text, x: x + width / 2, y: baseline, ...style });
    }
    return markup`
      <rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}" fill="#f4f4f2" stroke="#dcdcd8" stroke-width="0.35"/>`;
  }
}
