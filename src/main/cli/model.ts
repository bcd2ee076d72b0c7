/** `hognose model inspect`: what is known about a model file. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ModelSummary, Preprocessing } from '../../shared/audit.js';
import { withEngine } from './engine.js';
import { defaultThreads, integer, optionTexts } from './options.js';

interface InspectOptions {
  readonly json?: true;
  readonly threads: number;
}

function preprocessingWords({ resize, interpolation, crop, scale, mean, std }: Preprocessing): string {
  const size = resize.kind === 'exact' ? `to ${resize.width} x ${resize.height}` : `shorter side to ${resize.size}`;
  const cut = crop === null ? '' : `, centre crop ${crop.width} x ${crop.height}`;
  const numbers = (values: readonly number[]): string => values.map((value) => String(value)).join(' ');
  return `${size} (${interpolation})${cut}, x ${scale.toPrecision(4)}, mean ${numbers(mean)}, std ${numbers(std)}`;
}

/** The facts as rows of name and value. */
function rows(summary: ModelSummary): readonly (readonly [string, string])[] {
  const named = summary.classes.slice(0, 3).join(' | ');
  return [
    ['Model', summary.name],
    ['Source', summary.source === 'onnx' ? 'ONNX file' : 'Hugging Face folder'],
    ['SHA-256', summary.hash],
    ['Parameters', summary.parameters.toLocaleString('en')],
    [
      'Input',
      `${summary.inputWidth} x ${summary.inputHeight}, patches of ${summary.patchWidth} x ${summary.patchHeight}`,
    ],
    ['Tokens', `${summary.gridWidth} x ${summary.gridHeight} patches + ${summary.prefixTokens} prefix`],
    ['Blocks', `${summary.blocks} of width ${summary.width}, ${summary.heads} heads`],
    ['Hidden columns', (summary.blocks * summary.width).toLocaleString('en')],
    ['Classes', `${summary.classes.length.toLocaleString('en')}: ${named}${summary.classes.length > 3 ? ' ...' : ''}`],
    ['Synsets', summary.synsets.length === 0 ? 'not in the files' : `${summary.synsets[0] ?? ''} ...`],
    ['Preprocessing', preprocessingWords(summary.preprocessing)],
    ...summary.assumptions.map((assumption) => ['Assumed', assumption] as const),
  ];
}

/** Adds `model inspect` to the program. */
export function addModelCommand(program: Command): void {
  const model = program.command('model').description('look into model files');
  model
    .command('inspect')
    .description('opens a model, proves its cut on random input and tells what it is')
    .argument('<model>', 'an .onnx file or a Hugging Face folder')
    .option('--json', 'as JSON, with all class names')
    .option(...optionTexts.threads, integer(1, 256), defaultThreads)
    .addHelpText('after', '\nExample:\n  $ hognose model inspect resources/demo/model')
    .action(async (path: string, options: InspectOptions) => {
      await withEngine(options.threads, async (engine, signal) => {
        const summary = await engine.openModel({ path: resolve(path) }, signal);
        const table = rows(summary).map(([name, value]) => `${name.padEnd(16)}${value}`);
        process.stdout.write(`${options.json === true ? JSON.stringify(summary, null, 2) : table.join('\n')}\n`);
      });
    });
}
