/** Where the inspector's pictures lie: over windows, shapes of pictures and numbers of panels. */

import { describe, expect, it } from 'vitest';

import { captionSize, fitsCaption, nameLines } from '../../../src/renderer/inspector/caption-size.js';
import { least, panelLayout, type PanelWish, usualWidth } from '../../../src/renderer/inspector/panel-layout.js';

const gap = 10;
const base = { caption: captionSize(2, false), gap, fill: true } as const;

/** All frames and captions together. */
function taken(
  { count, caption }: PanelWish,
  layout: ReturnType<typeof panelLayout>,
): { width: number; height: number } {
  const rows = Math.ceil(count / layout.columns);
  const [across, down] = layout.caption === 'below' ? [0, caption.height] : [(caption.beside ?? 0) + gap, 0];
  return {
    width: layout.columns * (layout.width + across + gap) - gap,
    height: rows * (layout.height + down + gap) - gap,
  };
}

/** Every wish of a grid of panels, rooms, shapes, captions. */
function* wishes(): Generator<PanelWish> {
  for (const count of [1, 2, 3, 4, 5, 7, 9])
    for (const width of [304, 404, 604, 934, 2128])
      for (const height of [240, 308, 430, 560, 1230])
        for (const aspect of [0.3, 0.5, 0.75, 1, 1.33, 2, 5])
          for (const [lines, aside] of [
            [1, false],
            [2, false],
            [2, true],
          ] as const)
            yield { count, box: { width, height }, aspect, gap, caption: captionSize(lines, aside), fill: !aside };
}

describe('the layout of the panels', () => {
  it('keeps every frame at 140 px or more and inside the width, whatever the room', () => {
    for (const wish of wishes()) {
      const layout = panelLayout(wish);
      expect(Math.min(layout.width, layout.height), JSON.stringify(wish)).toBeGreaterThanOrEqual(least);
      expect(taken(wish, layout).width, JSON.stringify(wish)).toBeLessThanOrEqual(wish.box.width);
    }
  });

  it('fits the room wherever another number of columns would', () => {
    for (const wish of wishes()) {
      const rowsOf = (columns: number): number => Math.ceil(wish.count / columns);
      const most = Math.floor((wish.box.width + gap) / (least + gap));
      const lowest = Math.min(...Array.from({ length: most }, (_, at) => rowsOf(at + 1)));
      const fits = lowest * (least + wish.caption.height + gap) - gap <= wish.box.height;
      if (fits)
        expect(taken(wish, panelLayout(wish)).height, JSON.stringify(wish)).toBeLessThanOrEqual(wish.box.height);
    }
  });

  it('makes portraits higher than wide and panoramas wider than high where there is room', () => {
    const box = { width: 604, height: 600 };
    const [portrait, square, landscape] = [0.5, 1, 2].map((aspect) => panelLayout({ ...base, count: 4, box, aspect }));
    expect(portrait?.columns).toBe(4);
    expect(portrait?.height).toBeGreaterThan(1.8 * (portrait?.width ?? 0));
    expect(square).toMatchObject({ columns: 2, width: 297 });
    expect(landscape).toMatchObject({ columns: 2, width: 297, height: 148 });
  });

  it('puts four pictures in a row on a low screen, and two by two in a narrow panel', () => {
    expect(panelLayout({ ...base, count: 4, box: { width: 604, height: 308 }, aspect: 1 }).columns).toBe(4);
    expect(panelLayout({ ...base, count: 4, box: { width: 404, height: 308 }, aspect: 1 })).toEqual({
      columns: 2,
      caption: 'below',
      width: 197,
      height: least,
    });
  });

  it('uses the height of the large view with captions beside the pictures', () => {
    const wish = { count: 4, box: { width: 934, height: 570 }, aspect: 1, gap, fill: false } as const;
    expect(panelLayout({ ...wish, caption: captionSize(1, true) })).toEqual({
      columns: 2,
      caption: 'beside',
      width: 280,
      height: 280,
    });
  });
});

describe('captions', () => {
  it('keep two lines free where the longest name of the project needs them', () => {
    expect(nameLines(['Ankle boot', 'T-shirt/top'], 143)).toBe(1);
    expect(nameLines(['A class of thirty letters here'], 143)).toBe(2);
    expect(nameLines([], 140)).toBe(1);
  });

  it('know what fits', () => {
    expect(fitsCaption('98 %  16 ± 0.9 pp', 140)).toBe(true);
    expect(fitsCaption('< 0.01 %  < 0.01 ± < 0.01 pp', 140)).toBe(false);
  });
});

describe('the width of the inspector', () => {
  it('is that of four pictures where the window leaves enough to the gallery', () => {
    expect([1000, 1280, 1366, 2560].map(usualWidth)).toEqual([440, 440, 640, 640]);
  });
});
