/** Text is measured by the bundled fonts and broken so that it never leaves its box. */

import { describe, expect, it } from 'vitest';

import { facesFor, textWidth } from '../../../src/main/sheet/fonts.js';
import { fitLine, type TextBox, wrapText } from '../../../src/main/sheet/text-lines.js';

const box = { width: 60, size: 7, weight: 'regular', lines: 2 } as const satisfies TextBox;
const widest = (lines: readonly string[]): number => Math.max(...lines.map((line) => textWidth(line, 'regular') * 7));

describe('widths', () => {
  it('are those of the fonts', () => {
    // Inter 4: 'H' is 1,490 of 2,048 units wide, a space 576.
    expect(textWidth('H', 'regular')).toBeCloseTo(0.744, 2);
    expect(textWidth('HH', 'regular')).toBeCloseTo(2 * textWidth('H', 'regular'), 10);
    expect(textWidth('Hognose', 'strong')).toBeGreaterThan(textWidth('Hognose', 'regular'));
  });

  it('are known of other scripts and of emoji, and assumed of what no font has', () => {
    for (const text of ['Ж', 'ż', 'Ω', 'ế', '😀', '→']) expect(textWidth(text, 'regular')).not.toBe(1);
    expect(textWidth('中', 'regular')).toBe(1);
  });
});

describe('lines', () => {
  it('break after words, underscores and hyphens', () => {
    expect(wrapText('Integrated Gradients', box)).toEqual(['Integrated', 'Gradients']);
    expect(wrapText('n01729322_hognose.JPEG', { ...box, width: 52 })).toEqual(['n01729322_', 'hognose.JPEG']);
  });

  it('end with an ellipsis and never leave the box', () => {
    const long = 'a snake of a very long name that nobody would ever read to its end';
    const lines = wrapText(long, box);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/…$/);
    expect(widest(lines)).toBeLessThanOrEqual(60);
    const word = wrapText('x'.repeat(200), box);
    expect(word).toHaveLength(2);
    expect(widest(word)).toBeLessThanOrEqual(60);
  });

  it('keep characters of several code points whole', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(fitLine(family.repeat(20), box).replace(/…$/, '').replaceAll(family, '')).toBe('');
  });

  it('are none for no text', () => {
    expect(wrapText('  ', box)).toEqual([]);
  });
});

describe('embedded fonts', () => {
  it('are the parts that the text needs', () => {
    expect(facesFor('hognose 1.5 s').map(({ family, weight }) => `${family} ${weight}`)).toEqual([
      'Inter 400',
      'Inter 600',
    ]);
    expect(facesFor('żółw').length).toBe(4);
    expect(facesFor('😀').map(({ family }) => family)).toEqual(['DejaVu Sans']);
    expect(facesFor('中')).toEqual([]);
  });
});
