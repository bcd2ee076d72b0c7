/** Exit codes and messages of the command line: 0, 1 for failure, 2 for bad usage; stdout stays clean. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseProvider } from '../../../src/main/engine/provider.js';
import type { ModelInspection } from '../../../src/shared/model.js';
import { demoModel, hognose } from '../../support/hognose.js';
import { tinyCnn, writeTinyVitFolder } from '../../support/tiny-vit.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-usage-'));
  await writeFile(join(folder, 'cnn.onnx'), tinyCnn());
  await writeFile(join(folder, 'cut.onnx'), tinyCnn().subarray(0, 500));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('bad usage ends with 2 and says why on stderr', () => {
  it.each([
    [['bogus'], "unknown command 'bogus'"],
    [['audt', 'x'], 'Did you mean audit?'],
    [['model', 'inpsect', 'x'], 'Did you mean inspect?'],
    [['audit', 'x', '--modle', 'm', '--out', 'o'], 'There is no option --modle.\nDid you mean --model?'],
    [['predict', 'x', '--modle=m'], 'Did you mean --model?'],
    [['explain', 'x.jpg', '--mask', '9'], 'Did you mean --masks?'],
    [['sheet', 'x.jpg', '--method', 'tis'], 'Did you mean --methods?'],
    [['mapping', 'propose', 'x', '--lables', 'y'], 'Did you mean --labels?'],
    [['model', 'inspect', 'x', '--jsno'], 'Did you mean --json?'],
    [['audit', 'x', '--colour', 'red'], 'There is no option --colour.\nhognose audit --help lists the options.'],
    [['--versoin'], 'Did you mean --version?'],
    [['explain', 'x.jpg', '--model', demoModel, '--method', 'rollout', '--masks', '9'], '--masks would not be used'],
    [['explain', 'x.jpg', '--model', demoModel, '--method', 'rollout', '--seed', '9'], '--seed would not be used'],
    [['explain', 'x.jpg', '--model', demoModel, '--kmeans-init', 'f', '--seed', '9'], '--kmeans-init says which masks'],
    [['model', 'inspect', 'x.onnx', '--values', '--crop', '9'], '--crop would not be used'],
    [['model', 'inspect', 'x.onnx', '--values', '--threads', '1'], '--threads would not be used'],
    [['audit', 'x'], "required option '--model <path>' not specified"],
    [['predict', 'x', '--model', 'm'], "required option '--out <file.csv>' not specified"],
    [['explain', 'x.jpg', '--model', demoModel, '--masks', '0'], 'whole number from 1'],
    [['explain', 'x.jpg', '--model', demoModel, '--ratio', '1.5'], 'between 0 and 1'],
    [['explain', 'x.jpg', '--model', demoModel, '--method', 'lime'], 'Allowed choices are tis'],
    [['explain', 'x.jpg', '--model', demoModel, '--class', 'zebra'], 'The model has no class "zebra"'],
    [['explain', 'x.jpg', '--model', demoModel, '--class', 'label'], 'The label of "x.jpg" is not known'],
    [['explain', 'x.jpg', '--model', demoModel, '--out', 'x.gif'], '"x.gif" ends with none of'],
    [['explain', 'a/x.jpg', 'b/x.jpg', '--model', demoModel, '--out', 'o.png'], 'both be written to "o-x.png"'],
    [
      ['explain', 'x.jpg', '--model', demoModel, '--preset', 'mine'],
      "option '--preset <name>' argument 'mine' is invalid",
    ],
    [['explain', 'x.jpg', '--model', demoModel, '--mean', '0.5,x'], "option '--mean <numbers>' argument '0.5,x'"],
    [['explain', 'x.jpg', '--model', demoModel, '--std', '0'], 'greater than 0'],
    [['explain', 'x.jpg', '--model', demoModel, '--resize-mode', 'side'], 'shortest, longest, squash'],
    [['explain', 'x.jpg', '--model', demoModel, '--crop', '20'], 'The crop gives 20 x 20, but the model takes 28 x 28'],
    [['explain', 'x.jpg', '--model', demoModel, '--mean', '120'], 'The mean must lie between 0 and 1'],
    [['predict', 'x', '--model', 'm', '--out', 'o', '--provider', 'gpu'], 'Allowed choices are auto, cpu, cuda.'],
    [['mapping', 'propose', 'x', '--model', 'm'], "required option '--out <file>' not specified"],
    [['audit', 'x', '--model', 'm', '--out', 'o', '--format', 'doc'], 'Known formats are html, pdf, csv, json'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await hognose(args);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('failure ends with 1 and names the file', () => {
  it.each([
    [['model', 'inspect', 'nowhere.onnx'], 'nowhere.onnx'],
    [['explain', 'nowhere.jpg', '--model', demoModel], 'There is no file "nowhere.jpg".\nCheck the path'],
    [['explain', 'nowhere#3', '--model', demoModel], 'There is no file "nowhere#3".'],
    [['sheet', 'nowhere.jpg', '--model', demoModel, '--out', 'x.png'], 'There is no file "nowhere.jpg".'],
    [
      ['explain', 'x.jpg', '--model', demoModel, '--class-names', 'imagenet'],
      'The ImageNet list names 1,000 classes, but the model has 10.',
    ],
    [['predict', '/nowhere', '--model', demoModel, '--out', 'x.csv'], 'There is no dataset at "/nowhere"'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await hognose(args);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([1, '']);
  });

  it('a model that is no ViT', async () => {
    const { code, stderr } = await hognose(['model', 'inspect', join(folder, 'cnn.onnx')]);
    expect(code).toBe(1);
    expect(stderr).toContain('cnn.onnx');
  });

  it('a model that is cut off', async () => {
    const { code, stderr } = await hognose(['model', 'inspect', join(folder, 'cut.onnx')]);
    expect(code).toBe(1);
    expect(stderr).toContain('cut.onnx');
  });
});

describe('help', () => {
  it.each([
    [[]],
    [['audit']],
    [['explain']],
    [['predict']],
    [['model']],
    [['model', 'inspect']],
    [['model', 'compare']],
  ])('of %j goes to stdout and ends with 0', async (command) => {
    const { code, stdout, stderr } = await hognose([...command, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: hognose');
  });

  it('every command that does something shows an example', async () => {
    for (const command of [['audit'], ['explain'], ['predict'], ['model', 'inspect'], ['model', 'compare']]) {
      const { stdout } = await hognose([...command, '--help']);
      expect(stdout).toContain(`$ hognose ${command.join(' ')}`);
    }
  });
});

it('model inspect tells the facts of the demo model', async () => {
  const table = await hognose(['model', 'inspect', demoModel]);
  expect([table.code, table.stderr]).toEqual([0, '']);
  expect(table.stdout).toMatch(/^ {2}Parameters +692,458$/m);
  expect(table.stdout).toMatch(/^ {2}Number +197 \(196 patches \+ 1\)$/m);
  expect(table.stdout).toMatch(/^ {2}One image +351 MFLOP$/m);
  expect(table.stdout).toMatch(/^ {2}Random half +agrees within \S+ on 98 of 196 patches/m);
  const json = await hognose(['model', 'inspect', demoModel, '--provider', 'cpu', '--json']);
  const report = JSON.parse(json.stdout) as ModelInspection;
  expect(report).toMatchObject({
    summary: { blocks: 6, width: 96, heads: 3, inputWidth: 28, classes: { length: 10 }, anatomy: { innerWidth: 384 } },
    costs: { flops: 351_308_928, provider: { name: 'CPU', note: 'As chosen.' } },
    proof: { subsetTokens: 98, against: 'unfused', subsetAgainst: 'unfused' },
  });
  expect(report.proof.difference).toBeLessThan(1e-5);
  expect(report.proof.subsetDifference).toBeLessThan(1e-5);
});

it.skipIf(chooseProvider('cuda').name === 'CUDA')(
  'says on stderr why CUDA is not used when it was asked for',
  async () => {
    const asked = await hognose(['model', 'compare', demoModel, demoModel, '--provider', 'cuda']);
    expect(asked.code).toBe(0);
    expect(asked.stderr.match(/^CUDA is not used: .+ The model runs on the processor\..+$/gm)?.length).toBe(1);
    expect(asked.stdout).toMatch(/^ {2}Runs on +CPU +CPU$/m);
  },
);

it('model inspect --values lists what could be named, and refuses what is no ONNX file', async () => {
  const { code, stdout } = await hognose(['model', 'inspect', join(folder, 'cnn.onnx'), '--values']);
  expect(code).toBe(0);
  expect(stdout).toContain('Pictures (--pixels-value)\n  [batch, 3, 16, 16]  input\n');
  const json = await hognose(['model', 'inspect', join(folder, 'cnn.onnx'), '--values', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ pixels: [{ name: 'input' }], tokens: [], logits: { length: 2 } });
  const refused = await hognose(['model', 'inspect', demoModel, '--values']);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain('has no values to name');
});

it('model compare marks what differs, and names the model that cannot be opened', async () => {
  await writeTinyVitFolder(join(folder, 'tiny'));
  const { code, stdout } = await hognose(['model', 'compare', demoModel, join(folder, 'tiny')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\* Parameters +692,458 +[\d,]+$/m);
  expect(stdout).toMatch(/^ {2}Prefix +CLS +CLS$/m);
  const json = await hognose(['model', 'compare', demoModel, demoModel, '--json']);
  const { a, b } = JSON.parse(json.stdout) as { a: ModelInspection; b: ModelInspection };
  expect(b).toEqual(a);
  const refused = await hognose(['model', 'compare', demoModel, join(folder, 'cnn.onnx')]);
  expect([refused.code, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toContain('cnn.onnx');
});
