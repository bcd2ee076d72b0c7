/** Runs the end-to-end tests alone: set-up, build, Playwright. Arguments go to Playwright. */

import { runEndToEnd } from './lib/end-to-end.ts';
import { runScript } from './lib/command.ts';
import { setUp } from './lib/set-up.ts';
import { build } from './build.ts';

await runScript(async () => {
  const electron = await setUp();
  await build();
  return runEndToEnd(electron, process.argv.slice(2), ['list']);
});
