/** What a shared library needs is read out of its tables, and damage is told from it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDynamicSection } from '../../../src/main/engine/elf.js';
import { tinyElf } from '../../support/tiny-elf.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hognose-elf-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(bytes: Uint8Array): string {
  const path = join(folder, 'lib.so');
  writeFileSync(path, bytes);
  return path;
}

it.skipIf(process.platform !== 'linux')('reads the program that runs this test', () => {
  const { needed } = readDynamicSection(process.execPath);
  expect(needed).toContain('libc.so.6');
  expect(needed.every((name) => /^(?:lib|ld-).+\.so/.test(name))).toBe(true);
});

it.skipIf(process.platform !== 'linux' || process.arch !== 'x64')("reads ONNX Runtime's library", () => {
  const path = join(import.meta.dirname, '../../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64');
  const { needed, runpath } = readDynamicSection(join(path, 'libonnxruntime.so.1'));
  expect(needed).toContain('libstdc++.so.6');
  expect(runpath).toEqual(['$ORIGIN']);
});

it('reads names in their order, and the folders they are looked for in', () => {
  const path = written(tinyElf({ needed: ['liba.so.1', 'libb.so'], runpath: '$ORIGIN:/opt/lib' }));
  expect(readDynamicSection(path)).toEqual({ needed: ['liba.so.1', 'libb.so'], runpath: ['$ORIGIN', '/opt/lib'] });
});

it('finds nothing in a library that needs nothing', () => {
  expect(readDynamicSection(written(tinyElf({ needed: [] })))).toEqual({ needed: [], runpath: [] });
});

it('refuses a file that is cut off anywhere, and what is no library', () => {
  const whole = tinyElf({ needed: ['liba.so.1'] });
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => readDynamicSection(written(whole.subarray(0, length))), String(length)).toThrow(RangeError);
  }
  expect(() => readDynamicSection(written(new TextEncoder().encode('no library '.repeat(20))))).toThrow('is damaged');
});

it('refuses any damage without harm', () => {
  const whole = tinyElf({ needed: ['liba.so.1'], runpath: '/opt/lib' });
  for (let at = 0; at < whole.length; at += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = 0xff;
    try {
      readDynamicSection(written(damaged));
    } catch (error) {
      expect(error, String(at)).toBeInstanceOf(RangeError);
    }
  }
});
