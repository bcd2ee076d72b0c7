/** `hognose explain`: what is written, and that a run can be repeated exactly. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  floatsFrom,
  readSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from '../../../src/main/model/safetensors.js';
import { demoModel, hognose } from '../../support/hognose.js';
import { writeSmallDataset } from '../../support/small-dataset.js';

let folder: string;
let image: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-explain-'));
  await writeSmallDataset(join(folder, 'data'), 30);
  image = `${join(folder, 'data', 't10k-images-idx3-ubyte.gz')}#23`;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const explain = (...args: readonly string[]): ReturnType<typeof hognose> =>
  hognose(['explain', ...args, '--model', demoModel, '--masks', '64']);
/** Starts from the clusters of an earlier run, which say how many masks there are. */
const replay = (file: string, ...args: readonly string[]): ReturnType<typeof hognose> =>
  hognose(['explain', image, ...args, '--model', demoModel, '--kmeans-init', file]);
const bytesOf = (file: SafetensorsFile, name: string): string =>
  Buffer.from(file.tensors.get(name)?.data ?? []).toString('base64');

describe('--contrast', () => {
  const named = ['--class', 'Ankle boot', '--class', 'Sandal', '--contrast', 'Ankle boot:5', '--contrast', 'top2:top1'];

  it('writes what speaks for one class rather than another: the difference of their evidence', async () => {
    const out = join(folder, 'contrast.safetensors');
    const { code } = await explain(image, ...named, '--out', out);
    expect(code).toBe(0);
    const file = await readSafetensors(out);
    const [first, second] = file.metadata.contrasts?.split(',') ?? [];
    expect(first).toBe('9-5');
    expect(second).toMatch(/^\d-5$/);
    const map = (name: string): Float32Array => {
      const entry = file.tensors.get(name);
      if (entry === undefined) throw new Error(`No ${name}.`);
      return floatsFrom(entry, name);
    };
    const [a, b, contrast] = ['evidence/9', 'evidence/5', 'contrast/9-5'].map(map);
    expect(contrast).toEqual(a?.map((value, at) => value - (b?.[at] ?? NaN)));
    expect(Math.max(...map('contrast_error/9-5'))).toBeGreaterThan(0);
  });

  it('is drawn beside the maps, told in a summary, and in JSON', async () => {
    const [png, json] = [join(folder, 'contrast.png'), join(folder, 'contrast.json')];
    await explain(image, ...named, '--out', png);
    expect((await sharp(png).metadata()).width).toBe(5 * (224 + 4) - 4);
    await explain(image, ...named, '--out', json);
    const { contrasts } = JSON.parse(await readFile(json, 'utf8')) as { contrasts: { classNames: string[] }[] };
    expect(contrasts[0]?.classNames).toEqual(['Ankle boot', 'Sandal']);
    const { stdout } = await explain(image, ...named);
    expect(stdout).toMatch(/for Ankle boot rather than Sandal: \d+ of 196 patches speak for it, \d+ against it beyond/);
  });

  it.each([
    [['--contrast', 'Sandal'], 'does not name two classes'],
    [['--contrast', 'Sandal:Slipper'], 'no class "Slipper"'],
    [['--contrast', 'top1:top1'], 'one and the same'],
    [['--contrast', 'Sandal:5'], 'one and the same'],
    [['--contrast', 'top1:top2', '--method', 'rollout'], 'is for TIS alone'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await explain(image, ...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
});

describe('safetensors', () => {
  it('holds the maps, the probabilities and what is needed to repeat the run', async () => {
    const out = join(folder, 'maps.safetensors');
    const { code, stdout } = await explain(
      image,
      '--class',
      'Ankle boot',
      '--class',
      'top1',
      '--class',
      '0',
      '--out',
      out,
    );
    expect([code, stdout]).toEqual([0, '']);
    const file = await readSafetensors(out);
    expect([...file.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['saliency_raw/9', 'F32', [14, 14]],
      ['saliency_raw/5', 'F32', [14, 14]],
      ['saliency_raw/0', 'F32', [14, 14]],
      ['signed/9', 'F32', [14, 14]],
      ['signed/5', 'F32', [14, 14]],
      ['signed/0', 'F32', [14, 14]],
      ...[9, 5, 0].flatMap((index) => [
        [`evidence/${String(index)}`, 'F32', [14, 14]],
        [`evidence_error/${String(index)}`, 'F32', [14, 14]],
      ]),
      ['probs', 'F32', [10]],
      ['init_indices', 'I32', [64]],
      ['mask_indices', 'I32', [64, 98]],
    ]);
    expect(file.metadata).toMatchObject({ method: 'tis', masks: '64', ratio: '0.5', seed: '0', classes: '9,5,0' });
    expect(file.metadata.model_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(file.metadata.image_sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is repeated to the last bit by --kmeans-init, whatever the type of the indices', async () => {
    const first = join(folder, 'first.safetensors');
    const again = join(folder, 'again.safetensors');
    const wide = join(folder, 'wide.safetensors');
    await explain(image, '--seed', '7', '--class', 'top1', '--out', first);
    const written = await readSafetensors(first);
    const rows = written.tensors.get('init_indices')?.data.slice().buffer ?? new ArrayBuffer(0);
    const data = new Uint8Array(BigInt64Array.from(new Int32Array(rows), BigInt).buffer);
    await writeSafetensors(wide, new Map([['init_indices', { dtype: 'I64', shape: [64], data }]]));
    const { code } = await replay(wide, '--class', 'top1', '--out', again);
    expect(code).toBe(0);
    const repeated = await readSafetensors(again);
    for (const name of ['saliency_raw/5', 'init_indices', 'mask_indices']) {
      expect(bytesOf(repeated, name)).toBe(bytesOf(written, name));
    }
    const other = join(folder, 'other.safetensors');
    await explain(image, '--seed', '8', '--class', 'top1', '--out', other);
    expect(bytesOf(await readSafetensors(other), 'init_indices')).not.toBe(bytesOf(written, 'init_indices'));
  });

  it('refuses rows that the model does not have', async () => {
    const wrong = join(folder, 'wrong.safetensors');
    const data = new Uint8Array(Int32Array.of(0, 576).buffer);
    await writeSafetensors(wrong, new Map([['init_indices', { dtype: 'I32', shape: [2], data }]]));
    const { code, stderr } = await replay(wrong);
    expect(code).toBe(1);
    expect(stderr).toContain('wrong.safetensors');
    expect(stderr).toContain('576 hidden columns');
  });
});

it('takes an already preprocessed tensor for an image, of the right shape only', async () => {
  const path = join(folder, 'pixels.safetensors');
  const pixels = Float32Array.from({ length: 3 * 28 * 28 }, (_, at) => Math.sin(at));
  const entry = { dtype: 'F32', shape: [1, 3, 28, 28], data: new Uint8Array(pixels.buffer) } as const;
  await writeSafetensors(path, new Map([['pixels', entry]]));
  const { code, stdout } = await explain(path, '--class', 'top1');
  expect(code).toBe(0);
  expect(stdout).toContain('64 masks of ratio 0.5');
  await writeSafetensors(path, new Map([['pixels', { ...entry, shape: [3, 1, 28, 28] }]]));
  const wrong = await explain(path);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain("has 'pixels' of shape [3, 1, 28, 28]; the model takes [1, 3, 28, 28]");
});

it('draws one panel a class beside what the model sees', async () => {
  const out = join(folder, 'maps.png');
  expect((await explain(image, '--class', '9', '--class', 'top1', '--out', out)).code).toBe(0);
  const { width, height, format } = await sharp(out).metadata();
  expect([width, height, format]).toEqual([3 * 224 + 2 * 4, 224, 'png']);
});

it('writes one JSON an image when there are several', async () => {
  const other = image.replace('#23', '#0');
  expect((await explain(image, other, '--class', 'top2', '--out', join(folder, 'j.json'))).code).toBe(0);
  const content = JSON.parse(await readFile(join(folder, 'j-t10k-images-idx3-ubyte.gz-23.json'), 'utf8')) as {
    readonly maps: readonly { readonly className: string; readonly kept: readonly number[] }[];
  };
  expect(content.maps.map((map) => map.className)).toEqual(['Ankle boot']);
  expect(content.maps[0]?.kept.length).toBe(196);
  await readFile(join(folder, 'j-t10k-images-idx3-ubyte.gz-0.json'));
});

it('takes the label from the name of the file or of its folder', async () => {
  const path = join(folder, 'Ankle_boot.png');
  await writeFile(
    path,
    await sharp({ create: { width: 28, height: 28, channels: 3, background: '#fff' } })
      .png()
      .toBuffer(),
  );
  const { code, stdout } = await explain(path, '--class', 'label');
  expect(code).toBe(0);
  expect(stdout).toContain('9 Ankle boot');
});
