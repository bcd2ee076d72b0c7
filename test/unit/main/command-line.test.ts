/** What the application does with the words it is started with. */

import { describe, expect, it } from 'vitest';

import { readErrand } from '../../../src/main/command-line.js';

const read = (...words: string[]) => readErrand(words, '/app', '/home/me');

describe('readErrand', () => {
  it('opens the start screen when nothing is asked', () => {
    expect(read('--no-sandbox', '/app')).toEqual({ kind: 'window', open: null, demo: false, devTools: false });
  });

  it('opens a project folder, relative to where it was started', () => {
    expect(read('/app', 'audits/birds.hognose/')).toEqual({
      kind: 'window',
      open: '/home/me/audits/birds.hognose',
      demo: false,
      devTools: false,
    });
  });

  it('opens the demo', () => {
    expect(read('--disable-gpu', '/app', '--demo')).toEqual({
      kind: 'window',
      open: null,
      demo: true,
      devTools: false,
    });
  });

  it('opens the developer tools', () => {
    expect(read('/app', '--devtools')).toEqual({ kind: 'window', open: null, demo: false, devTools: true });
  });

  it('prints a PDF', () => {
    expect(read('/app', '--print-pdf', 'report/index.html', '/tmp/report.pdf')).toEqual({
      kind: 'print-pdf',
      html: '/home/me/report/index.html',
      pdf: '/tmp/report.pdf',
    });
  });

  it('ignores words that name no project', () => {
    expect(read('/app', 'http://example.org', '--x=y')).toEqual({
      kind: 'window',
      open: null,
      demo: false,
      devTools: false,
    });
  });
});
