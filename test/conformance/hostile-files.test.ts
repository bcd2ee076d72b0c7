/** Ten thousand damaged and hostile model files: none crashes, hangs or eats memory, and every refusal is an AppError. */

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { WorkerReport } from '../support/hostile/worker.js';

const root = join(import.meta.dirname, '../..');

/** Files in all, files a child opens before it is replaced, children at a time. */
const [total, share, pool] = [10_000, 500, 2];
/** Longest time for one file. */
const patience = 5000;
const memoryLimit = (bytes: number): number => 2 * bytes + 256 * 2 ** 20;

let folder = '';

/** The worker and the sources it imports as one file that plain Node runs. */
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.hognose-hostile-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr: 'test/support/hostile/worker.ts', outDir: folder, emptyOutDir: true, target: 'node20' },
  });
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What JavaScript says when code did not expect a value. */
const accident = /cannot read prop|is not a function|is not iterable|invalid array length|call stack|out of bounds/i;

interface Tally {
  readonly failures: string[];
  readonly outcomes: Map<string, number>;
}

function judge(report: Extract<WorkerReport, { kind: 'end' }>, tally: Tally): void {
  const { seed, outcome, message, located, milliseconds, memory, bytes } = report;
  tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
  const fail = (what: string): void => {
    tally.failures.push(`seed ${String(seed)}: ${what}`);
  };
  const known = outcome === 'opened' || outcome === 'TENSOR_FILE_INVALID' || outcome.startsWith('MODEL_');
  if (!known) fail(`${outcome}: ${message.slice(0, 600)}`);
  else if (outcome !== 'opened' && !located) fail(`the message names no file: ${message.slice(0, 600)}`);
  else if (accident.test(message)) fail(`an accident of the code: ${message.slice(0, 600)}`);
  if (milliseconds > patience) fail(`took ${String(Math.round(milliseconds))} ms (${outcome})`);
  if (memory > memoryLimit(bytes)) fail(`memory grew by ${String(Math.round(memory / 2 ** 20))} MB (${outcome})`);
}

/** Opens seeds `from` to `to` in one child; resolves with the seed that it ended at, `to` when nothing went wrong. */
function openIn(from: number, to: number, tally: Tally): Promise<number> {
  return new Promise((resolve) => {
    const child: ChildProcess = fork(join(folder, 'worker.js'), [], {
      execArgv: ['--max-old-space-size=160', '--max-semi-space-size=4'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let seed = from;
    let timer: NodeJS.Timeout | undefined;
    let tooMuch = false;
    child.on('message', (report: WorkerReport) => {
      clearTimeout(timer);
      if (report.kind === 'finished') return;
      ({ seed } = report);
      if (report.kind === 'begin') {
        timer = setTimeout(() => {
          tally.failures.push(`seed ${String(seed)}: hangs`);
          child.kill('SIGKILL');
          tooMuch = true;
        }, 2 * patience);
        return;
      }
      judge(report, tally);
      // The peak stays: what follows has to be measured in a fresh process.
      if (report.memory <= memoryLimit(report.bytes)) return;
      tooMuch = true;
      child.kill('SIGKILL');
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) {
        resolve(to);
        return;
      }
      if (!tooMuch) tally.failures.push(`seed ${String(seed)}: the process ended (${signal ?? String(code)})`);
      resolve(seed);
    });
    child.send({ from, to });
  });
}

/** `HOGNOSE_HOSTILE_SEEDS=12-15` repeats a few. */
function wantedSeeds(): readonly [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(process.env.HOGNOSE_HOSTILE_SEEDS ?? '');
  return match ? [Number(match[1]), Number(match[2] ?? match[1])] : [1, total];
}

describe('hostile model files', () => {
  it('10,000 files: no crash, no hang over 5 s, at most 2 x the file and 256 MB, always an AppError or an opened model', async () => {
    const tally: Tally = { failures: [], outcomes: new Map() };
    const [first, last] = wantedSeeds();
    let next = first;
    const work = async (): Promise<void> => {
      while (next <= last) {
        const from = next;
        const to = Math.min(last, from + share - 1);
        next = to + 1;
        for (let at = from; at <= to; at += 1) at = await openIn(at, to, tally);
      }
    };
    await Promise.all(Array.from({ length: pool }, work));
    const counts = [...tally.outcomes].map(([outcome, count]) => `${String(count)} ${outcome}`).join(', ');
    process.stdout.write(`Hostile files: ${counts}.\n`);
    expect(tally.failures, `repeat one with HOGNOSE_HOSTILE_SEEDS=${String(first)}`).toEqual([]);
    expect([...tally.outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(last - first + 1);
  }, 900_000);
});
