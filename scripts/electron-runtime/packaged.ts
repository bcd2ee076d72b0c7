/** Makes a packaged application run on the stand-in, for tests only. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { preparedStandIn } from './stand-in.ts';

/**
 * Exchanges the better-sqlite3 of a packaged application, which is built for newer Electrons, when the stand-in is in
 * use. What users get is never touched: give it a copy.
 * @param resources the `resources` folder of the copy
 */
export async function adaptPackagedApp(resources: string): Promise<void> {
  const standIn = await preparedStandIn();
  if (standIn === null) return;
  const entry = join(resources, 'app.asar.unpacked/node_modules/better-sqlite3/lib/index.js');
  await writeFile(entry, `module.exports = require(${JSON.stringify(standIn.driver)});\n`);
}
