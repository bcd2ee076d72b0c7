/** What wrappers put before the names of weights is taken off where it is one for all, and said. */

import { describe, expect, it } from 'vitest';
import { namesInWords, unwrappedNames } from '../../../src/main/model/weight-names.js';

const anchors = ['patch_embed.proj.weight', 'blocks.0.norm1.weight'];
const plain = ['cls_token', 'patch_embed.proj.weight', 'blocks.0.norm1.weight', 'blocks.1.norm1.weight', 'head.weight'];

function unwrapped(names: readonly string[]): { names: readonly string[]; remark: readonly string[] } {
  const { names: map, remark } = unwrappedNames(names, anchors);
  return { names: names.map((name) => map.get(name) ?? name), remark };
}

describe('names of weights', () => {
  it.each([
    'module.',
    'model.',
    'net.',
    'backbone.',
    'base_model.model.',
    'module.visual.trunk.',
    'timm_model.',
    'module.model.timm_model.',
    'student.0.encoder.',
    'blocks.0.',
  ])('under %s are plain without it', (prefix) => {
    expect(unwrapped(plain.map((name) => `${prefix}${name}`))).toEqual({
      names: plain,
      remark: [`The names of all weights begin with '${prefix}', which was taken off.`],
    });
  });

  it('that are plain stay, without a word', () => {
    expect(unwrapped(plain)).toEqual({ names: plain, remark: [] });
  });

  it('lose what compilers and trainers insert anywhere', () => {
    const names = ['_orig_mod.cls_token', '_fsdp_wrapped_module.blocks.0._fsdp_wrapped_module.norm1.weight'];
    expect(unwrapped(names).names).toEqual(['cls_token', 'blocks.0.norm1.weight']);
  });

  it('of a training’s own states are left out, and it is said', () => {
    const wrapped = plain.map((name) => `model.${name}`);
    const { names, remark } = unwrapped([...wrapped, 'criterion.weight']);
    expect(names).toEqual([...plain, 'criterion.weight']);
    expect(remark).toEqual([
      "The names of all weights begin with 'model.', which was taken off. criterion.weight beside them is not used.",
    ]);
  });

  it('stay where some are another part of a larger model', () => {
    const names = [...plain.map((name) => `visual.${name}`), 'text.token_embedding.weight'];
    expect(unwrapped(names)).toEqual({ names, remark: [] });
  });

  it('stay where two models lie side by side', () => {
    const names = ['student', 'teacher'].flatMap((one) => plain.map((name) => `${one}.${name}`));
    expect(unwrapped(names)).toEqual({ names, remark: [] });
  });

  it('are told in words, by what they all begin with', () => {
    expect(namesInWords(['a.b.x', 'a.b.y', 'a.b.z', 'a.c'])).toBe(
      "All its weights begin with 'a.' ('a.b.x', 'a.b.y', 'a.b.z' ...).",
    );
    expect(namesInWords(['abc', 'abd'])).toBe("Its weights are called 'abc', 'abd'.");
  });

  it('of several models, or of an adapter that was not merged, are called so', () => {
    const both = ['student', 'teacher'].flatMap((one) => plain.map((name) => `${one}.${name}`));
    expect(namesInWords(both)).toContain("whose names begin with 'student.' and 'teacher.'");
    expect(namesInWords([...plain, 'norm.weight'])).toContain('Its weights are called');
    expect(namesInWords(['blocks.0.query.base_layer.weight', 'head.weight'])).toContain('LoRA adapter');
  });
});
