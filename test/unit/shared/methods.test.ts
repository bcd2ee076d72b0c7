/** The table of methods: ids, defaults, bounds, and the text that keys cached maps. */

import { describe, expect, it } from 'vitest';
import { isMethodId, methodFacts, methodIds, methodParameters, parameterText } from '../../../src/shared/methods.js';

describe('the table of methods', () => {
  it('has facts for the eleven methods of the paper and its ablation, with the published settings', () => {
    expect(methodIds).toHaveLength(12);
    expect(methodIds.map((id) => methodFacts(id).id)).toEqual(methodIds);
    expect(methodParameters('tis')).toEqual({ masks: 1024, ratio: 0.5, seed: 0 });
    expect(methodParameters('rise')).toEqual({ masks: 4000, cells: 8, keep: 0.1, seed: 0 });
    expect(methodParameters('integrated-gradients')).toEqual({ steps: 50 });
    expect(methodParameters('smoothgrad')).toEqual({ samples: 50, noise: 1, seed: 0 });
    expect(methodParameters('vit-cx')).toEqual({ threshold: 0.1, noise: 0.1, seed: 0 });
    expect(methodParameters('rollout')).toEqual({ discard: 0.9 });
    expect([methodParameters('tam'), methodParameters('bt-h')]).toEqual([{ steps: 20 }, { steps: 20 }]);
  });

  it('keeps wishes within their bounds, whole where they are counts, and drops what it does not know', () => {
    expect(methodParameters('rise', { masks: 0, cells: 9.6, keep: 5, other: 1 })).toEqual({
      masks: 1,
      cells: 10,
      keep: 0.99,
      seed: 0,
    });
  });

  it('writes parameters as one text, whatever their order', () => {
    expect(parameterText({ steps: 3, alpha: 0.5 })).toBe('alpha=0.5;steps=3');
    expect(parameterText({ alpha: 0.5, steps: 3 })).toBe('alpha=0.5;steps=3');
    expect(parameterText({})).toBe('');
  });

  it('knows its ids', () => {
    expect([isMethodId('bt-t'), isMethodId('grad-cam')]).toEqual([true, false]);
  });
});
