/** Models that choose no class are refused in every form: a regression, one output, several labels. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openingSessions } from '../../../src/main/engine/session.js';
import { openModel } from '../../../src/main/model/open.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';
import { AppError } from '../../../src/shared/errors.js';
import { architecture } from '../../support/export-styles/architecture.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { randomParameters } from '../../support/export-styles/parameters.js';
import { type TinyFolder, writeFolder } from '../../support/tiny-folders.js';
import { tinyVit } from '../../support/tiny-huggingface.js';
import { tinyTimm } from '../../support/tiny-timm.js';

let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-one-'));
});
afterAll(() => rm(root, { recursive: true }));

const several = 'so it gives several labels to one picture';
const single = 'it has one output, so it chooses no class';

async function refusal(folder: string): Promise<string> {
  try {
    await openModel(folder, openingSessions(1));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.hint).toContain('Hognose audits models that choose one');
    return error.message;
  }
  throw new Error('The model was opened');
}

async function weights({ config, state }: TinyFolder, more: object = {}): Promise<string> {
  const folder = join(root, String(made++));
  await writeFolder(folder, { config: { ...config, ...more }, state });
  return folder;
}

/** The same with only the first class. */
function ofOneClass(folder: TinyFolder, head: string): TinyFolder {
  const state = new Map(
    [...folder.state].map(([name, { shape, data }]) => {
      if (!name.startsWith(`${head}.`)) return [name, { shape, data }] as const;
      const inner = shape.slice(1).reduce((product, dim) => product * dim, 1);
      return [name, { shape: [1, ...shape.slice(1)], data: data.slice(0, inner) }] as const;
    }),
  );
  return { ...folder, state };
}

/** A folder with a graph and these files beside it. */
async function graph(classes: number, end: 'logits' | 'sigmoid' | 'softmax', config?: object): Promise<string> {
  const folder = join(root, String(made++));
  await mkdir(folder);
  const a = architecture({ classes });
  const { graph: plain, ...model } = new Exporter(a, randomParameters(a, 3)).model();
  const op = { logits: 'Identity', sigmoid: 'Sigmoid', softmax: 'Softmax' }[end];
  const last = { name: op, op, domain: '', inputs: ['logits'], outputs: ['answer'], attributes: new Map() };
  const outputs = [{ name: 'answer', type: 'float32', dims: ['batch_size', classes] }] as const;
  const nodes = [...plain.nodes, last];
  await writeFile(join(folder, 'model.onnx'), writeModel({ ...model, graph: { ...plain, nodes, outputs } }));
  if (config !== undefined) await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

describe('a model that gives several labels is refused', () => {
  it.each([
    ['problem_type', { problem_type: 'multi_label_classification' }],
    ['function_to_apply', { function_to_apply: 'sigmoid' }],
  ])('by %s of its config, from weights and from a graph', async (_, stated) => {
    expect(await refusal(await weights(tinyVit(), stated))).toContain(several);
    expect(await refusal(await weights(tinyTimm(), stated))).toContain(several);
    expect(await refusal(await graph(5, 'logits', stated))).toContain(several);
  });

  it('by the sigmoid of its graph', async () => {
    expect(await refusal(await graph(5, 'sigmoid'))).toContain(`its answer is a sigmoid for each class, ${several}`);
  });
});

describe('a model with one output is refused', () => {
  it('from weights', async () => {
    expect(await refusal(await weights(ofOneClass(tinyVit(), 'classifier')))).toContain(single);
    expect(await refusal(await weights(ofOneClass(tinyTimm(), 'head')))).toContain(single);
  });

  it.each(['logits', 'sigmoid', 'softmax'] as const)('from a graph that ends in %s', async (end) => {
    expect(await refusal(await graph(1, end))).toContain(single);
  });
});

it('a regression of several numbers is refused', async () => {
  expect(await refusal(await weights(tinyVit(), { problem_type: 'regression' }))).toContain('states a regression');
});

it('a model that says it chooses one class opens', async () => {
  const folder = await weights(tinyVit(), { problem_type: 'single_label_classification' });
  const { summary } = await openModel(folder, openingSessions(1));
  expect(summary.classes).toHaveLength(3);
});
