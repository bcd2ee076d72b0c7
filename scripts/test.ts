/** `npm test`: sets the machine up, builds, and runs every check and test; goes on after failures and sums up. */

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from './build.ts';
import { projectRoot, runScript, tryCommand } from './lib/command.ts';
import { runEndToEnd } from './lib/end-to-end.ts';
import { setUp } from './lib/set-up.ts';
import {
  countPlaywright,
  countReport,
  countsLine,
  countVitest,
  singleCheck,
  sumCounts,
  type TestCounts,
} from './lib/test-counts.ts';
import { packageApplication } from './package.ts';

const results = join(projectRoot, 'test-results');

interface Step {
  readonly name: string;
  readonly run: () => Promise<TestCounts>;
}

/** A check by an npm script: its exit code is all there is to count. */
function check(name: string, script: string): Step {
  const run = async (): Promise<TestCounts> =>
    singleCheck((await tryCommand('npm', ['run', '--silent', script])).code === 0);
  return { name, run };
}

function vitest(name: string, projects: readonly string[]): Step {
  const run = async (): Promise<TestCounts> => {
    const report = join(results, `${name}.json`);
    const { code } = await tryCommand(process.execPath, [
      join(projectRoot, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...projects.map((project) => `--project=${project}`),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    return countReport(report, countVitest, code);
  };
  return { name, run };
}

const endToEnd: Step = {
  name: 'e2e',
  run: async () => {
    const electron = await setUp();
    const report = join(results, 'e2e.json');
    const code = await runEndToEnd(electron, [], ['list', 'json'], { PLAYWRIGHT_JSON_OUTPUT_FILE: report });
    return countReport(report, countPlaywright, code);
  },
};

/** A piece of work that succeeds or throws. */
function work(name: string, task: () => Promise<unknown>): Step {
  const run = async (): Promise<TestCounts> => {
    await task();
    return singleCheck(true);
  };
  return { name, run };
}

const steps: readonly Step[] = [
  work('set-up', setUp),
  work('build', build),
  check('format', 'format:check'),
  check('lint', 'lint'),
  check('types', 'types'),
  check('knip', 'knip'),
  vitest('unit', ['unit', 'renderer']),
  vitest('conformance', ['conformance']),
  vitest('golden', ['golden']),
  work('package', () => packageApplication(['dir'])),
  endToEnd,
];

async function runStep({ name, run }: Step): Promise<{ readonly counts: TestCounts; readonly line: string }> {
  console.log(`\n=== ${name}`);
  const start = performance.now();
  let counts: TestCounts;
  try {
    counts = await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    counts = singleCheck(false);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  return { counts, line: `${counts.failed > 0 ? 'FAILED' : 'ok    '} ${name}: ${countsLine(counts)} (${seconds} s)` };
}

await runScript(async () => {
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const outcomes = [];
  for (const step of steps) outcomes.push(await runStep(step));
  const total = sumCounts(outcomes.map(({ counts }) => counts));
  console.log(`\n${outcomes.map(({ line }) => line).join('\n')}\n${countsLine(total)}`);
  return total.failed > 0 ? 1 : 0;
});
