/** Prints a report to PDF from the command line, with a hidden Electron when one can be found. */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '../../shared/errors.js';

/** Longest time a report may take to print, in milliseconds. */
const patience = 120_000;

function unavailable(why: string, cause?: unknown): AppError {
  return new AppError(
    'PDF_UNAVAILABLE',
    `${why}.`,
    'Set HOGNOSE_ELECTRON to an Electron program, or open the HTML report in a browser and print it.',
    { cause },
  );
}

/** The Electron to print with: the one that HOGNOSE_ELECTRON names, else that of node_modules; null when neither is there. */
function findElectron(): string | null {
  const named = process.env.HOGNOSE_ELECTRON;
  if (named !== undefined && named !== '') return existsSync(named) ? named : null;
  try {
    const home = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const path = join(home, 'dist', readFileSync(join(home, 'path.txt'), 'utf8').trim());
    return existsSync(path) ? path : null;
  } catch {
    return null; // not installed, or its binary was never fetched
  }
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return (process.env.DISPLAY ?? '') !== '' || (process.env.WAYLAND_DISPLAY ?? '') !== '';
}

/** Program and arguments; Chromium's own sandbox does not start for root, and needs a display even for a hidden window. */
function commandFor(electron: string, html: string, pdf: string): readonly [string, readonly string[]] {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = join(import.meta.dirname, 'app.cjs');
  const args = [...root, '--disable-gpu', app, '--print-pdf', html, pdf];
  return hasDisplay() ? [electron, args] : ['xvfb-run', ['-a', electron, ...args]];
}

/**
 * Prints `html` to `pdf`.
 * @throws AppError `PDF_UNAVAILABLE` when no Electron can be found or started, or it fails.
 */
export async function printPdfWithElectron(html: string, pdf: string): Promise<void> {
  const electron = findElectron();
  if (electron === null) throw unavailable('Electron was not found');
  const [program, args] = commandFor(electron, html, pdf);
  const { code, signal, complaints } = await runGroup(program, args);
  if (code === 0 && existsSync(pdf)) return;
  throw unavailable(`Electron ended with ${signal ?? `exit code ${code ?? '?'}`}: ${lastLine(complaints)}`);
}

interface GroupEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly complaints: string;
}

/** Runs a program in a process group of its own, so that an Electron behind xvfb-run can be ended with it. */
function runGroup(program: string, args: readonly string[]): Promise<GroupEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: process.platform !== 'win32' });
    const end = (): void => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGKILL');
    };
    const timer = setTimeout(end, patience);
    process.once('exit', end);
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    child.once('error', (error) => {
      clearTimeout(timer);
      process.off('exit', end);
      reject(unavailable(`${program} cannot be started`, error));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', end);
      resolve({ code, signal, complaints });
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
