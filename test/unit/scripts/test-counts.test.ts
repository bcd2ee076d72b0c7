/** The figures that `npm test` ends with: nothing that went wrong may look like success. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  countPlaywright,
  countReport,
  countsLine,
  countVitest,
  singleCheck,
  sumCounts,
} from '../../../scripts/lib/test-counts.js';

const vitest = (passed: number, failed: number, files: { status: string; assertionResults: unknown[] }[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: files,
});

describe('counting', () => {
  it('counts a file that did not load as one failed test', () => {
    const files = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{}] },
      { status: 'passed', assertionResults: [{}] },
    ];
    expect(countVitest(vitest(4, 1, files))).toEqual({ passed: 4, failed: 2, skipped: 3 });
  });

  it('counts flaky tests and errors outside of tests as failed', () => {
    const stats = { expected: 5, unexpected: 1, flaky: 2, skipped: 3 };
    expect(countPlaywright({ stats, errors: [{}] })).toEqual({ passed: 5, failed: 4, skipped: 3 });
  });

  it('adds up and writes the last line, with skipped tests only when there are some', () => {
    const sum = sumCounts([singleCheck(true), singleCheck(false), { passed: 10, failed: 0, skipped: 0 }]);
    expect(countsLine(sum)).toBe('11 passed, 1 failed');
    expect(countsLine({ ...sum, skipped: 2 })).toBe('11 passed, 1 failed, 2 skipped');
  });
});

describe('countReport', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hognose-counts-'));
    file = join(folder, 'report.json');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('counts what the report says', async () => {
    await writeFile(file, JSON.stringify(vitest(7, 0)));
    expect(await countReport(file, countVitest, 0)).toEqual({ passed: 7, failed: 0, skipped: 3 });
  });

  it('is one failure when the run failed although no test did', async () => {
    await writeFile(file, JSON.stringify(vitest(7, 0)));
    expect(await countReport(file, countVitest, 1)).toEqual({ passed: 7, failed: 1, skipped: 3 });
  });

  it('is one failure when there is no report', async () => {
    expect(await countReport(file, countVitest, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
