/** The rebuilt model computes what the file computes, in every form that it is run in, and on any tokens. */

import { expect } from 'vitest';

import { fuse } from '../../../src/main/onnx/passes/fuse.js';
import { toFloat16 } from '../../../src/main/onnx/passes/to-float16.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { floatOutput } from '../../../src/main/onnx/runner.js';
import { answered, difference, encodeModel, randomSubset, runOnce } from '../../support/export-styles/check-model.js';
import { referenceEmbed, referenceEncode } from '../../support/export-styles/reference.js';
import { referenceSessions } from '../../support/provider.js';
import { type Subject, tensorOf } from './subject.js';

function toleranceOf({ file, provider }: Subject): number {
  return Math.max(file.tolerance, provider.tolerance);
}

/** The logits of a form of the rebuilt model as the file answers. */
async function answerOf({ a, provider, tokens }: Subject, model: Model): Promise<Float32Array> {
  return answered(floatOutput(await runOnce(provider.create, model, { tokens }), 'logits'), a);
}

/** `encode(embed(pixels))`, plain, fused and in half precision, against the file's own answer. */
export async function expectSameAnswer(subject: Subject): Promise<void> {
  const { vit, file, provider, rebuilt, a, originalFeeds } = subject;
  const original = floatOutput(await runOnce(referenceSessions, file.truth, originalFeeds), 'logits');
  const tolerance = toleranceOf(subject);
  const plain = answered(floatOutput(rebuilt, 'logits'), a);
  expect(difference(original, plain), 'logits of the plain form').toBeLessThan(tolerance);
  // Both forms run on the processor; a card is given its own.
  for (const target of provider.name === 'cpu' ? (['cpu', 'cuda'] as const) : (['cuda'] as const)) {
    const fused = await answerOf(subject, fuse(encodeModel(vit, false), target));
    expect(difference(original, fused), `logits of the form fused for ${target}`).toBeLessThan(tolerance);
  }
  const half = await answerOf(subject, toFloat16(fuse(encodeModel(vit, false), provider.name)));
  expect(difference(original, half), 'logits in half precision').toBeLessThan(provider.halfTolerance);
}

/**
 * Tokens, and logits and attention of a random subset of them, against the plain reference with the weights that the
 * file was made of. A quantised file has others: what it means is compared by {@link expectSameAnswer} alone.
 */
export async function expectSameAsReference(subject: Subject): Promise<void> {
  const { each, a, p, vit, provider, pixels, tokens, seed, file } = subject;
  if (each.quantisation !== undefined) return;
  const tolerance = Math.max(toleranceOf(subject), file.weightTolerance);
  const stream = tokens.data as Float32Array;
  const embedded = tensorOf(await runOnce(referenceSessions, referenceEmbed(a, p), { pixels }), 'tokens');
  expect(difference(embedded.data as Float32Array, stream), 'tokens').toBeLessThan(tolerance);
  const subset = randomSubset(a, stream, seed);
  const expected = await runOnce(referenceSessions, referenceEncode(a, p), { tokens: subset });
  for (const model of [encodeModel(vit, true), fuse(encodeModel(vit, false), provider.name)]) {
    const found = await runOnce(provider.create, model, { tokens: subset });
    const names = Object.keys(found).filter((name) => name === 'logits' || name.startsWith('attention'));
    for (const name of names) {
      const apart = difference(floatOutput(expected, name), floatOutput(found, name));
      expect(apart, `${name} of a subset of tokens`).toBeLessThan(tolerance);
    }
  }
}
