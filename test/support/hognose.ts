/** Runs the built command line as a person would, and reads what it wrote. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';

const root = resolve(import.meta.dirname, '../..');

export const demoModel = join(root, 'resources/demo/model');

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command on its way. */
export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Starts `hognose ...` out of `out/`; `npm run build` makes that. */
export function startHognose(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [join(root, 'out/main/cli.cjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => {
      done({ code, signal, stdout, stderr });
    });
  });
  return { child, outcome };
}

/** Runs `hognose ...` to its end. */
export function hognose(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return startHognose(args, env).outcome;
}

/** The rows of a CSV file by column name. */
export function csvRows(path: string): Record<string, string>[] {
  return parse(readFileSync(path), { columns: true });
}
