/** `hognose mapping propose`: which model class each label of a dataset seems to mean, as a file to look over. */

import type { Command } from 'commander';
import { exampleNames, mappingNotices } from '../../shared/mapping-words.js';
import { anyOf } from '../../shared/phrases.js';
import { datasetPlaces } from '../dataset/dataset-formats.js';
import { writeMappingFile } from '../mapping/mapping-file.js';
import type { EngineSettings } from '../engine/messages.js';
import { withEngine } from './engine.js';
import { addClassOrder, labelCounts, type MappingOptions, wishedMapping } from './mapping-options.js';
import { addModelOptions } from './model-options.js';
import { type FileOptions, openFiles } from './open-files.js';
import { addEngineOptions, optionTexts } from './options.js';
import { say } from './terminal.js';

interface ProposeOptions extends FileOptions, Pick<MappingOptions, 'classOrder'>, EngineSettings {
  readonly out: string;
}

async function propose(dataset: string, options: ProposeOptions): Promise<void> {
  await withEngine(options, async (engine, signal) => {
    const { counts: images, model, proposed } = await openFiles(dataset, options, engine, signal);
    const mapping = await wishedMapping(proposed, model, { classOrder: options.classOrder });
    await writeMappingFile(options.out, mapping, model);
    const counts = labelCounts(images, mapping);
    const notices = mappingNotices({ mapping, model, counts }, 'command-line');
    const open = mapping.filter((row) => row.classIndex === null);
    const questions = open.filter((row) => row.suggestion !== undefined).length;
    const rest = open.length - questions;
    const unsure = notices.some(({ kind }) => kind === 'unsure-order');
    say(
      `${options.out} written: ${mapping.length - open.length} of ${mapping.length} labels have a class, ` +
        `${questions} are asked about, ${rest} ${unsure ? 'depend on the order of the classes' : 'fit none'}.`,
    );
    if (open.length > 0) say(`Open: ${exampleNames(open.map((row) => row.labelName))}`);
    for (const { message } of notices) say(`Warning: ${message}`);
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
    .argument('<dataset>', anyOf(datasetPlaces))
    .requiredOption(...optionTexts.model)
    .requiredOption('--out <file>', 'the file to write: .csv or .json')
    .option(...optionTexts.labels);
  addModelOptions(addEngineOptions(addClassOrder(command)))
    .addHelpText('after', examples)
    .action(propose);
}
