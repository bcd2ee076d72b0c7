/** Exit codes and messages of the command line: 0, 1 for failure, 2 for bad usage; stdout stays clean. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoModel, hognose } from '../../support/hognose.js';
import { tinyCnn } from '../../support/tiny-vit.js';

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
    [['audit', 'x'], "required option '--model <path>' not specified"],
    [['predict', 'x', '--model', 'm'], "required option '--out <file.csv>' not specified"],
    [['explain', 'x.jpg', '--model', demoModel, '--masks', '0'], 'whole number from 1'],
    [['explain', 'x.jpg', '--model', demoModel, '--ratio', '1.5'], 'between 0 and 1'],
    [['explain', 'x.jpg', '--model', demoModel, '--method', 'lime'], 'Allowed choices are tis'],
    [['explain', 'x.jpg', '--model', demoModel, '--class', 'zebra'], 'The model has no class "zebra"'],
    [['explain', 'x.jpg', '--model', demoModel, '--class', 'label'], 'The label of "x.jpg" is not known'],
    [['explain', 'x.jpg', '--model', demoModel, '--out', 'x.gif'], '"x.gif" ends with none of'],
    [['explain', 'a/x.jpg', 'b/x.jpg', '--model', demoModel, '--out', 'o.png'], 'both be written to "o-x.png"'],
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
    [['explain', 'nowhere.jpg', '--model', demoModel], '"nowhere.jpg"'],
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
  it.each([[[]], [['audit']], [['explain']], [['predict']], [['model']], [['model', 'inspect']]])(
    'of %j goes to stdout and ends with 0',
    async (command) => {
      const { code, stdout, stderr } = await hognose([...command, '--help']);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('Usage: hognose');
    },
  );

  it('every command that does something shows an example', async () => {
    for (const command of [['audit'], ['explain'], ['predict'], ['model', 'inspect']]) {
      const { stdout } = await hognose([...command, '--help']);
      expect(stdout).toContain(`$ hognose ${command.join(' ')}`);
    }
  });
});

it('model inspect tells the facts of the demo model', async () => {
  const table = await hognose(['model', 'inspect', demoModel]);
  expect(table.code).toBe(0);
  expect(table.stdout).toMatch(/^Parameters +692,458$/m);
  expect(table.stdout).toMatch(/^Tokens +14 x 14 patches \+ 1 prefix$/m);
  const json = await hognose(['model', 'inspect', demoModel, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    blocks: 6,
    width: 96,
    heads: 3,
    inputWidth: 28,
    classes: { length: 10 },
  });
});
