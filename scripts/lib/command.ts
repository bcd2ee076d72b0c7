/** Runs other programs for the scripts: visibly, or quietly with the output kept. */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The checkout. */
export const projectRoot = resolve(import.meta.dirname, '../..');

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Keep standard output instead of showing it. */
  readonly quiet?: boolean;
  /** Drop standard error: for attempts whose failure is no news. */
  readonly mute?: boolean;
}

interface CommandResult {
  readonly code: number;
  /** Standard output when `quiet`, else empty. */
  readonly output: string;
}

/** Runs a program to its end; rejects only when it cannot be started. */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: options.env ?? process.env,
      stdio: ['ignore', options.quiet === true ? 'pipe' : 'inherit', options.mute === true ? 'ignore' : 'inherit'],
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', fail);
    child.once('close', (code) => {
      done({ code: code ?? 1, output });
    });
  });
}

/** Runs a program and rejects when it fails. */
export async function command(name: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, output } = await tryCommand(name, args, options);
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with code ${code}`);
  return output;
}

/** Runs the `main` of a script; a failure is told in one line and becomes exit code 1. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
