/** Sees to the Debian packages that Electron without a display needs: installs them as root, else says how. */

import { readFile } from 'node:fs/promises';

import { command, runScript, tryCommand } from './lib/command.ts';

const packages = [
  'xvfb',
  'xauth',
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libxss1',
  'libxtst6',
  'unzip',
  'p7zip-full',
] as const;

/** Newer Debians and Ubuntus renamed some libraries when their time type grew. */
const renamed: Readonly<Record<string, string>> = { 'libgtk-3-0': 'libgtk-3-0t64', libasound2: 'libasound2t64' };

async function isDebian(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(text);
}

async function isInstalled(name: string): Promise<boolean> {
  const { output } = await tryCommand('dpkg-query', ['-W', '-f', '${Status}', name], { quiet: true, mute: true });
  return output === 'install ok installed';
}

async function missingPackages(): Promise<string[]> {
  const missing: string[] = [];
  for (const name of packages) {
    const newName = renamed[name];
    if (!(await isInstalled(name)) && !(newName !== undefined && (await isInstalled(newName)))) missing.push(name);
  }
  return missing;
}

/**
 * Makes sure that the system packages are there; does nothing on systems other than Debian and its kin.
 * @throws Error with the command to run when they are missing and this is not root.
 */
export async function ensureSystemPackages(): Promise<void> {
  if (!(await isDebian())) return;
  const missing = await missingPackages();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(
      `Some system packages are missing. Install them and run this again:\n  sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`,
    );
  }
  console.log(`Installing system packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'APT::Update::Error-Mode=any'];
  await command('apt-get', [...wait, 'update', '-qq'], { env });
  await command('apt-get', [...wait, 'install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env,
    quiet: true,
  });
}

if (import.meta.main) {
  await runScript(async () => {
    await ensureSystemPackages();
    return 0;
  });
}
