/** `npm run bench`: predicting, TIS and listing; with `--methods` the table of seconds a map of every method instead. */

import { join } from 'node:path';

import { projectRoot, runScript, tryCommand } from './lib/command.ts';

await runScript(async () => {
  const given = process.argv.slice(2);
  const rest = given.filter((argument) => argument !== '--methods');
  const files = given.includes('--methods') ? ['methods.bench'] : ['tis.bench', 'listing.bench'];
  const { code } = await tryCommand(process.execPath, [
    join(projectRoot, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project=bench',
    ...files.map((file) => `test/bench/${file}`),
    ...rest,
  ]);
  return code;
});
