/** Runs a benchmark of the window: Playwright drives the built application in a real Electron. */

import { join } from 'node:path';

import { projectRoot } from './command.ts';
import { runWithDisplay } from './display.ts';

/** @param spec file in test/bench; resolves to the exit code */
export function runWindowBench(executable: string, spec: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const playwright = join(projectRoot, 'node_modules/@playwright/test/cli.js');
  const config = join(projectRoot, 'test/bench/playwright.config.ts');
  return runWithDisplay(process.execPath, [playwright, 'test', '--config', config, spec], {
    ...process.env,
    ...env,
    HOGNOSE_ELECTRON: executable,
  });
}
