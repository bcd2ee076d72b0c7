/** What stands on the command line: options that do not exist get a hint, options that would not be used are refused. */

import type { Command, Option } from 'commander';
import { AppError } from '../../shared/errors.js';

/** The command that the words name, and the words after its name. */
function commandOf(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  const [first = '', ...rest] = words;
  const command = program.commands.find((one) => one.name() === first || one.aliases().includes(first));
  return command === undefined ? { command: program, rest: words } : commandOf(command, rest);
}

/** Fewest letters to change, leave out, add or swap (optimal string alignment). */
function distance(one: string, other: string): number {
  let [before, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    [before, last] = [last, row];
  }
  return last[other.length] ?? 0;
}

/** The option that was meant: one that begins so, or one that few letters tell apart. */
function meant(word: string, known: readonly string[]): string | null {
  const begun = known.filter((one) => one.startsWith(word));
  if (begun.length === 1) return begun[0] ?? null;
  const most = Math.max(1, Math.floor((word.length - 2) / 3));
  const [nearest] = known
    .map((one) => ({ one, far: distance(word, one) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far);
  return nearest?.one ?? null;
}

/**
 * Refuses options that a command does not have, before anything else is said about the words.
 * @param argv `process.argv`
 * @throws AppError `BAD_USAGE` with the option that was probably meant.
 */
export function refuseUnknownOptions(program: Command, argv: readonly string[]): void {
  const { command, rest } = commandOf(program, argv.slice(2));
  const options: readonly Option[] = command.createHelp().visibleOptions(command);
  const known = options.flatMap(({ long }) => long ?? []);
  const takesValue = new Set(options.filter(({ required }) => required).flatMap(({ long, short }) => [long, short]));
  for (const [at, word] of rest.entries()) {
    if (word === '--') return;
    // What follows an option is its value, however it looks.
    if (!/^--[^=]/.test(word) || takesValue.has(rest[at - 1])) continue;
    const [name = word] = word.split('=');
    if (known.includes(name)) continue;
    const guess = meant(name, known);
    const path = [command.parent === null ? [] : [program.name()], command.name()].flat().join(' ');
    throw new AppError(
      'BAD_USAGE',
      `There is no option ${name}.`,
      guess === null ? `${path} --help lists the options.` : `Did you mean ${guess}?`,
    );
  }
}

/** @throws AppError `BAD_USAGE` when one of the named options was given, which `why` says would not be used. */
export function refuseUnused(command: Command, names: readonly string[], why: string): void {
  const given = command.options.find((option) => {
    const name = option.attributeName();
    return names.includes(name) && command.getOptionValueSource(name) === 'cli';
  });
  if (given === undefined) return;
  throw new AppError('BAD_USAGE', `${given.long ?? given.flags} would not be used: ${why}.`, 'Leave it out.');
}
