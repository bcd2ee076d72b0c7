/** The model folders of people on which earlier versions failed: each opens rightly, or says its cause and the way out. */

import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { openingSessions } from '../../../src/main/engine/session.js';
import { openModel } from '../../../src/main/model/open.js';
import { AppError } from '../../../src/shared/errors.js';
import type { ModelSummary } from '../../../src/shared/model.js';
import { shared } from '../../support/shared.js';

const present = existsSync(shared('cases'));
if (!present) process.stdout.write('Skipped: tests against ../shared/cases, which are not beside this checkout.\n');

const seen: string[] = [];

async function open(...parts: string[]): Promise<ModelSummary> {
  return (await openModel(shared('cases', ...parts), openingSessions(1))).summary;
}

/** What is said when it does not open: message and hint. */
async function refusal(...parts: string[]): Promise<string> {
  try {
    await open(...parts);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toMatch(/^MODEL_/);
    expect(error.hint).not.toBe('');
    const text = `${error.message} ${error.hint}`;
    seen.push(text);
    return text;
  }
  throw new Error(`${parts.join('/')} was opened`);
}

describe.skipIf(!present)('cases', () => {
  afterAll(() => {
    // The words of libraries are nobody's way out.
    for (const text of seen) expect(text).not.toMatch(/Expected \(|but received|Bad wire|undefined|ENOENT/);
  });

  it.each(['model', 'model_without_id2label'])('label2id names the classes: %s', async (name) => {
    expect(await open('label2id/label2id', name)).toMatchObject({
      classes: ['dog', 'cat', 'bee', 'ant'],
      assumptions: [],
    });
  });

  it('a pointer, a web page and a pickle are called what they are', async () => {
    expect(await refusal('lfs-pointer/lfs')).toMatch(/model\.safetensors is a Git LFS pointer.*343 MB.*git lfs pull/);
    expect(await refusal('lfs-pointer/htmlmodel')).toMatch(/model\.safetensors is a web page.*download/);
  });

  it.each([
    ['safevariant', 'The weights are read from model.fp16.safetensors.'],
    ['safeother', 'The weights are read from pytorch_model.safetensors.'],
    ['binonly', 'The weights are read from pytorch_model.bin.'],
    ['vitmae', "config.json states the model_type 'vit_mae' of a pretraining"],
  ])('%s opens, and says how it was read', async (name, remark) => {
    const summary = await open('lfs-pointer', name);
    expect(summary).toMatchObject({ name, classes: ['ant', 'bee', 'cat', 'dog'] });
    expect(summary.assumptions.join('\n')).toContain(remark);
  });

  it('weights that are for training only are left out', async () => {
    expect(await open('lfs-pointer/masktoken')).toMatchObject({ name: 'masktoken', assumptions: [] });
  });

  it('a folder above models names them', async () => {
    const text = await refusal('folder-above-model/trainer');
    expect(text).toContain('checkpoint-100 and checkpoint-200');
    expect(text).toMatch(/Choose one of them, for example .*checkpoint-200/);
  });

  it.each([
    [],
    ['models--someone--my-vit'],
    ['models--someone--my-vit', 'snapshots'],
    ['models--someone--my-vit', 'snapshots', 'a'.repeat(40)],
  ])('a cache of the hub opens by the snapshot that is meant (%#)', async (...parts) => {
    expect(await open('folder-above-model/hubcache', ...parts)).toMatchObject({
      name: 'someone/my-vit',
      classes: ['ant', 'bee', 'cat', 'dog'],
    });
  });

  it('models that choose no class are refused', async () => {
    expect(await refusal('multi-label/multilabel')).toContain('it gives several labels to one picture');
    expect(await refusal('one-output/onelogit')).toContain('it has one output, so it chooses no class');
    expect(await refusal('one-output/regression')).toContain('it has one output, so it chooses no class');
  });

  it('data files of a graph that are gone are named', async () => {
    const folder = 'onnx-labels-only/onnx_external/Modell für Käfer';
    expect(await refusal(folder)).toMatch(
      /model\.onnx_data', which is missing.*Put model\.onnx_data into .*Käfer.onnx/,
    );
    expect(await refusal('onnx-labels-only/onnx_external')).toContain('Modell für Käfer');
    expect(await refusal('onnx-labels-only/onnx_external_dot')).toMatch(/model\.onnx_data holds only the path/);
    expect(await refusal('onnx-labels-only/onnx_external_gone')).toContain('Put model.onnx_data into');
    expect(await refusal('onnx-labels-only/onnx_external_renamed')).toContain('Put model.onnx_data into');
  });

  it('a folder whose graph is missing says that it holds no weights', async () => {
    for (const name of ['onnx_argmax', 'onnx_topk', 'onnx_js']) {
      if (existsSync(shared('cases/onnx-labels-only', name, 'model.onnx'))) continue;
      expect(await refusal('onnx-labels-only', name)).toContain('no ONNX file');
    }
  });

  it('a size may be a pair', async () => {
    expect((await open('size-tuple/sizelist')).preprocessing).toMatchObject({
      resize: { kind: 'exact', width: 32, height: 32 },
      crop: null,
    });
  });

  it('names under one prefix are understood, and it is said', async () => {
    const timm = await open('timm-wrapper/timmwrapper');
    expect(timm.classes).toEqual(['ant', 'bee', 'cat']);
    expect(timm.assumptions).toEqual(["The names of all weights begin with 'timm_model.', which was taken off."]);
    expect(timm.preprocessing).toMatchObject({ interpolation: 'bicubic', resize: { size: 35 } });
    expect((await open('wrapped-names/netprefix')).assumptions.join()).toContain("begin with 'net.'");
    expect((await open('wrapped-names/peftprefix')).assumptions.join()).toContain("begin with 'base_model.model.'");
  });
});
