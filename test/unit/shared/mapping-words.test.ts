/** What is said about a mapping: never nothing where images are not compared or classes are guessed. */

import { describe, expect, it } from 'vitest';
import { proposeMapping } from '../../../src/main/mapping/mapping.js';
import { mappingNotices } from '../../../src/shared/mapping-words.js';
import type { ModelSummary } from '../../../src/shared/model.js';

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `LABEL_${String(at)}`);
const about = (
  labels: readonly string[],
  classes: readonly string[],
  withoutClass: number,
  source: ModelSummary['source'] = 'huggingface',
) => {
  const model = { classes, synsets: [], source };
  const counts = { images: 10_000, labelled: 10_000, withoutClass };
  return mappingNotices({ mapping: proposeMapping(labels, model), model, counts }, 'command-line');
};

describe('the sentences about a mapping', () => {
  it('are none where every label has a class by its name', () => {
    expect(about(['cat', 'dog'], ['dog', 'cat'], 0)).toEqual([]);
  });

  it('name the labels without a class, count their images and show the way out', () => {
    const [none] = about(['Cat', 'Dog'], ['ant', 'bee', 'wasp'], 5);
    expect(none?.message).toBe(
      'None of the 2 labels has a class of the model (Cat, Dog): their 5 images are not compared with what the model predicts.',
    );
    expect(none?.hint).toContain('hognose mapping propose');
    expect(none?.hint).toContain('--mapping');
    const [some] = about(['ant', 'Dog'], ['ant', 'bee', 'wasp'], 1);
    expect(some?.message).toBe(
      '1 of 2 labels has no class of the model (Dog): its 1 image is not compared with what the model predicts.',
    );
  });

  it('count the images without a label', () => {
    const model = { classes: ['cat'], synsets: [] };
    const mapping = proposeMapping(['cat'], model);
    const say = (labelled: number) =>
      mappingNotices({ mapping, model, counts: { images: 20, labelled, withoutClass: 0 } }, 'window').map(
        ({ message }) => message,
      );
    expect(say(20)).toEqual([]);
    expect(say(19)).toEqual(['1 of 20 images has no label and is not compared with what the model predicts.']);
    expect(say(0)).toEqual(['No image has a label, so nothing is compared with what the model predicts.']);
  });

  it('give examples of many labels, not all', () => {
    const labels = Array.from({ length: 2000 }, (_, at) => `thing${String(at)}x`);
    const [none] = about(labels, ['ant', 'bee'], 9000);
    expect(none?.message).toContain('None of the 2,000 labels');
    expect(none?.message).toContain('(thing0x, thing1x, thing2x, thing3x, thing4x ...): their 9,000 images');
  });

  it('call a match by position a guess, with its order and first rows', () => {
    const folders = Array.from({ length: 12 }, (_, at) => `type ${String(at + 1)}`);
    const [notice] = about(folders, numbered(12), 0);
    expect(notice?.kind).toBe('by-position');
    expect(notice?.message).toBe(
      '12 labels were matched to classes by position, as folders sorted as text (type 1 is output 0, type 2 is output 4, type 3 is output 5 ...), which is a guess.',
    );
    expect(about(['0', '1'], ['bird', 'cat'], 0)[0]?.message).toContain(
      '2 labels were matched to classes by position, as the numbers that they are (0 is bird, 1 is cat)',
    );
  });

  it('ask for the order where two are as likely, and say what is not compared until then', () => {
    const numbers = Array.from({ length: 12 }, (_, at) => String(at));
    const [notice] = about(numbers, numbered(12), 24);
    expect(notice?.kind).toBe('unsure-order');
    expect(notice?.message).toContain(
      '(2 is output 2 as the numbers that they are, 4 as folders sorted as text): their 24 images are not compared',
    );
    expect(notice?.hint).toContain('--class-order');
  });
});
