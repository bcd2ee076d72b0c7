/** `hognose merge`: takes over what was decided in other copies of a project, and says where people decided differently. */

import { resolve } from 'node:path';
import type { Command } from 'commander';

import { imageId } from '../../shared/audit.js';
import type { MergeOutcome } from '../../shared/calls/verdict.js';
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

function merge(folder: string, others: readonly string[], { json }: MergeOptions): void {
  const project = Project.open(resolve(folder));
  try {
    const merged = others.map((other): Merged => ({ from: other, ...finished(project.merge(resolve(other))) }));
    const files = unsettledFiles(project);
    if (json === true) {
      process.stdout.write(`${JSON.stringify({ merged, unsettled: files }, null, 2)}\n`);
      return;
    }
    for (const one of merged) {
      process.stdout.write(`${one.from}: ${takenOverWords(one)}. ${besidesWords(one)}`.trim() + '\n');
    }
    const words = unsettledWords({ unsettled: files.length });
    if (words === null) return;
    say(words);
    for (const file of files.slice(0, mostNamed)) say(`  ${JSON.stringify(file)}`);
    if (files.length > mostNamed) say(`  and ${counted(files.length - mostNamed, 'more', 'more')}`);
    say(
      'Open the project and filter by verdict:unsettled, or list them with: hognose images PROJECT verdict:unsettled',
    );
  } finally {
    project.close();
  }
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
