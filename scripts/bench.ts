/** `npm run bench`: predicting, TIS, memory and listing; `--methods`, `--reference`, `--fidelity`, `--journey`, `--sentences`, `--estimates`, `--table` and `--task-kills` run these instead, `--million [IMAGES]` the window at a million images, `--kills` the window through thirty kills. */

import { join } from 'node:path';

import { projectRoot, runScript, tryCommand } from './lib/command.ts';
import { measureMillion } from './lib/million.ts';
import { setUp } from './lib/set-up.ts';
import { runWindowBench } from './lib/window-bench.ts';
import { build } from './build.ts';

const usual = ['tis.bench', 'many.bench', 'memory.bench', 'listing.bench'];
const others: Readonly<Record<string, readonly string[]>> = {
  // Seconds a map of every method.
  '--methods': ['methods.bench'],
  // The published algorithm in the same engine, beside ours.
  '--reference': ['reference.bench'],
  // An audit of 4,000 images through kills, a move, overwritten files and a lost folder.
  '--journey': ['journey.bench'],
  // Sentences of real disagreements, and whether kinds know which labels people reject; half an hour on two cores.
  '--sentences': ['sentences.bench'],
  // What 8-bit products gain and what they do to maps.
  '--fidelity': ['fidelity.bench'],
  // How good maps are with fewer masks and other estimates; more than an hour on two cores.
  '--estimates': ['estimates.bench'],
  // Filters, orders, counts and names of a million images in memory.
  '--table': ['table.bench', 'names.bench'],
  // A task through fifty kills of its runner.
  '--task-kills': ['task-kills.bench'],
};

async function measureKills(): Promise<number> {
  const electron = await setUp();
  await build();
  return runWindowBench(electron.executable, 'kills.spec.ts');
}

await runScript(async () => {
  const given = process.argv.slice(2);
  if (given[0] === '--kills') return measureKills();
  if (given[0] === '--million') return measureMillion(given[1] === undefined ? undefined : Number(given[1]));
  const rest = given.filter((argument) => !(argument in others));
  const chosen = Object.entries(others).flatMap(([flag, files]) => (given.includes(flag) ? files : []));
  // The memory of the engine process is measured as it is built.
  const built = await tryCommand(process.execPath, [join(projectRoot, 'scripts/build.ts')]);
  if (built.code !== 0) return built.code;
  const { code } = await tryCommand(process.execPath, [
    join(projectRoot, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project=bench',
    ...(chosen.length > 0 ? chosen : usual).map((file) => `test/bench/${file}`),
    ...rest,
  ]);
  return code;
});
