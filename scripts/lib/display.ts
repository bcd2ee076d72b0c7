/** Starts programs that need a screen: on the one there is, else on a virtual one. */

import { tryCommand } from './command.ts';

/** Whether windows can be shown to a person. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return (process.env.DISPLAY ?? '') !== '' || (process.env.WAYLAND_DISPLAY ?? '') !== '';
}

/** Runs a program to its end, under `xvfb-run` where there is no display; resolves to its exit code. */
export async function runWithDisplay(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  if (hasDisplay()) return (await tryCommand(program, args, { env })).code;
  const screen = ['-a', '-s', '-screen 0 1920x1200x24', program];
  return (await tryCommand('xvfb-run', [...screen, ...args], { env })).code;
}

/** Switches for Chromium: its own sandbox does not start for root, and a virtual screen has no GPU. */
export function chromiumSwitches(): string[] {
  const switches: string[] = [];
  if (process.getuid?.() === 0) switches.push('--no-sandbox');
  if (!hasDisplay()) switches.push('--disable-gpu');
  return switches;
}
