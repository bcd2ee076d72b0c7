/** `npm run dev`: opens the application with developer tools, and builds and restarts it whenever a source file changes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from './build.ts';
import { findElectron } from './electron-runtime/index.ts';
import { projectRoot, runScript } from './lib/command.ts';
import { chromiumSwitches } from './lib/display.ts';

/** Changes closer together than this are one, in milliseconds. */
const pause = 200;

async function buildAndStart(executable: string): Promise<ChildProcess | null> {
  try {
    await build();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return null;
  }
  const words = [...chromiumSwitches(), projectRoot, '--devtools', ...process.argv.slice(2)];
  return spawn(executable, words, { stdio: 'inherit' });
}

async function stop(child: ChildProcess | null): Promise<void> {
  if (child?.exitCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
}

await runScript(async () => {
  const { executable } = await findElectron(console.log);
  let child = await buildAndStart(executable);
  let last = performance.now();
  for await (const { filename } of watch(join(projectRoot, 'src'), { recursive: true })) {
    if (filename === null || performance.now() - last < pause) continue;
    console.log(`${filename} changed`);
    await stop(child);
    child = await buildAndStart(executable);
    last = performance.now();
  }
  return 0;
});
