/** The scale of the inspector's maps: which shows most, when that is decided, and what the legend says of it. */

import { describe, expect, it } from 'vitest';

import { classIndex, imageId } from '../../../src/shared/audit.js';
import { colourMap, colourSlice } from '../../../src/shared/colormap.js';
import { rangeWords, scaleEnds, scaleWords } from '../../../src/renderer/inspector/scale-words.js';
import type { ScaleFacts } from '../../../src/renderer/inspector/shown-maps.svelte.js';
import { mapKindNames, mapKinds, nextKind } from '../../../src/renderer/state/map-kinds.js';
import { type MapScale, ScaleMemo } from '../../../src/renderer/state/map-scale.js';
import { commonRange, flatOnOne } from '../../../src/shared/map-range.js';
import type { ValueRange } from '../../../src/shared/map-range.js';

const range = (low: number, high: number): ValueRange => ({ low, high });
const plain = (text: string): string => text.replaceAll('\u202f', ' ');
/** Like ranges of a sure prediction, and of classes that are alike. */
const apart = [range(0.12, 0.83), range(0.002, 0.03), range(0.0001, 0.0002)];
const alike = [range(0.2, 0.6), range(0.1, 0.4)];

function facts(scale: MapScale, ranges: readonly ValueRange[]): ScaleFacts {
  return { scale, ranges, common: commonRange(ranges), flat: flatOnOne(ranges) };
}

describe('kinds of map', () => {
  it('subtract dropped from kept for the signed map, and follow each other round', () => {
    const map = {
      classIndex: classIndex(0),
      probability: 0.5,
      kept: Float32Array.of(0.5, 0.25),
      dropped: Float32Array.of(0.25, 0.5),
      contrast: 0,
      samplingError: 0,
      splitHalfCorrelation: 1,
      evidence: null,
    };
    expect([...(mapKinds.kept.show(map, null)?.values ?? [])]).toEqual([0.5, 0.25]);
    expect([...(mapKinds.signed.show(map, null)?.values ?? [])]).toEqual([0.25, -0.25]);
    expect(mapKinds.contrast.show(map, map)).toBeNull();
    const round = mapKindNames.reduce((kind) => nextKind(kind), mapKindNames[0]);
    expect(round).toBe(mapKindNames[0]);
    expect(nextKind('kept')).toBe('signed');
  });
});

describe('the scale that shows most', () => {
  it('is one where every map spans a quarter of it, else each its own', () => {
    expect([flatOnOne(alike), flatOnOne(apart), flatOnOne([])]).toEqual([0, 2, 0]);
    const memo = new ScaleMemo();
    expect(memo.scale({ id: imageId(1), kind: 'kept', against: null }, alike, true)).toBe('one');
    expect(memo.scale({ id: imageId(2), kind: 'kept', against: null }, apart, true)).toBe('own');
    expect(
      memo.scale({ id: imageId(3), kind: 'signed', against: null }, [range(-0.5, 0.5), range(-0.1, 0.1)], true),
    ).toBe('own');
    expect(memo.scale({ id: imageId(4), kind: 'kept', against: null }, [range(0.2, 0.2), range(0.2, 0.2)], true)).toBe(
      'one',
    );
  });

  it('keeps what was while maps settle, and what was decided when a class is added', () => {
    const memo = new ScaleMemo();
    expect(memo.scale({ id: imageId(1), kind: 'kept', against: null }, apart, false)).toBe('one');
    expect(memo.scale({ id: imageId(1), kind: 'kept', against: null }, apart, true)).toBe('own');
    expect(memo.scale({ id: imageId(2), kind: 'kept', against: null }, [], false)).toBe('own');
    expect(memo.scale({ id: imageId(2), kind: 'kept', against: null }, alike, false)).toBe('own');
    expect(memo.scale({ id: imageId(2), kind: 'kept', against: null }, alike, true)).toBe('one');
    expect(memo.scale({ id: imageId(2), kind: 'kept', against: null }, [...alike, range(0, 0.001)], true)).toBe('one');
    expect(memo.scale({ id: imageId(1), kind: 'kept', against: null }, apart, true)).toBe('own');
    memo.clear();
    expect(memo.scale({ id: imageId(1), kind: 'kept', against: null }, alike, true)).toBe('one');
  });
});

describe('the legend', () => {
  it('says which scale it is and why', () => {
    const words = (scale: MapScale, ranges: readonly ValueRange[], automatic: boolean): string =>
      plain(scaleWords(facts(scale, ranges), mapKinds.kept, automatic));
    expect(words('own', apart, true)).toBe(
      'Own scale each: 12 to 83 % down to 0.01 to 0.02 %; on one scale 2 of 3 maps would use under a quarter',
    );
    expect(words('own', apart, false)).toBe('Own scale each: 12 to 83 % down to 0.01 to 0.02 %');
    expect(words('one', alike, true)).toBe('One scale for all maps: each uses a quarter of it or more');
    expect(words('one', alike, false)).toBe('One scale for all maps');
    expect(words('one', apart, false)).toBe('One scale for all maps; 2 of 3 maps use under a quarter of it');
    expect(words('own', apart.slice(0, 1), true)).toBe('Own scale: 12 to 83 %');
    expect(words('one', [], true)).toBe('');
  });

  it('gives the ends of one scale, and words for own scales', () => {
    const { kept, signed } = mapKinds;
    const texts = (scale: ScaleFacts, kind: typeof kept): string[] => Object.values(scaleEnds(scale, kind)).map(plain);
    expect(texts(facts('one', apart), kept)).toEqual(['0.01 %', '', '83 %']);
    expect(texts(facts('one', [range(-0.5, 0.5)]), signed)).toEqual(['−50 pp', '0', '+50 pp']);
    expect(texts(facts('own', apart), kept)).toEqual(['low', '', 'high']);
    expect(texts(facts('own', apart), signed)).toEqual(['against', '0', 'for']);
  });

  it('says a unit once', () => {
    const { kept, signed } = mapKinds;
    expect(plain(rangeWords(range(0.00001, 0.12), kept.say))).toBe('< 0.01 to 12 %');
    expect(plain(rangeWords(range(0.00001, 0.00002), kept.say))).toBe('< 0.01 %');
    expect(plain(rangeWords(range(-0.5, 0.5), signed.say))).toBe('−50 to +50 pp');
  });
});

describe('the colours of a map on a scale', () => {
  it('are the whole table on its own scale and a part of it on a common one', () => {
    const table = colourMap('magma');
    const own = range(0.25, 0.5);
    expect(colourSlice(table, own, own)).toEqual(table);
    const part = colourSlice(table, range(0, 1), own);
    expect([...part.subarray(0, 3)]).toEqual([...table.subarray(64 * 3, 64 * 3 + 3)]);
    expect([...part.subarray(255 * 3)]).toEqual([...table.subarray(128 * 3, 128 * 3 + 3)]);
  });
});
