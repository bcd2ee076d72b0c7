import { describe, expect, it } from 'vitest';

import {
  gridOffset,
  gridScrollTop,
  indexAt,
  layoutGrid,
  mostVisible,
  moveIndex,
  scrollToShow,
  visibleRange,
} from '../../../src/shared/grid.js';

const small = layoutGrid({ count: 23, width: 430, cell: 100, gap: 10, caption: 20 });

describe('layoutGrid', () => {
  it('fits as many cells as go and fills the row', () => {
    expect(small).toMatchObject({ columns: 4, rows: 6, cell: 100, pitch: 130, height: 770, scrollHeight: 770 });
    const wider = layoutGrid({ count: 23, width: 470, cell: 100, gap: 10, caption: 20 });
    expect(wider).toMatchObject({ columns: 4, cell: 110 });
  });

  it('keeps one column in a narrow window and does not blow it up', () => {
    expect(layoutGrid({ count: 3, width: 60, cell: 100, gap: 10, caption: 0 })).toMatchObject({ columns: 1, cell: 60 });
    expect(layoutGrid({ count: 3, width: 190, cell: 100, gap: 10, caption: 0 })).toMatchObject({
      columns: 1,
      cell: 125,
    });
  });

  it('has no height without images', () => {
    expect(layoutGrid({ count: 0, width: 430, cell: 100, gap: 10, caption: 20 })).toMatchObject({ rows: 0, height: 0 });
  });
});

describe('visibleRange', () => {
  it('holds the rows that touch the viewport, the last one cut to the count', () => {
    expect(visibleRange(small, 0, 260, 0)).toEqual({ firstRow: 0, lastRow: 2, first: 0, last: 8, shift: 0 });
    expect(visibleRange(small, 131, 260, 0)).toMatchObject({ firstRow: 1, lastRow: 4 });
    expect(visibleRange(small, 510, 260, 1)).toMatchObject({ firstRow: 2, lastRow: 6, last: 23 });
  });

  it('never holds more cells than mostVisible says', () => {
    const layout = layoutGrid({ count: 10_000, width: 1200, cell: 96, gap: 6, caption: 34 });
    const most = mostVisible(layout, 873, 1);
    for (let top = 0; top < layout.height - 873; top += 997) {
      const { first, last } = visibleRange(layout, top, 873, 1);
      expect(last - first).toBeLessThanOrEqual(most);
    }
  });
});

describe('a grid taller than a browser can scroll', () => {
  const tall = layoutGrid({ count: 2_000_000, width: 700, cell: 512, gap: 6, caption: 22 });

  it('reaches its first and its last image', () => {
    expect(tall.scrollHeight).toBe(8_000_000);
    expect(visibleRange(tall, 0, 900, 0).first).toBe(0);
    expect(visibleRange(tall, tall.scrollHeight - 900, 900, 0).last).toBe(2_000_000);
  });

  it('maps offsets and scroll positions onto each other', () => {
    for (const offset of [0, 5_000, 123_456_789, tall.height - 900]) {
      expect(gridOffset(tall, gridScrollTop(tall, offset, 900), 900)).toBeCloseTo(offset, 3);
    }
  });

  it('places the rows in view inside the scrolled element', () => {
    const scrollTop = 4_000_000;
    const { firstRow, shift } = visibleRange(tall, scrollTop, 900, 0);
    const top = firstRow * tall.pitch + shift;
    expect(top).toBeLessThanOrEqual(scrollTop);
    expect(top).toBeGreaterThan(scrollTop - tall.pitch);
  });
});

describe('scrollToShow', () => {
  it('moves as little as shows the whole row', () => {
    expect(scrollToShow(small, 0, 200, 260)).toBe(0);
    expect(scrollToShow(small, 8, 0, 260)).toBe(260 + 120 - 260);
    expect(scrollToShow(small, 5, 100, 260)).toBe(100);
    expect(scrollToShow(small, 22, 0, 260)).toBe(510);
  });
});

describe('moveIndex', () => {
  it('steps within the list', () => {
    expect(moveIndex(small, 0, 'left', 260)).toBe(0);
    expect(moveIndex(small, 3, 'right', 260)).toBe(4);
    expect(moveIndex(small, 22, 'right', 260)).toBe(22);
    expect(moveIndex(small, 7, 'up', 260)).toBe(3);
    expect(moveIndex(small, 3, 'up', 260)).toBe(3);
    expect(moveIndex(small, 7, 'home', 260)).toBe(0);
    expect(moveIndex(small, 7, 'end', 260)).toBe(22);
  });

  it('goes down to the last image where the row below is short, and stays in the last row', () => {
    expect(moveIndex(small, 19, 'down', 260)).toBe(22);
    expect(moveIndex(small, 21, 'down', 260)).toBe(21);
  });

  it('turns pages of whole rows', () => {
    expect(moveIndex(small, 1, 'page-down', 260)).toBe(9);
    expect(moveIndex(small, 9, 'page-up', 260)).toBe(1);
    expect(moveIndex(small, 5, 'page-up', 260)).toBe(1);
  });

  it('begins at the first image, and at none in an empty grid', () => {
    expect(moveIndex(small, -1, 'down', 260)).toBe(0);
    expect(moveIndex(layoutGrid({ count: 0, width: 10, cell: 10, gap: 1, caption: 0 }), -1, 'right', 100)).toBe(-1);
  });
});

describe('indexAt', () => {
  it('finds the cell under a point, caption included, and none in a gap', () => {
    expect(indexAt(small, 5, 5, 0, 260)).toBe(0);
    expect(indexAt(small, 115, 115, 0, 260)).toBe(1);
    expect(indexAt(small, 105, 5, 0, 260)).toBe(-1);
    expect(indexAt(small, 5, 125, 0, 260)).toBe(-1);
    expect(indexAt(small, 5, 5, 130, 260)).toBe(4);
    expect(indexAt(small, 335, 5, 650, 120)).toBe(-1);
  });
});
