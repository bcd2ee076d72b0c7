/** Everything a fresh machine needs before the application can run: system packages and an Electron. */

import { type ElectronRuntime, findElectron } from '../electron-runtime/index.ts';
import { ensureSystemPackages } from '../system-packages.ts';

/** Prepares the machine; quick when that was done before. */
export async function setUp(): Promise<ElectronRuntime> {
  await ensureSystemPackages();
  return findElectron(console.log);
}
