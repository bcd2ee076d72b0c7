/** `hognose task`: work on a project written down as a file, and done later, in another process or in a copy of the project elsewhere. */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';

import type { ImageId } from '../../shared/audit.js';
import { AppError, toAppError } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import { methodIds, type MethodId, methodParameters } from '../../shared/methods.js';
import { parametersOf } from '../audit/comparison.js';
import { inThisProcess } from '../data/in-this-process.js';
import type { EngineSettings } from '../engine/messages.js';
import { writeOutput } from '../files/atomic-file.js';
import { readRegularText } from '../files/regular-file.js';
import { Project } from '../project/project.js';
import { explainTask, mapsTask, predictTask, readTask, type Task, type TaskKind, taskText } from '../project/task.js';
import { withEngine } from './engine.js';
import { finishJob, withHeardAudit } from './heard-audit.js';
import { addEngineOptions, integer } from './options.js';
import { say } from './terminal.js';

interface WriteOptions {
  readonly kind: TaskKind;
  readonly images: number;
  readonly method: MethodId;
  readonly of: 'label' | 'prediction';
  readonly out: string;
}

interface RunOptions extends EngineSettings {
  readonly project: string;
}

/** Images that are asked for at a time. */
const page = 1000;

function pendingImages(project: Project, most: number): readonly ImageId[] {
  const ids: ImageId[] = [];
  for (let after = 0; ids.length < most;) {
    const part = project.pendingPredictions(after, Math.min(page, most - ids.length));
    if (part.length === 0) break;
    ids.push(...part.map(({ id }) => id));
    after = ids.at(-1) ?? after;
  }
  return ids;
}

function taskOf(project: Project, { kind, images, method, of }: WriteOptions): Task {
  const info = { ...project.info, identity: project.identity };
  if (kind === 'predict') return predictTask(pendingImages(project, images), info);
  for (const _ of project.score('all')) continue;
  if (kind === 'explain') return explainTask(project.suspicious(images, { unexplainedOnly: true }), info);
  const values = method === 'tis' ? parametersOf(method, info) : methodParameters(method);
  return mapsTask(project.suspicious(images), { method, values, of }, info);
}

async function write(folder: string, options: WriteOptions): Promise<void> {
  const project = Project.openAsAllowed(resolve(folder));
  try {
    const task = taskOf(project, options);
    await writeOutput(resolve(options.out), (unfinished) => writeFile(unfinished, taskText(task), { flush: true }));
    say(
      `${options.out} written: ${task.images.length === 0 ? 'there is nothing to do' : counted(task.images.length, 'image')}.`,
    );
  } finally {
    project.close();
  }
}

/** @throws AppError `BAD_USAGE` naming the file. */
async function readText(file: string): Promise<string> {
  try {
    return await readRegularText(resolve(file));
  } catch (error) {
    const { message } = toAppError(error);
    throw new AppError(
      'BAD_USAGE',
      `The task ${file} cannot be read: ${message}`,
      'Name a file that "hognose task write" wrote.',
      {
        cause: error,
      },
    );
  }
}

async function run(file: string, options: RunOptions): Promise<void> {
  const task = readTask(await readText(file), file);
  await withEngine(options, async (engine, signal) => {
    const project = inThisProcess(Project.open(resolve(options.project)));
    await withHeardAudit(project, engine, async (audit, progress) => {
      const job = await finishJob(audit, await audit.runTask(task), signal);
      progress.clear();
      say(`${counted(job.total - job.skipped, 'image')} done, ${counted(job.skipped, 'image')} passed over.`);
      const left = (await project.openTasks()).find(({ id }) => id === task.id);
      if (left !== undefined)
        say('Files that are not there were left for another time: the same command goes on with them.');
    });
  });
}

const examples = `
A task holds everything that it needs besides the pictures: the model with its hash, the parameters, the class of every label, the images.
It is done in the project that it was written for, or in a copy of it, and comes to the same there. What of it is done is noted in the
project: the same command goes on where it was stopped, and does nothing where all is done.

Examples:
  $ hognose task write photos.hognose --kind explain --images 500 --out explain.json
  $ hognose task write photos.hognose --kind maps --method chefer2 --images 100 --out maps.json
  $ hognose task run explain.json --project copy/photos.hognose`;

/** Adds `task write` and `task run` to the program. */
export function addTaskCommand(program: Command): void {
  const task = program.command('task').description('work on a project, written down and done later or elsewhere');
  task
    .command('write')
    .description('writes down what is to be computed of the most suspicious images')
    .argument('<project>', 'the project, NAME.hognose')
    .addOption(
      new Option('--kind <kind>', 'predict what is not predicted, explain by TIS, or maps of any method')
        .choices(['predict', 'explain', 'maps'])
        .default('explain'),
    )
    .option('--images <n>', 'at most so many', integer(1, 1_000_000), 100)
    .addOption(new Option('--method <id>', 'the method of maps').choices(methodIds).default('chefer2'))
    .addOption(new Option('--of <class>', 'the class of maps').choices(['label', 'prediction']).default('label'))
    .requiredOption('--out <file>', 'the file to write')
    .addHelpText('after', examples)
    .action(write);
  addEngineOptions(
    task
      .command('run')
      .description('does what is left of a task')
      .argument('<task>', 'the file')
      .requiredOption('--project <project>', 'the project, or a copy of it, NAME.hognose'),
  )
    .addHelpText('after', examples)
    .action(run);
}
