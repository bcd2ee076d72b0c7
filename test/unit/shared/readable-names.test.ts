import { describe, expect, it } from 'vitest';

import { classIndex, labelIndex } from '../../../src/shared/audit.js';
import { labelStyle } from '../../../src/shared/label-style.js';
import { labelInSentence, readableNames, withoutIds } from '../../../src/shared/readable-names.js';

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
    const three = ['n01440764', 'n01440764 tench', 'tench'];
    expect(new Set(withoutIds(three, (index) => (index === 0 ? 'tench' : undefined))).size).toBe(3);
    expect(withoutIds(['n01440764'], () => '')).toEqual(['n01440764']);
  });

  it('in sentences are without synonyms, where no other class has the same first name, and labels stay whole', () => {
    const classes = ['tench, Tinca tinca', 'maillot', 'maillot, tank suit'];
    const mapping = [{ label: labelIndex(1), classIndex: classIndex(0) }];
    const names = readableNames({ labels: ['Paris, Texas', 'tench, Tinca tinca'], model: { classes }, mapping });
    expect(names.shortClasses).toEqual(['tench', 'maillot', 'maillot, tank suit']);
    expect(labelInSentence('Paris, Texas', null, names)).toBe('Paris, Texas');
    expect(labelInSentence('tench, Tinca tinca', 0, names)).toBe('tench');
  });

  it('of a correction that is a bare id of nothing known are the id', () => {
    const names = readableNames({ labels: ['n01440764'], model: { classes: [] }, mapping: [] });
    expect(names.stored('n01729322')).toBe('n01729322');
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
    expect(labelStyle(['n01440764', 'n01491361'])(goldfish)).toBe('n01443537');
    expect(labelStyle(['n01440764_tench', 'n01491361_tiger_shark'])(goldfish)).toBe('n01443537_goldfish');
    expect(labelStyle(['n01440764_tench'])({ name: 'hognose snake', synset: 'n01729322' })).toBe(
      'n01729322_hognose_snake',
    );
  });

  it('is its name among names, among labels of several styles, and without an id', () => {
    expect(labelStyle(['tench', 'shark'])(goldfish)).toBe(goldfish.name);
    expect(labelStyle(['n01440764_tench', 'shark'])(goldfish)).toBe(goldfish.name);
    expect(labelStyle(['n01440764'])({ name: 'goldfish', synset: undefined })).toBe('goldfish');
  });
});
