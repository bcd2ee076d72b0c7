/** The generators themselves: every export style computes what its architecture's plain reference computes. */

import { describe, expect, it } from 'vitest';

import { cpuSessions } from '../../src/main/engine/session.js';
import { floatOutput, floats } from '../../src/main/onnx/runner.js';
import { answered, difference, originalAnswer, randomPixels, runOnce } from '../support/export-styles/check-model.js';
import { randomParameters } from '../support/export-styles/parameters.js';
import { referenceEmbed, referenceEncode } from '../support/export-styles/reference.js';
import { cases } from './cases/all.js';

const sessions = cpuSessions(1, { optimise: false });

describe('generated exports', () => {
  it.each(cases.map((each, index) => ({ ...each, seed: index + 1 })))(
    '$name',
    async ({ architecture: a, write, seed, quantisation }) => {
      const parameters = randomParameters(a, seed);
      const { truth, bytes, layout, batch, weightTolerance } = await write(a, parameters);
      const count = batch ?? 2;
      const pixels = randomPixels(a, count, seed);
      const input = { name: layout === 'NHWC' ? 'input_1' : 'input', layout };
      const original = await originalAnswer(sessions, truth, input, a, pixels, 'logits');
      const embedded = await runOnce(sessions, referenceEmbed(a, parameters), {
        pixels: floats(pixels, count, a.channels, a.height, a.width),
      });
      const stream = embedded.tokens;
      if (!stream) throw new RangeError('The reference gives tokens');
      const encoded = await runOnce(sessions, referenceEncode(a, parameters), { tokens: stream });
      const expected = answered(floatOutput(encoded, 'logits'), a);
      const widest = quantisation ?? Math.max(weightTolerance, 2e-5);
      expect(difference(expected, original)).toBeLessThan(widest);
      if (quantisation !== undefined) {
        const quantised = await originalAnswer(sessions, bytes, input, a, pixels, 'logits');
        expect(difference(original, quantised)).toBeLessThan(quantisation);
      }
    },
  );
});
