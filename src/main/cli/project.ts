/** `hognose project rename`: what is done to a project on disk without computing anything. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { renameProject } from '../project/rename-project.js';

function rename(folder: string, name: string): void {
  process.stdout.write(`${renameProject(resolve(folder), name)}\n`);
}

const examples = `
The folder gets the name too, without what file names may not hold; where it lies now is printed. A project that is open
somewhere is left alone.

Example:
  $ hognose project rename audit/photos.hognose "Photos of 2026"`;

/** Adds `project rename` to the program. */
export function addProjectCommand(program: Command): void {
  program
    .command('project')
    .description('what can be done to a project on disk')
    .command('rename')
    .description('gives a project another name, its folder too')
    .argument('<folder>', 'the project, NAME.hognose')
    .argument('<name>', 'its new name')
    .addHelpText('after', examples)
    .action(rename);
}
