/** A ViT described for people. */

import { describe, expect, it } from 'vitest';
import { anatomyOf } from '../../../src/main/model/anatomy.js';
import { randomVit } from '../../support/random-vit.js';

describe('anatomyOf', () => {
  it('describes a plain ViT', () => {
    expect(anatomyOf(randomVit(), null, ['float32'])).toEqual({
      channels: 3,
      prefix: ['cls'],
      blockNorm: 'pre',
      normKind: 'layer',
      headWidth: 8,
      innerWidth: 48,
      activation: 'gelu',
      gated: false,
      qkvBias: true,
      qkNorm: false,
      layerScale: false,
      stemNorm: false,
      pooling: 'cls',
      weightTypes: ['float32'],
      graph: null,
    });
  });

  it('sees everything that may be there', () => {
    const vit = randomVit({
      prefix: ['cls', 'register'],
      blockNorm: 'res-post',
      gated: true,
      qkNorm: true,
      layerScale: true,
      stemNorm: true,
      pooling: 'mean-patches',
    });
    expect(anatomyOf(vit, null, ['bfloat16'])).toMatchObject({
      prefix: ['cls', 'register'],
      blockNorm: 'res-post',
      activation: 'silu',
      gated: true,
      qkNorm: true,
      layerScale: true,
      stemNorm: true,
      pooling: 'mean-patches',
    });
    expect(anatomyOf(randomVit({ blockNorm: 'post' }), null, []).blockNorm).toBe('post');
  });

  it('tells the kind of norm and whether query, key and value have a bias', () => {
    const vit = randomVit();
    const blocks = vit.blocks.map((block) => {
      const { layer, before } = block.attention;
      const bare = {
        query: { ...layer.query, bias: null },
        key: { ...layer.key, bias: null },
        value: { ...layer.value, bias: null },
      };
      const norm = before && { ...before, kind: 'rms' as const };
      return { ...block, attention: { ...block.attention, before: norm, layer: { ...layer, ...bare } } };
    });
    expect(anatomyOf({ ...vit, blocks }, null, [])).toMatchObject({ normKind: 'rms', qkvBias: false });
  });
});
