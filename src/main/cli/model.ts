/** `hognose model inspect | compare`: what is known about model files, what they cost, and that their cut is proven. */

import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ModelInspection } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { agrees } from '../../shared/model-words.js';
import { valueCandidates } from '../model/value-candidates.js';
import { readModelFile } from '../onnx/read-model.js';
import type { EngineSettings } from '../engine/messages.js';
import { withEngine } from './engine.js';
import { refuseUnused } from './given-options.js';
import { addModelOptions, modelChoiceOf, type ModelOptions } from './model-options.js';
import { candidatesTable, comparisonTable, defaultWidth, factsTable } from './model-table.js';
import { addEngineOptions } from './options.js';
import { say } from './terminal.js';

interface Output {
  readonly json?: true;
}

interface InspectOptions extends Output, ModelOptions, EngineSettings {
  readonly values?: true;
}

type CompareOptions = Output & EngineSettings;

/** Options that say what is printed, not how the model is opened. */
const outputs: readonly string[] = ['values', 'json'];

/** Below this many columns a table is no table any more. */
const narrowest = 60;

const columns = (): number => Math.max(narrowest, process.stdout.isTTY ? process.stdout.columns : defaultWidth);

function print(options: Output, data: unknown, table: () => string): void {
  process.stdout.write(`${options.json === true ? JSON.stringify(data, null, 2) : table()}\n`);
}

/** Says so where the two halves of a model are not the model: nothing that is explained with it would hold. */
function warn({ summary, proof }: ModelInspection): void {
  if (!agrees(proof))
    say(`Warning: the rebuilt ${summary.name} does not agree with the original; do not rely on its maps.`);
}

async function inspect(path: string, options: InspectOptions, command: Command): Promise<void> {
  if (options.values === true) {
    const other = command.options.map((option) => option.attributeName()).filter((name) => !outputs.includes(name));
    refuseUnused(command, other, 'with --values the model is not opened, only listed');
    await listValues(path, options);
    return;
  }
  await withEngine(options, async (engine, signal) => {
    const report = await engine.inspectModel(
      { model: { path: resolve(path), choice: modelChoiceOf(options) } },
      { signal },
    );
    print(options, report, () => factsTable(report, columns()));
    warn(report);
  });
}

/** Needs no engine: nothing is run. */
async function listValues(path: string, options: Output): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new AppError('MODEL_NOT_FOUND', `There is no model at ${path}.`, 'Choose an .onnx file.');
  }
  if (found.isDirectory() || !/\.onnx$/i.test(path)) {
    throw new AppError(
      'BAD_USAGE',
      `${basename(path)} is no ONNX file, so it has no values to name.`,
      'Leave --values out.',
    );
  }
  const candidates = valueCandidates(await readModelFile(resolve(path)));
  print(options, candidates, () => candidatesTable(candidates));
}

async function compare(first: string, second: string, options: CompareOptions): Promise<void> {
  await withEngine(options, async (engine, signal) => {
    const a = await engine.inspectModel({ model: { path: resolve(first) } }, { signal });
    const b = await engine.inspectModel({ model: { path: resolve(second) } }, { signal });
    print(options, { a, b }, () => comparisonTable(a, b, columns()));
    [a, b].forEach(warn);
  });
}

const inspectHelp = `
The cut is proven on a picture of noise: the two halves that Hognose runs against the model as it is.
--values lists the values of an ONNX file that --pixels-value, --tokens-value and --logits-value may name.

Examples:
  $ hognose model inspect resources/demo/model
  $ hognose model inspect vit.onnx --json
  $ hognose model inspect vit.onnx --values`;

const modelText = 'an .onnx file, or a folder with a Hugging Face or timm model';

/** Adds `model inspect` and `model compare` to the program. */
export function addModelCommand(program: Command): void {
  const model = program.command('model').description('look into model files');
  const command = model
    .command('inspect')
    .description('opens a model, proves its cut on random input and tells what it is and what it costs')
    .argument('<model>', modelText)
    .option('--values', 'ONNX: list the values that could be named instead')
    .option('--json', 'as JSON, with all class names')
    .addHelpText('after', inspectHelp);
  addModelOptions(addEngineOptions(command)).action(inspect);
  const comparison = model
    .command('compare')
    .description('inspects two models and sets their facts side by side')
    .argument('<model>', modelText)
    .argument('<other>', 'the model to compare it with')
    .option('--json', 'as JSON: { a, b }, each as inspect --json gives it')
    .addHelpText('after', '\nExample:\n  $ hognose model compare vit.onnx finetuned.onnx');
  addEngineOptions(comparison).action(compare);
}
