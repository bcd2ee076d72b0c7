/** A child process that opens hostile files one after the other and reports each outcome with its time and memory. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cpuSessions } from '../../../src/main/engine/session.js';
import { openModel } from '../../../src/main/model/open.js';
import { AppError } from '../../../src/shared/errors.js';
import { type Hostile, hostileFiles, sound } from './seeds.js';

/** Seeds to open, both included. */
export interface WorkerRequest {
  readonly from: number;
  readonly to: number;
}

export type WorkerReport =
  | { readonly kind: 'begin'; readonly seed: number }
  | {
      readonly kind: 'end';
      readonly seed: number;
      /** 'opened', the code of an AppError, or what else was thrown. */
      readonly outcome: string;
      /** The error's message and hint. */
      readonly message: string;
      /** Whether the message says which file or folder it is about. */
      readonly located: boolean;
      readonly milliseconds: number;
      /** How far the process's peak memory lies above its size after opening sound files, in bytes. */
      readonly memory: number;
      /** Size of all files. */
      readonly bytes: number;
    }
  | { readonly kind: 'finished' };

const sessions = cpuSessions(1);

function peak(): number {
  return process.resourceUsage().maxRSS * 1024;
}

async function open(folder: string, { files, open: target }: Hostile): Promise<void> {
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  try {
    await openModel(join(folder, target), sessions);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function outcomeOf(work: Promise<void>): Promise<{ outcome: string; message: string }> {
  try {
    await work;
    return { outcome: 'opened', message: '' };
  } catch (error) {
    if (error instanceof AppError) return { outcome: error.code, message: `${error.message} ${error.hint}` };
    return { outcome: 'not an AppError', message: error instanceof Error ? (error.stack ?? '') : String(error) };
  }
}

function report(message: WorkerReport): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function openAll({ from, to }: WorkerRequest): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-hostile-'));
  try {
    for (const [index, each] of sound.entries()) await outcomeOf(open(join(folder, `sound${String(index)}`), each));
    const baseline = peak();
    for (let seed = from; seed <= to; seed += 1) {
      const hostile = hostileFiles(seed);
      const bytes = Object.values(hostile.files).reduce((sum, { length }) => sum + length, 0);
      await report({ kind: 'begin', seed });
      const start = performance.now();
      const result = await outcomeOf(open(join(folder, String(seed)), hostile));
      const milliseconds = performance.now() - start;
      const names = [String(seed), ...Object.keys(hostile.files)];
      const located = names.some((name) => result.message.includes(name));
      await report({ kind: 'end', seed, ...result, located, milliseconds, memory: peak() - baseline, bytes });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await report({ kind: 'finished' });
  process.disconnect();
}

process.once('message', (request: WorkerRequest) => {
  void openAll(request);
});
