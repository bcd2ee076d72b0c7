/** Bundles the application into `out/`. */

import { join } from 'node:path';

import { command, projectRoot, runScript } from './lib/command.ts';

/** Builds main, preload and renderer. */
export async function build(): Promise<void> {
  await command(process.execPath, [
    join(projectRoot, 'node_modules/electron-vite/bin/electron-vite.js'),
    'build',
    '--logLevel',
    'warn',
  ]);
}

if (import.meta.main) {
  await runScript(async () => {
    await build();
    return 0;
  });
}
