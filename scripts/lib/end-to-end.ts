/** Starts Playwright on the built application. */

import { join } from 'node:path';

import type { ElectronRuntime } from '../electron-runtime/index.ts';
import { projectRoot } from './command.ts';
import { runWithDisplay } from './display.ts';

/** Runs the end-to-end tests with these reporters; resolves to the exit code. */
export function runEndToEnd(
  electron: ElectronRuntime,
  args: readonly string[],
  reporters: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const playwright = join(projectRoot, 'node_modules/@playwright/test/cli.js');
  return runWithDisplay(process.execPath, [playwright, 'test', `--reporter=${reporters.join(',')}`, ...args], {
    ...process.env,
    ...env,
    HOGNOSE_ELECTRON: electron.executable,
  });
}
