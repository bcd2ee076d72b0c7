/** Benchmarks of the window: Playwright drives the built application in a real Electron. */

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../../test-results/bench',
  workers: 1,
  retries: 0,
  expect: { timeout: 30_000 },
  reporter: [['list']],
});
