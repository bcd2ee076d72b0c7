/** What is meant by a folder: the model in it, the snapshot of a hub's cache, or models below that are named. */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openingSessions } from '../../../src/main/engine/session.js';
import { modelFiles } from '../../../src/main/model/model-folder.js';
import { openModel } from '../../../src/main/model/open.js';
import type { ModelSummary } from '../../../src/shared/model.js';
import { AppError } from '../../../src/shared/errors.js';
import { writeFolder } from '../../support/tiny-folders.js';
import { tinyVit } from '../../support/tiny-huggingface.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-above-'));
});
afterAll(() => rm(root, { recursive: true }));

async function summary(path: string): Promise<ModelSummary> {
  return (await openModel(path, openingSessions(1))).summary;
}

async function refusal(path: string): Promise<AppError> {
  try {
    await summary(path);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The model was opened');
}

describe('a folder above models', () => {
  it('names them, the last as an example: numbers count as numbers', async () => {
    const folder = join(root, 'trainer');
    for (const step of [90, 100, 1000]) await writeFolder(join(folder, `checkpoint-${String(step)}`), tinyVit());
    await writeFile(join(folder, 'training_args.bin'), 'x');
    const error = await refusal(folder);
    expect(error.message).toBe(
      `${folder} holds no model itself, but folders in it do: checkpoint-90, checkpoint-100 and checkpoint-1000.`,
    );
    expect(error.hint).toBe(`Choose one of them, for example ${join(folder, 'checkpoint-1000')}.`);
  });

  it('deeper below are found too', async () => {
    const folder = join(root, 'outputs');
    await writeFolder(join(folder, 'vit/run1/checkpoint-9'), tinyVit());
    expect((await refusal(folder)).hint).toBe(`Choose ${join(folder, 'vit/run1/checkpoint-9')}.`);
  });

  it('with a config.json and no weights of its own names them too', async () => {
    const folder = join(root, 'configured');
    await writeFolder(join(folder, 'best'), tinyVit());
    await writeFile(join(folder, 'config.json'), JSON.stringify(tinyVit().config));
    expect(await refusal(folder)).toMatchObject({
      message: `${folder} holds no weights (model.safetensors) and no ONNX file itself, but folders in it do: best.`,
      hint: `Choose ${join(folder, 'best')}.`,
    });
  });
});

/** A cache with a repository, whose snapshots are called so. */
async function cache(name: string, repository: string, snapshots: readonly string[], main?: string): Promise<string> {
  const folder = join(root, name);
  for (const snapshot of snapshots) await writeFolder(join(folder, repository, 'snapshots', snapshot), tinyVit());
  if (main !== undefined) {
    await mkdir(join(folder, repository, 'refs'), { recursive: true });
    await writeFile(join(folder, repository, 'refs/main'), `${main}\n`);
  }
  return folder;
}

describe("a hub's cache", () => {
  it('opens by the snapshot that refs/main names, and is called by its repository', async () => {
    const folder = await cache('hub', 'models--google--vit-base', ['aaa', 'bbb'], 'bbb');
    for (const place of [
      folder,
      join(folder, 'models--google--vit-base'),
      join(folder, 'models--google--vit-base/snapshots'),
    ]) {
      expect((await summary(place)).name).toBe('google/vit-base');
      expect(await modelFiles(place)).toContain(
        join(folder, 'models--google--vit-base/snapshots/bbb/model.safetensors'),
      );
    }
    expect((await summary(join(folder, 'models--google--vit-base/snapshots/aaa'))).name).toBe('google/vit-base');
  });

  it('opens by its only snapshot where nothing names one', async () => {
    const folder = await cache('bare', 'models--vit', ['abc']);
    expect((await summary(folder)).name).toBe('vit');
  });

  it('with several repositories, or snapshots and no ref, is asked about', async () => {
    const folder = await cache('many', 'models--a--one', ['x'], 'x');
    await cache('many', 'models--b--two', ['y'], 'y');
    expect((await refusal(folder)).message).toContain('models--a--one and models--b--two');
    const loose = await cache('loose', 'models--a--one', ['x', 'y']);
    expect((await refusal(join(loose, 'models--a--one/snapshots'))).message).toContain('x and y');
  });

  it('opens through links, and through links that became text', async () => {
    for (const [kind, link] of [
      ['links', (target: string, path: string) => symlink(target, path)],
      ['text', (target: string, path: string) => writeFile(path, target)],
    ] as const) {
      const repository = join(root, `cache-${kind}`, 'models--me--linked');
      await writeFolder(join(repository, 'blobs'), tinyVit());
      const snapshot = join(repository, 'snapshots/abc');
      await mkdir(snapshot, { recursive: true });
      for (const name of ['config.json', 'model.safetensors']) await link(`../../blobs/${name}`, join(snapshot, name));
      expect((await summary(repository)).name).toBe('me/linked');
    }
  });

  it('never follows a text out of its blobs', async () => {
    const repository = join(root, 'evil', 'models--me--evil');
    const snapshot = join(repository, 'snapshots/abc');
    await writeFolder(snapshot, tinyVit());
    await writeFolder(join(root, 'evil/blobs'), tinyVit());
    await writeFile(join(snapshot, 'config.json'), '../../../blobs/config.json');
    expect((await refusal(repository)).message).toContain('holds only the path');
  });
});

describe('the name of a model', () => {
  it("is its folder's, whatever its config calls the model that it was made of", async () => {
    const { config, state } = tinyVit();
    const folder = join(root, 'my-flowers');
    await writeFolder(folder, { config: { ...config, _name_or_path: 'google/vit-base-patch16-224-in21k' }, state });
    expect((await summary(folder)).name).toBe('my-flowers');
    expect((await summary(`${folder}/`)).name).toBe('my-flowers');
    expect((await summary(join(folder, 'model.safetensors'))).name).toBe('my-flowers');
  });
});

it('files around a model are known, so that a change of any opens it anew', async () => {
  const folder = join(root, 'variant');
  await writeFolder(folder, tinyVit());
  await writeFile(join(folder, 'model.fp16.safetensors'), 'x');
  await writeFile(join(folder, 'notes.md'), 'x');
  expect(await modelFiles(folder)).toEqual([
    folder,
    join(folder, 'config.json'),
    join(folder, 'model.fp16.safetensors'),
    join(folder, 'model.safetensors'),
  ]);
  expect(await modelFiles(join(root, 'gone.onnx'))).toContain(join(root, 'gone.onnx'));
});
