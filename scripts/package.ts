/** `npm run package`: builds the application and packs it with electron-builder into `dist/`. */

import { join } from 'node:path';

import { build } from './build.ts';
import { command, projectRoot, runScript } from './lib/command.ts';
import { setUp } from './lib/set-up.ts';

/** On Linux the system's 7-Zip instead of one fetched elsewhere, at a level that does not take minutes for a percent. */
function packingTools(): NodeJS.ProcessEnv {
  if (process.platform !== 'linux') return {};
  return { ELECTRON_BUILDER_7ZIP_PATH: '/usr/bin/7za', ELECTRON_BUILDER_COMPRESSION_LEVEL: '5' };
}

/**
 * Packs what is in `out/`.
 * @param targets electron-builder's names, for this machine's system; none for all that the configuration lists
 */
export async function packageApplication(targets: readonly string[]): Promise<void> {
  const electron = await setUp();
  const cli = join(projectRoot, 'node_modules/electron-builder/cli.js');
  const systemArgument = { linux: '--linux', win32: '--win', darwin: '--mac' }[process.platform as string] ?? '--linux';
  const config = [
    `--config.electronDist=${electron.dist}`,
    `--config.electronVersion=${electron.version}`,
    '--publish=never',
  ];
  const env = { ...packingTools(), ...process.env };
  await command(process.execPath, [cli, systemArgument, ...targets, ...config], { env });
  if (electron.standIn !== null) {
    console.log(`This package holds the stand-in Electron ${electron.version}: good for tests here, not for release.`);
  }
}

if (import.meta.main) {
  await runScript(async () => {
    await build();
    const targets = process.argv.slice(2);
    await packageApplication(targets.length > 0 ? targets : ['dir', 'tar.gz']);
    return 0;
  });
}
