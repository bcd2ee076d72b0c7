/** What crosses the bridge whatever is asked: refusals and errors as data, and a trace of errors that nobody foresaw. */

import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';

import { answer, isCallName } from '../../../src/main/calls/answer.js';
import type { Calls } from '../../../src/main/calls/context.js';
import { calls as table } from '../../../src/shared/calls/calls.js';

/** Calls of which only some are there. */
const only = (some: Partial<Calls>): Calls => some as Calls;

let logged: MockInstance<typeof process.stderr.write>;
beforeEach(() => {
  logged = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('knows the names of the table and no others', () => {
  expect(Object.keys(table).every(isCallName)).toBe(true);
  for (const name of ['app.quit', 'toString', '__proto__', null, 7]) expect(isCallName(name)).toBe(false);
});

describe('an input that does not fit', () => {
  it('is refused with the place, and never reaches the code behind the call', async () => {
    const rows = vi.fn(() => []);
    expect(await answer(only({ 'gallery.rows': rows }), 'gallery.rows', { ids: [1, -1] })).toEqual({
      ok: false,
      error: { code: 'REFUSED', message: expect.stringContaining('wrong ids.1') as string, hint: '' },
    });
    expect(rows).not.toHaveBeenCalled();
    expect(logged).not.toHaveBeenCalled();
  });

  it('loses what the call does not know', async () => {
    const rows = vi.fn(() => []);
    await answer(only({ 'gallery.rows': rows }), 'gallery.rows', { ids: [1], path: '/etc' });
    expect(rows).toHaveBeenCalledWith({ ids: [1] });
  });
});

describe('an error', () => {
  it('nobody foresaw is told, and where it came from is in the log', async () => {
    const broken = only({
      'app.info': () => {
        throw new TypeError('x is not a function');
      },
    });
    expect(await answer(broken, 'app.info', undefined)).toMatchObject({
      ok: false,
      error: { code: 'INTERNAL', message: 'x is not a function' },
    });
    expect(logged).toHaveBeenCalledWith(expect.stringMatching(/^app\.info: TypeError: x is not a function\n +at /));
  });

  it('that comes later is told as well', async () => {
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const reply = answer(only({ 'jobs.predict': () => Promise.reject(full) }), 'jobs.predict', undefined);
    expect(await reply).toMatchObject({ ok: false, error: { code: 'DISK_FULL' } });
    expect(logged).not.toHaveBeenCalled();
  });
});
