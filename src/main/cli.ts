/** The command line: `hognose audit | images | merge | explain | sheet | predict | mapping | model | project | task`. */

import { Command } from 'commander';
import { addAuditCommand } from './cli/audit.js';
import { reportFailure } from './cli/exit.js';
import { addExplainCommand } from './cli/explain.js';
import { refuseUnknownOptions } from './cli/given-options.js';
import { addImagesCommand } from './cli/images.js';
import { addMergeCommand } from './cli/merge.js';
import { addMappingCommand } from './cli/mapping.js';
import { addModelCommand } from './cli/model.js';
import { joinChannelNumbers } from './cli/model-options.js';
import { addPredictCommand } from './cli/predict.js';
import { addProjectCommand } from './cli/project.js';
import { addSheetCommand } from './cli/sheet.js';
import { addTaskCommand } from './cli/task.js';
import { version } from './cli/version.js';

const program = new Command('hognose')
  .description('Audits image-classification datasets with Vision Transformers.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(--help tells more)');
const commands = [
  addAuditCommand,
  addImagesCommand,
  addMergeCommand,
  addExplainCommand,
  addSheetCommand,
  addPredictCommand,
  addMappingCommand,
  addModelCommand,
  addProjectCommand,
  addTaskCommand,
];
for (const add of commands) add(program);

async function main(): Promise<number> {
  try {
    const words = joinChannelNumbers(process.argv);
    refuseUnknownOptions(program, words);
    await program.parseAsync(words);
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

// Who reads only the beginning, as `head` does, has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

void main().then((code) => {
  process.exitCode = code;
});
