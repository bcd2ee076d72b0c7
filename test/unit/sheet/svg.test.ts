/** The drawing of a sheet: one self-contained SVG, escaped, each picture once, laid out as the look says. */

import { describe, expect, it } from 'vitest';

import { methodParameters } from '../../../src/shared/methods.js';
import { contrastRow } from '../../../src/shared/sheet-rows.js';
import type { MapValues } from '../../../src/main/sheet/grid-sheet.js';
import { legendNotes, legendScales } from '../../../src/main/sheet/legend.js';
import type { Sheet } from '../../../src/main/sheet/sheet.js';
import { layOut } from '../../../src/main/sheet/layout.js';
import { sheetHtml } from '../../../src/main/sheet/html.js';
import { sheetSvg } from '../../../src/main/sheet/svg.js';
import { halves, oneImage, picture, plainLook, twoImages } from './sample.js';

const count = (text: string, pattern: RegExp): number => Array.from(text.matchAll(pattern)).length;
/** The drawing without its data. */
const bare = (svg: string): string => svg.replace(/base64,[A-Za-z0-9+/=]+/g, 'base64,');

describe('one image', () => {
  it('shows methods down, classes across, and the picture before them', async () => {
    const { columns, rows, cells } = await oneImage();
    expect(columns.map(({ main }) => main)).toEqual(['hognose snake', 'night snake']);
    expect(columns[0]?.small).toEqual(['label, rank 2 · 25\u202f%']);
    expect(rows.map(({ main }) => main)).toEqual(['Input', 'TIS', 'Integrated Gradients', 'RISE']);
    expect(rows[1]?.small).toEqual(['2023 · 0.12 s', '1\u00a0forward, 1\u00a0backward']);
    expect(cells.map((row) => row.map(({ map, missing }) => map?.method ?? missing))).toEqual([
      [null, null],
      ['tis', 'tis'],
      ['integrated-gradients', 'integrated-gradients'],
      ['RISE does not fit', 'RISE does not fit'],
    ]);
  });

  it('says of contrasts which class they are in contrast to, and that they are in nats', async () => {
    const contrast = (of: string, against: string): MapValues => ({ ...halves(-1, 0.5), contrast: { of, against } });
    const run = (...maps: readonly MapValues[]): Promise<Sheet> =>
      oneImage({ methods: [{ method: contrastRow, parameters: methodParameters('tis'), took: null, maps }] });
    const { rows, footer } = await run(
      contrast('hognose snake, puff adder', 'night snake'),
      contrast('night snake', 'hognose snake, puff adder'),
    );
    expect(rows[1]).toEqual({
      main: 'TIS contrast',
      small: ['in nats', 'hognose snake rather than night snake', 'night snake rather than hognose snake'],
    });
    expect(footer[0]).toBe(
      'TIS contrast: hognose snake rather than night snake; night snake rather than hognose snake.',
    );
    const more = await run(contrast('a', 'label'), contrast('label', 'b'), contrast('b', 'label'));
    expect(more.rows[1]?.small).toEqual(['in nats', 'label rather than b', 'the others rather than label']);
    expect(legendNotes(more).join(' ')).toContain('TIS contrast \u22121 to 1\u00a0nats');
    expect(legendScales(more).map(({ low }) => low)).toEqual(['against the class']);
  });

  it('is turned by the look', async () => {
    const sheet = await oneImage({ look: { ...plainLook, transposed: true } });
    expect(sheet.columns.map(({ main }) => main)).toEqual(['Input', 'TIS', 'Integrated Gradients', 'RISE']);
    expect(sheet.rows.map(({ main }) => main)).toEqual(['hognose snake', 'night snake']);
    expect(sheet.cells.map((row) => row.length)).toEqual([4, 4]);
  });

  it('embeds the picture once and each different map once', async () => {
    const svg = sheetSvg(await oneImage());
    expect(count(svg, /<image /g)).toBe(1 + 4);
    expect(count(svg, /<use xlink:href="#picture0"/g)).toBe(2 + 4);
    expect(count(svg, /<use xlink:href="#map\d"/g)).toBe(4);
    expect(count(svg, /href="(?!data:image\/png;base64,|#)/g)).toBe(0);
    expect(count(svg, /https?:\/\/(?!www\.w3\.org\/)/g)).toBe(0);
  });

  it('names a class by its first name and all its names at the end', async () => {
    const names = { name: 'hognose snake, puff adder', probability: 1, rank: 1, label: true };
    const { columns, footer } = await oneImage({ classes: [names] });
    expect(columns[0]?.main).toBe('hognose snake');
    expect(footer[0]).toBe('Classes: hognose snake, puff adder.');
  });

  it('is the same each time', async () => {
    expect(sheetSvg(await oneImage())).toBe(sheetSvg(await oneImage()));
  });

  it('tells in its legend what the colours mean', async () => {
    const words = bare(sheetSvg(await oneImage({ look: { ...plainLook, opacity: 0.6 } })));
    for (const word of ['low', 'high', 'against the class', 'for the class'])
      expect(words).toContain(`>${word}</text>`);
    expect(words).toContain('share a colour scale');
    expect(words).toContain('60 % opacity');
    expect(words).toContain('99th percentile');
    expect(words).toContain('TIS 0 to 10, Integrated Gradients −3 to 3');
    const own = bare(sheetSvg(await oneImage({ look: { ...plainLook, scale: 'own' } })));
    expect(own).toContain('Each map has a colour scale of its own');
  });
});

describe('a contact sheet', () => {
  it('has images down and methods across when transposed, with label and prediction', async () => {
    const { columns, rows, cells, pictures } = await twoImages({ ...plainLook, transposed: true });
    expect(columns.map(({ main }) => main)).toEqual(['Input', 'Chefer2']);
    expect(rows).toEqual([
      { main: 'a.jpg', small: ['label: hognose snake', 'prediction: night snake 50\u202f%'] },
      { main: 'b.jpg', small: ['prediction: night snake 50\u202f%'] },
    ]);
    expect(cells.map((row) => row.map((cell) => cell.picture))).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(pictures.length).toBe(2);
  });
});

describe('text', () => {
  const strange = 'a"b\'<script>&\n😀 中 \u202e' + 'long '.repeat(80);

  it('is escaped and shortened, whatever stands in it', async () => {
    const svg = sheetSvg(await oneImage({ image: strange, model: { name: strange, hash: '' } }));
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).toContain('␊');
    expect(bare(svg)).toMatch(/…<\/text>/);
    // Well-formed: every tag is closed.
    expect(count(bare(svg), /<text /g)).toBe(count(bare(svg), /<\/text>/g));
  });
});

describe('the layout', () => {
  it('has cells of 40 mm where there is room, and a sheet of 12 x 12 fits A3', async () => {
    const few = layOut(await twoImages());
    expect(few.cell.width / (72 / 25.4)).toBeCloseTo(40, 5);
    const run = {
      method: 'tis',
      parameters: {},
      took: null,
      maps: Array.from({ length: 12 }, () => halves(0, 1)),
    } as const;
    const classes = Array.from({ length: 12 }, (_, at) => ({
      name: `class number ${at}`,
      probability: 0,
      rank: at + 1,
      label: false,
    }));
    const many = layOut(await oneImage({ classes, methods: Array.from({ length: 12 }, () => run) }));
    const mm = (points: number): number => (points * 25.4) / 72;
    expect(mm(many.width)).toBeLessThanOrEqual(297.01);
    expect(mm(many.height)).toBeLessThanOrEqual(420);
    expect(mm(many.cell.width)).toBeGreaterThanOrEqual(18);
  });

  it('keeps the shape of the pictures', async () => {
    const wide = { ...(await picture('#000', 32)), width: 64, height: 32 };
    const { cell } = layOut(await oneImage({ picture: wide }));
    expect(cell.width / cell.height).toBeCloseTo(2, 5);
  });
});

describe('the page to print', () => {
  it('is of the size of the sheet and allows nothing but its own data', async () => {
    const svg = sheetSvg(await oneImage());
    const html = sheetHtml(svg);
    const [, width, height] = /width="([\d.]+mm)" height="([\d.]+mm)"/.exec(svg) ?? [];
    expect(html).toContain(`@page{size:${width ?? ''} ${height ?? ''};margin:0}`);
    expect(html).toContain("default-src 'none'; img-src data:; font-src data:; style-src 'sha256-");
    expect(html).not.toContain('unsafe');
    expect(() => sheetHtml('<svg>')).toThrow(RangeError);
  });
});
