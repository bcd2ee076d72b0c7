/** `npm run demo`: audits the embedded demo; in a window where there is a display, else headless with a report and screenshots. */

import { join } from 'node:path';

import { build } from './build.ts';
import type { ElectronRuntime } from './electron-runtime/index.ts';
import { command, projectRoot, runScript, tryCommand } from './lib/command.ts';
import { chromiumSwitches, hasDisplay, runWithDisplay } from './lib/display.ts';
import { setUp } from './lib/set-up.ts';

const output = join(projectRoot, 'demo-output');
const demo = join(projectRoot, 'resources/demo');

async function openWindow(electron: ElectronRuntime): Promise<number> {
  console.log('Opening the demo ...');
  return (await tryCommand(electron.executable, [...chromiumSwitches(), projectRoot, '--demo'])).code;
}

/** The whole audit by the command line, then the same in the real window on a virtual screen. */
async function runHeadless(electron: ElectronRuntime): Promise<number> {
  const report = join(output, 'report');
  const screenshots = join(output, 'screenshots');
  const env = { ...process.env, HOGNOSE_ELECTRON: electron.executable };
  console.log('\nThere is no display: running the audit on the command line.\n');
  const wishes = ['--explain', '24', '--format', 'html,pdf,csv,json'];
  await command(
    process.execPath,
    [
      join(projectRoot, 'scripts/hognose.mjs'),
      'audit',
      join(demo, 'data'),
      ...['--model', join(demo, 'model'), '--out', output, ...wishes],
    ],
    { env },
  );
  console.log('\nStarting the window on a virtual screen for its screenshots.\n');
  const tour = join(projectRoot, 'scripts/lib/screenshot-tour.ts');
  const code = await runWithDisplay(process.execPath, [tour, screenshots], env);
  if (code !== 0) return code;
  console.log(`\nReport:      ${join(report, 'index.html')}`);
  console.log(`PDF:         ${join(report, 'report.pdf')}`);
  console.log(`Screenshots: ${screenshots}`);
  console.log('On a machine with a display the same command opens the window.');
  return 0;
}

await runScript(async () => {
  const electron = await setUp();
  await build();
  return hasDisplay() ? openWindow(electron) : runHeadless(electron);
});
