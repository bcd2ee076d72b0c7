/** `hognose mapping propose`: which model class each label of a dataset seems to mean, as a file to look over. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DraftAudit } from '../audit/draft.js';
import { writeMappingFile } from '../audit/mapping-file.js';
import type { EngineSettings } from '../engine/messages.js';
import { withEngine } from './engine.js';
import { addModelOptions, modelChoiceOf, type ModelOptions } from './model-options.js';
import { addEngineOptions, optionTexts } from './options.js';
import { say } from './terminal.js';

interface ProposeOptions extends ModelOptions, EngineSettings {
  readonly model: string;
  readonly out: string;
  readonly labels?: string;
}

/** Labels named in the summary at most. */
const mostNamed = 10;

async function propose(dataset: string, options: ProposeOptions): Promise<void> {
  await withEngine(options, async (engine, signal) => {
    const draft = new DraftAudit(engine, '.');
    await draft.setDataset(resolve(dataset), options.labels === undefined ? null : resolve(options.labels));
    const model = await draft.setModel(resolve(options.model), signal, modelChoiceOf(options));
    await writeMappingFile(options.out, draft.mapping, model);
    const open = draft.mapping.filter((row) => row.classIndex === null);
    const questions = open.filter((row) => row.suggestion !== undefined).length;
    const names = open.slice(0, mostNamed).map((row) => row.labelName);
    say(
      `${options.out} written: ${draft.mapping.length - open.length} of ${draft.mapping.length} labels have a class, ` +
        `${questions} are asked about, ${open.length - questions} fit none.`,
    );
    if (open.length > 0) say(`Open: ${names.join(', ')}${open.length > names.length ? ' ...' : ''}`);
  });
}

const examples = `
The file has the columns label,class,comment. Fill in what is open, then give it to predict or audit with --mapping.

Example:
  $ hognose mapping propose photos --model vit-folder --out mapping.csv`;

/** Adds `mapping propose` to the program. */
export function addMappingCommand(program: Command): void {
  const mapping = program.command('mapping').description('which model class each label of a dataset means');
  const command = mapping
    .command('propose')
    .description('writes the mapping that Hognose proposes, with questions where it is not sure')
    .argument('<dataset>', 'a folder of images, a label table, or IDX files')
    .requiredOption(...optionTexts.model)
    .requiredOption('--out <file>', 'the file to write: .csv or .json')
    .option(...optionTexts.labels)
    .addHelpText('after', examples);
  addModelOptions(addEngineOptions(command)).action(propose);
}
