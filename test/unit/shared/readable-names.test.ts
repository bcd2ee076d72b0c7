import { describe, expect, it } from 'vitest';

import { classIndex, labelIndex } from '../../../src/shared/audit.js';
import { labelLike } from '../../../src/shared/label-style.js';
import { readableNames, withoutIds } from '../../../src/shared/readable-names.js';

describe('names without ids', () => {
  it('are the words behind a WordNet id, whatever joins them', () => {
    expect(withoutIds(['n01440764 tench', 'n01729322_hognose_snake', 'n01443537-goldfish', 'Coat', 'n123 x'])).toEqual([
      'tench',
      'hognose snake',
      'goldfish',
      'Coat',
      'n123 x',
    ]);
  });

  it('keep their ids where two would become equal, also to a name that never had one', () => {
    expect(withoutIds(['n02012849_crane', 'n03126707_crane', 'n01440764_tench'])).toEqual([
      'n02012849_crane',
      'n03126707_crane',
      'tench',
    ]);
    expect(withoutIds(['n01440764_tench', 'tench'])).toEqual(['n01440764_tench', 'tench']);
  });

  it('of a bare id are what it means, with the id where two mean the same, and the id where it means nothing known', () => {
    const meanings = ['tench, Tinca tinca', 'crane', 'crane'];
    expect(withoutIds(['n01440764', 'n02012849', 'n03126707', 'n09999999'], (index) => meanings[index])).toEqual([
      'tench, Tinca tinca',
      'n02012849 crane',
      'n03126707 crane',
      'n09999999',
    ]);
  });
});

describe('the names of a project', () => {
  const mapping = [0, 1].map((index) => ({ label: labelIndex(index), classIndex: classIndex(1 - index) }));
  const names = readableNames({
    labels: ['n01443537', 'n01440764'],
    model: { classes: ['n01440764 tench', 'n01443537 goldfish'] },
    mapping,
  });

  it('call a label of a bare id as its class', () => {
    expect(names.labels).toEqual(['goldfish', 'tench']);
    expect(names.classes).toEqual(['tench', 'goldfish']);
  });

  it('read what is stored with a verdict', () => {
    expect(['n01443537', 'n02012849_crane', 'Coat'].map(names.stored)).toEqual(['goldfish', 'crane', 'Coat']);
  });
});

describe('a class without a label', () => {
  const goldfish = { name: 'goldfish, Carassius auratus', synset: 'n01443537' };

  it('is written as the labels of the dataset are', () => {
    expect(labelLike(['n01440764', 'n01491361'], goldfish)).toBe('n01443537');
    expect(labelLike(['n01440764_tench', 'n01491361_tiger_shark'], goldfish)).toBe('n01443537_goldfish');
    expect(labelLike(['n01440764_tench'], { name: 'hognose snake', synset: 'n01729322' })).toBe(
      'n01729322_hognose_snake',
    );
  });

  it('is its name among names, among labels of several styles, and without an id', () => {
    expect(labelLike(['tench', 'shark'], goldfish)).toBe(goldfish.name);
    expect(labelLike(['n01440764_tench', 'shark'], goldfish)).toBe(goldfish.name);
    expect(labelLike(['n01440764'], { name: 'goldfish', synset: undefined })).toBe('goldfish');
  });
});
