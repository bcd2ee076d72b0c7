/** What dataset labels are taken to mean. */

import { describe, expect, it } from 'vitest';
import { changeMapping, confirmMapping, orderMapping, proposeMapping } from '../../../src/main/mapping/mapping.js';
import { classIndex, labelIndex } from '../../../src/shared/audit.js';
import type { ModelSummary } from '../../../src/shared/model.js';

const pairs = (labels: readonly string[], classes: readonly string[], synsets: readonly string[] = []) =>
  proposeMapping(labels, { classes, synsets }).map((row) => [row.classIndex, row.by]);

/** 1,000 ImageNet-like names; only those that a test needs are real. */
const thousand = Array.from({ length: 1000 }, (_, index) => `thing ${String(index)}`);
thousand[54] = 'hognose snake, puff adder, sand viper';
thousand[134] = 'crane';
thousand[517] = 'crane';
thousand[638] = 'maillot';
thousand[639] = 'maillot, tank suit';

describe('proposeMapping', () => {
  it('takes the exact name before one that only looks like it', () => {
    expect(pairs(['Cat', 'cat'], ['cat', 'Cat'])).toEqual([
      [1, 'name'],
      [0, 'name'],
    ]);
  });

  it('ignores case, underscores and punctuation', () => {
    expect(pairs(['t_shirt TOP', 'ankle-boot'], ['T-shirt/top', 'Ankle boot'])).toEqual([
      [0, 'name'],
      [1, 'name'],
    ]);
  });

  it('leaves a label open that fits no class or several equally well', () => {
    expect(pairs(['crane', 'unicorn'], thousand)).toEqual([
      [null, 'none'],
      [null, 'none'],
    ]);
  });

  it('tells classes of one name apart by their synsets in ImageNet order', () => {
    expect(pairs(['n02012849_crane', 'n03126707_crane', 'n03710637_maillot', 'n03710721_maillot'], thousand)).toEqual([
      [134, 'synset'],
      [517, 'synset'],
      [638, 'synset'],
      [639, 'synset'],
    ]);
  });

  it('maps wnid_name, bare wnids and each of several names of one class', () => {
    expect(pairs(['n01729322_hognose_snake', 'n01729322', 'Puff adder'], thousand)).toEqual([
      [54, 'synset'],
      [54, 'synset'],
      [54, 'name'],
    ]);
  });

  it('goes by the synsets that the model itself carries', () => {
    expect(pairs(['n00000002_dog', 'n00000001'], ['a', 'b'], ['n00000001', 'n00000002'])).toEqual([
      [1, 'synset'],
      [0, 'synset'],
    ]);
  });

  it('lets a clear name overrule the ImageNet order in a model ordered otherwise', () => {
    const reordered = thousand.map((_, index) => `other ${String(index)}`);
    reordered[7] = 'hognose snake';
    expect(pairs(['n01729322_hognose_snake'], reordered)).toEqual([[7, 'name']]);
  });

  it('takes numbers for positions only when all labels are numbers in range', () => {
    expect(pairs(['0', '2'], ['Shirt', 'Coat', 'Bag'])).toEqual([
      [0, 'position'],
      [2, 'position'],
    ]);
    expect(pairs(['1', '3'], ['Shirt', 'Coat', 'Bag'])).toEqual([
      [null, 'none'],
      [null, 'none'],
    ]);
    expect(pairs(['0', 'Bag'], ['Shirt', 'Coat', 'Bag'])).toEqual([
      [null, 'none'],
      [2, 'name'],
    ]);
  });

  it('pairs labels with the outputs of a nameless model in order when there are as many', () => {
    expect(pairs(['cat', 'dog'], ['class 0', 'class 1'])).toEqual([
      [0, 'position'],
      [1, 'position'],
    ]);
    expect(pairs(['cat', 'dog'], ['class 0', 'class 1', 'class 2'])).toEqual([
      [null, 'none'],
      [null, 'none'],
    ]);
  });
});

describe('names', () => {
  it('are equal however their accents are composed', () => {
    expect(pairs(['Cafe\u0301', 'nin\u0303o'], ['caf\u00e9', 'ni\u00f1o'])).toEqual([
      [0, 'name'],
      [1, 'name'],
    ]);
    // Vowel signs that compose with nothing tell words apart.
    expect(pairs(['\u0915\u0940', '\u0915\u093e'], ['\u0915\u093e', '\u0915\u0940'])).toEqual([
      [1, 'name'],
      [0, 'name'],
    ]);
  });

  it('and numbers are read without the .0 that tables add', () => {
    expect(pairs(['1.0', '0.0'], ['Shirt', 'Coat'])).toEqual([
      [1, 'position'],
      [0, 'position'],
    ]);
    expect(pairs(['7.0', '1.5'], ['7', '8', 'cat'])).toEqual([
      [0, 'name'],
      [null, 'none'],
    ]);
  });
});

describe('positions', () => {
  const folders = ['type 1', 'type 2', 'type 10'];
  const nameless = ['LABEL_0', 'LABEL_1', 'LABEL_2'];
  const classesOf = (labels: readonly string[], source: ModelSummary['source']) =>
    proposeMapping(labels, {
      classes: labels.map((_, at) => `LABEL_${String(at)}`),
      synsets: [],
      source,
    }).map((row) => row.classIndex);

  it('follow the kind of the model: as text for Hugging Face, naturally for timm, asked for ONNX', () => {
    expect(classesOf(folders, 'huggingface')).toEqual([0, 2, 1]);
    expect(classesOf(folders, 'timm')).toEqual([0, 1, 2]);
    expect(classesOf(folders, 'onnx')).toEqual([null, null, null]);
    expect(classesOf(['ant', 'Bee', 'cat', 'Zebra'], 'huggingface')).toEqual([2, 0, 3, 1]);
    expect(classesOf(['Bee', 'Zebra', 'ant', 'cat'], 'timm')).toEqual([1, 3, 0, 2]);
    expect(classesOf(['ant', 'bee'], 'onnx')).toEqual([0, 1]);
  });

  it('of numbered folders are asked for where sorting and counting differ', () => {
    const numbers = Array.from({ length: 12 }, (_, at) => String(at));
    expect(classesOf(numbers, 'huggingface')).toEqual(numbers.map(() => null));
    expect(classesOf(numbers.slice(0, 10), 'huggingface')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('are a person’s once the order was said', () => {
    const model = { classes: nameless, synsets: [], source: 'onnx' as const };
    const rows = orderMapping(proposeMapping(folders, model), model, 'text');
    expect(rows.map((row) => [row.classIndex, row.by])).toEqual([
      [0, 'person'],
      [2, 'person'],
      [1, 'person'],
    ]);
  });

  it('cannot be said where they mean nothing', () => {
    const model = { classes: ['cat', 'dog'], synsets: [] };
    const rows = proposeMapping(['cat', 'wolf'], model);
    expect(() => orderMapping(rows, model, 'text')).toThrow('the classes have names');
    expect(() => orderMapping(rows, model, 'number')).toThrow('not all numbers from 0 to 1');
  });
});

describe('a suggestion', () => {
  const asked = (label: string, classes: readonly string[]) =>
    proposeMapping([label], { classes, synsets: [] }).map((row) => [row.classIndex, row.suggestion])[0];

  it.each([
    ['tabby', ['dog', 'tabby cat', 'tiger'], 1],
    ['cats', ['dog', 'cat'], 1],
    ['sun glasses', ['glass', 'sunglasses'], 1],
    ['buterfly', ['butterfly', 'dragonfly'], 0],
    ['Ankle boots (leather)', ['Sandal', 'Ankle boot'], 1],
    ['n99999999_hognose_snakes', ['hognose snake, puff adder', 'king snake'], 0],
  ] as const)('asks whether %s is a class of a similar name', (label, classes, index) => {
    expect(asked(label, classes)).toEqual([null, index]);
  });

  it.each([
    ['car', ['cat', 'cab']],
    ['cat', ['tabby cat', 'tiger cat']],
    ['crane', ['crane', 'crane']],
    ['unicorn', ['cat', 'dog']],
    ['12', ['1', '2', '123']],
    ['cat', ['class 0', 'class 1', 'class 2']],
  ] as const)('is not made for %s among %j', (label, classes) => {
    expect(asked(label, classes)).toEqual([null, undefined]);
  });

  it('goes when a person has chosen', () => {
    const rows = proposeMapping(['cats'], { classes: ['dog', 'cat'], synsets: [] });
    expect(changeMapping(rows, [{ label: labelIndex(0), classIndex: classIndex(0) }])).toEqual([
      { label: 0, labelName: 'cats', classIndex: 0, by: 'person' },
    ]);
  });

  it('for a thousand labels among a thousand classes is quick', () => {
    const classes = Array.from(
      { length: 1000 },
      (_, at) => `some class ${String.fromCharCode(97 + (at % 26))}${String(at)} name`,
    );
    const start = performance.now();
    proposeMapping(
      classes.map((name) => `${name} x`),
      { classes, synsets: [] },
    );
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('changeMapping', () => {
  it('marks only what a person really changed', () => {
    const rows = proposeMapping(['cat', 'dog'], { classes: ['cat', 'dog'], synsets: [] });
    const changed = changeMapping(rows, [
      { label: labelIndex(0), classIndex: classIndex(0) },
      { label: labelIndex(1), classIndex: null },
    ]);
    expect(changed.map((row) => [row.classIndex, row.by])).toEqual([
      [0, 'name'],
      [null, 'person'],
    ]);
  });
});

describe('confirmMapping', () => {
  it('makes a person’s what a file repeats of a match by position', () => {
    const rows = proposeMapping(['0', '1'], { classes: ['cat', 'dog'], synsets: [] });
    expect(rows.map((row) => row.by)).toEqual(['position', 'position']);
    const confirmed = confirmMapping(rows, [{ label: labelIndex(0), classIndex: classIndex(0) }]);
    expect(confirmed.map((row) => [row.classIndex, row.by])).toEqual([
      [0, 'person'],
      [1, 'position'],
    ]);
  });
});

describe('many labels and classes', () => {
  const many = Array.from({ length: 20_000 }, (_, at) => at);

  it('are matched by name in a moment', () => {
    const rows = proposeMapping(
      many.map((at) => `Species_${String(at)}`),
      { classes: many.map((at) => `species ${String(at)}`), synsets: [] },
    );
    expect(rows.every(({ classIndex }, at) => classIndex === at)).toBe(true);
  });

  it('without a name in common still find the one class that a label may mean', () => {
    const word = (at: number): string =>
      `${((at * 7919) % 20_011).toString(36)}ulum ${((at * 104_729) % 20_011).toString(36)}ensis`;
    const classes = many.map(word);
    const asked = many.slice(0, 200);
    const rows = proposeMapping(
      asked.map((at) => `${word(at)}s`),
      { classes, synsets: [] },
    );
    expect(rows.filter(({ suggestion }, at) => suggestion === at).length).toBeGreaterThan(190);
  });
});
