/** The hash of a model: the same in every JavaScript engine, and those of earlier versions are known. */

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelRuntime } from '../../../src/main/engine/runtime.js';
import { type ModelHash, modelHash } from '../../../src/main/model/model-hash.js';
import { type OpenedModel, openModel } from '../../../src/main/model/open.js';
import { openingSessions } from '../../../src/main/engine/session.js';
import { usualScale, type Vit } from '../../../src/main/model/vit.js';
import { writeFolder } from '../../support/tiny-folders.js';
import { tinyVit } from '../../support/tiny-huggingface.js';

let folder: string;
let opened: OpenedModel;
let weights: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-hash-'));
  await writeFolder(folder, tinyVit());
  opened = await openModel(folder, openingSessions(1));
  weights = createHash('sha256')
    .update(await readFile(join(folder, 'model.safetensors')))
    .digest('hex');
});
afterAll(() => rm(folder, { recursive: true }));

function withScale(vit: Vit, scale: number, headWidth = 8): Vit {
  const blocks = vit.blocks.map((block) => ({
    ...block,
    attention: { ...block.attention, layer: { ...block.attention.layer, headWidth, scale } },
  }));
  return { ...vit, blocks };
}

/** What version 0.1.0 made of a model whose engine gave it this ViT. */
function hashOf010(vit: Vit): string {
  const structure = JSON.stringify(vit, (key, value: unknown) => (key === 'expression' ? undefined : value));
  const facts = JSON.stringify([opened.summary.preprocessing, structure, null]);
  return createHash('sha256').update(weights).update(facts).digest('hex');
}

function hashOf(vit: Vit): ModelHash {
  return modelHash({ weights, preprocessing: opened.summary.preprocessing, vit, values: null });
}

describe('the hash of a model', () => {
  it('is this one in every engine, for a head width whose root is not exact', () => {
    expect(opened.summary.anatomy.headWidth).toBe(8);
    expect(opened.summary.hash).toMatchInlineSnapshot(
      `"8579fe95d11ea105055761e77b83111c49617c55d660d409eeaf9d6437e1ac24"`,
    );
  });

  it('goes along with the hashes that engines made of the same scale and its two neighbours', () => {
    const scale = usualScale(8);
    const ulp = 2 ** -54;
    const { hash, formerHashes = [] } = opened.summary;
    const former = [scale, scale - ulp, scale + ulp].map((one) => hashOf010(withScale(opened.vit, one)));
    expect(new Set(former).size).toBe(3);
    expect([hash, ...formerHashes].toSorted()).toEqual(former.toSorted());
    expect(former).toContain(hashOf010(withScale(opened.vit, 8 ** -0.5)));
  });

  it('stays what it was where every engine agrees', () => {
    const exact = withScale(opened.vit, 0.125, 64);
    expect(hashOf(exact).hash).toBe(hashOf010(exact));
  });

  it('does not hang on a scale that was measured on the graph', () => {
    const [one, other] = [0.2, 0.2 + 2 ** -55].map((scale) => withScale(opened.vit, scale));
    if (!one || !other) throw new RangeError('Two were made');
    expect(hashOf(one).hash).toBe(hashOf(other).hash);
    expect(hashOf(one).formerHashes).toEqual([hashOf010(one)]);
    expect(hashOf(other).formerHashes).toEqual([hashOf010(other)]);
  });

  it('is given to who opens it in the engine', async () => {
    const runtime = await ModelRuntime.open({ path: folder }, { threads: 1 });
    expect(runtime.summary).toMatchObject({ hash: opened.summary.hash, formerHashes: opened.summary.formerHashes });
    await runtime.close();
  });
});
