/** Escaping, harmless CSV, and figures in words. */

import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvCell, csvRow } from '../../../src/main/files/csv-row.js';
import { alignedPercent, count, counted, percent } from '../../../src/shared/figures.js';
import { decimal, moment } from '../../../src/main/report/figures.js';
import { escapeHtml, markup } from '../../../src/main/drawing/markup.js';

describe('HTML', () => {
  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    [`"quoted" 'and' \`ticked\` & more`, '&quot;quoted&quot; &#39;and&#39; &#96;ticked&#96; &amp; more'],
    ['two\nlines\ttab\u0000nul\u007f', 'two␊lines␉tab␀nul␡'],
    ['owl 🦉 stays, \ud83e alone does not', 'owl 🦉 stays, \ufffd alone does not'],
    ['&lt;', '&amp;lt;'],
  ])('escapes %j', (text, expected) => {
    expect(escapeHtml(text)).toBe(expected);
  });

  it('escapes what is interpolated and nothing that was made here', () => {
    const inner = markup`<b>${'<i>'}</b>`;
    expect(markup`<p title="${'"'}">${inner}${[inner, inner]}${3}${null}</p>`.text).toBe(
      '<p title="&quot;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b><b>&lt;i&gt;</b>3</p>',
    );
  });
});

describe('CSV', () => {
  it.each([
    ['=cmd|calc', "'=cmd|calc"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', `"'\rx"`],
    ['a=b', 'a=b'],
    ['say "hi", now', '"say ""hi"", now"'],
    ['two\nlines', '"two\nlines"'],
    ['=a,b', `"'=a,b"`],
    [-0.5, '-0.5'],
    [NaN, ''],
    [null, ''],
  ])('writes %j as %j', (cell, expected) => {
    expect(csvCell(cell)).toBe(expected);
  });

  it('is read back by another reader', () => {
    const cells = ['a,b', 'c"d', 'e\r\nf', '🦉', ''];
    expect(parse(csvRow(cells))).toEqual([cells]);
  });
});

describe('figures', () => {
  it.each([
    [0, '0\u202f%'],
    [0.00004, '<\u202f0.01\u202f%'],
    [0.0004, '0.04\u202f%'],
    [0.00679, '0.7\u202f%'],
    [0.5, '50\u202f%'],
    [0.997, '99.7\u202f%'],
    [0.9999, '>\u202f99.9\u202f%'],
    [NaN, '–'],
  ])('say the probability %d as %s', (value, expected) => {
    expect(percent(value)).toBe(expected);
  });

  it('call a share whole only when it is', () => {
    expect([alignedPercent(0.1041), alignedPercent(0.99999), alignedPercent(1), alignedPercent(0)]).toEqual([
      '10.4\u202f%',
      '99.9\u202f%',
      '100\u202f%',
      '0.0\u202f%',
    ]);
  });

  it('say counts, decimals and moments', () => {
    expect(count(1234567)).toBe('1,234,567');
    expect([counted(1, 'image'), counted(2, 'image')]).toEqual(['1 image', '2 images']);
    expect(decimal(-0.25, 3)).toBe('\u22120.250');
    expect(moment(Date.UTC(2026, 0, 2, 3, 4))).toBe('2026-01-02 03:04 UTC');
  });
});
