/** The command line: `hognose audit | explain | predict | model inspect`. */

import { Command } from 'commander';
import { addAuditCommand } from './cli/audit.js';
import { reportFailure } from './cli/exit.js';
import { addExplainCommand } from './cli/explain.js';
import { addModelCommand } from './cli/model.js';
import { addPredictCommand } from './cli/predict.js';
import { version } from './cli/version.js';

const program = new Command('hognose')
  .description('Audits image-classification datasets with Vision Transformers.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(--help tells more)');
for (const add of [addAuditCommand, addExplainCommand, addPredictCommand, addModelCommand]) add(program);

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

void main().then((code) => {
  process.exitCode = code;
});
