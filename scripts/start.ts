/** Builds the application and opens it: `npm start -- [PROJECT_FOLDER | --demo]`. */

import { build } from './build.ts';
import { findElectron } from './electron-runtime/index.ts';
import { projectRoot, runScript, tryCommand } from './lib/command.ts';
import { chromiumSwitches } from './lib/display.ts';

await runScript(async () => {
  await build();
  const { executable } = await findElectron(console.log);
  return (await tryCommand(executable, [...chromiumSwitches(), projectRoot, ...process.argv.slice(2)])).code;
});
