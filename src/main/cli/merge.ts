/** `hognose merge`: takes over what was decided in other copies of a project, and says where people decided differently. */

import { resolve } from 'node:path';
import type { Command } from 'commander';

import { imageId } from '../../shared/audit.js';
import type { MergeOutcome } from '../../shared/calls/verdict.js';
import { AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import { besidesWords, takenOverWords } from '../../shared/merge-words.js';
import { finished } from '../../shared/progress.js';
import { unsettledOnly, unsettledWords } from '../../shared/verdict-state.js';
import { Project } from '../project/project.js';
import { say } from './terminal.js';

interface MergeOptions {
  readonly json?: boolean;
}

/** Unsettled images that are named. */
const mostNamed = 10;

interface Merged extends MergeOutcome {
  readonly from: string;
}

/** The images whose verdicts are in conflict now, by file name. */
function unsettledFiles(project: Project): readonly string[] {
  const ids = project.query([unsettledOnly], { by: 'file', descending: false });
  return project.rows(Array.from(ids, imageId)).map(({ file }) => file);
}

/** What one copy brought, or why it brought nothing: the others are taken over all the same. */
type Attempt = Merged | { readonly from: string; readonly error: ErrorData };

function attempt(project: Project, from: string): Attempt {
  try {
    return { from, ...finished(project.merge(resolve(from))) };
  } catch (error) {
    const known = toAppError(error);
    // Of the other alone; a full disk stops it all.
    if (!['NO_PROJECT', 'BAD_USAGE', 'PROJECT_DAMAGED', 'PROJECT_NEWER', 'PROJECT_IN_USE'].includes(known.code))
      throw known;
    return { from, error: known.toData() };
  }
}

function told(one: Attempt): string {
  if ('error' in one) return `${one.from}: not taken over. ${one.error.message} ${one.error.hint}`.trim();
  return `${one.from}: ${takenOverWords(one)}. ${besidesWords(one)}`.trim();
}

function merge(folder: string, others: readonly string[], { json }: MergeOptions): void {
  const project = Project.open(resolve(folder));
  try {
    const merged: Attempt[] = [];
    for (const other of others) {
      const one = attempt(project, other);
      merged.push(one);
      if (json !== true) ('error' in one ? say : print)(told(one));
    }
    const files = unsettledFiles(project);
    if (json === true) print(JSON.stringify({ merged, unsettled: files }, null, 2));
    else sayUnsettled(files);
    const failed = merged.filter((one) => 'error' in one);
    if (failed.length > 0) {
      throw new AppError(
        'BAD_USAGE',
        `${counted(failed.length, 'copy was', 'copies were')} not taken over.`,
        'What was is kept.',
      );
    }
  } finally {
    project.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayUnsettled(files: readonly string[]): void {
  const words = unsettledWords({ unsettled: files.length }, 'command-line');
  if (words === null) return;
  say(words);
  for (const file of files.slice(0, mostNamed)) say(`  ${JSON.stringify(file)}`);
  if (files.length > mostNamed) say(`  and ${counted(files.length - mostNamed, 'more', 'more')}`);
  say('Open the project and filter by verdict:unsettled, or list them with: hognose images PROJECT verdict:unsettled');
}

const examples = `
Every copy keeps who decided what, when and in place of what, so the order of merging does not matter and merging twice changes nothing.
Where people decided differently and none knew of the other, the image is unsettled until somebody decides again. The other projects are
left as they are. For a merge both ways, merge each into the other.

Examples:
  $ hognose merge audit/photos.hognose received/photos.hognose
  $ hognose merge audit/photos.hognose ann/photos.hognose bo/photos.hognose --json`;

/** Adds `merge` to the program. */
export function addMergeCommand(program: Command): void {
  program
    .command('merge')
    .description('takes over the verdicts of other copies of a project')
    .argument('<project>', 'the project that takes over, NAME.hognose')
    .argument('<others...>', 'other copies of it')
    .option('--json', 'prints what was taken over, and what is unsettled, as JSON')
    .addHelpText('after', examples)
    .action(merge);
}
