/** TIS on an opened model: every mask's score is the reference's probability for the tokens that the mask keeps. */

import { expect } from 'vitest';

import { drawInitialRows } from '../../../src/main/explain/initial-rows.js';
import type { Plan } from '../../../src/main/explain/tis.js';
import { hiddenColumns } from '../../../src/main/model/vit.js';
import { type RunTensor, floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { type Architecture, patches } from '../../support/export-styles/architecture.js';
import { answered, difference, randomPixels, runOnce } from '../../support/export-styles/check-model.js';
import { referenceEncode } from '../../support/export-styles/reference.js';
import { referenceSessions } from '../../support/provider.js';
import { tisOf } from '../../support/tis.js';
import type { Subject } from './subject.js';

const masks = 4;

/** The prefix and the patch tokens of one mask. */
function keptTokens(a: Architecture, { tokens, maskIndices, kept }: Plan, mask: number): RunTensor {
  const patchTokens = [...maskIndices.subarray(mask * kept, (mask + 1) * kept)];
  const chosen = [...a.prefix.keys(), ...patchTokens.map((token) => token + a.prefix.length)];
  const data = new Float32Array(chosen.length * a.dim);
  chosen.forEach((token, row) => data.set(tokens.values.subarray(token * a.dim, (token + 1) * a.dim), row * a.dim));
  return floats(data, 1, chosen.length, a.dim);
}

export async function expectTis({ vit, a, p, seed, provider }: Subject): Promise<void> {
  const { tis, release } = await tisOf(vit, provider.create);
  const pixels = randomPixels(a, 1, seed + 1);
  const plan = await tis.plan(pixels, drawInitialRows(masks, hiddenColumns(vit), 1), 0.5);
  const scores = await tis.score(plan);
  const maps = await tis.maps(plan, scores, Int32Array.of(0, 1));
  await release();
  expect(plan).toMatchObject({ masks, kept: Math.trunc(0.5 * patches(a)) });
  expect(maps.kept).toHaveLength(2 * patches(a));
  const reference = referenceEncode(a, p);
  for (let mask = 0; mask < masks; mask += 1) {
    const outputs = await runOnce(referenceSessions, reference, { tokens: keptTokens(a, plan, mask) });
    const expected = answered(floatOutput(outputs, 'logits'), { ...a, output: 'probabilities' });
    const found = scores.subarray(mask * a.classes, (mask + 1) * a.classes).map(Math.exp);
    expect(difference(expected, found), `mask ${String(mask)}`).toBeLessThan(1e-3);
  }
}
