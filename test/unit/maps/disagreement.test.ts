/** Kinds of disagreement from evidence of known shape, and where evidence lies. */

import { describe, expect, it } from 'vitest';
import { classify, measureDisagreement, relateEvidence } from '../../../src/main/maps/disagreement.js';
import { placeOf } from '../../../src/main/maps/place.js';
import type { DisagreementMeasures } from '../../../src/shared/disagreement.js';
import { evidenceOf } from '../../../src/shared/evidence.js';
import { fakeEvidence } from '../../support/fake-evidence.js';

const grid = { gridWidth: 10, gridHeight: 10 };
const tokens = Array.from({ length: 100 }, (_, token) => ({ x: token % 10, y: Math.floor(token / 10) }));

/** A hill of evidence `height` nats high around a place, the rest a little below zero; no two tokens alike. */
function hill(x: number, y: number, height = 1, base = -0.1): number[] {
  return tokens.map((at, token) => height * Math.exp(-((at.x - x) ** 2 + (at.y - y) ** 2) / 8) + base + token * 1e-4);
}

const sure = 0.01;

function kindOf(label: number[], prediction: number[], labelProbability: number, error = sure): string {
  return relateEvidence(fakeEvidence(label, error, 1), fakeEvidence(prediction, error, 2), {
    ...grid,
    labelProbability,
  }).kind;
}

describe('the kind', () => {
  it('is contradicted where the label is improbable and denied on the patches of the prediction', () => {
    const denied = hill(2, 2, 1).map((value) => -value);
    expect(kindOf(denied, hill(2, 2), 0.001)).toBe('contradicted');
    expect(kindOf(denied, hill(2, 2), 0.3)).toBe('elsewhere');
  });

  it('is not contradicted by what lies within its error', () => {
    const hardly = tokens.map((at, token) => (at.x < 4 && at.y < 4 ? -0.0045 : 0.0005) + token * 1e-6);
    // The label's map is flat; the prediction's is well formed: nothing is told of their relation.
    expect(kindOf(hardly, hill(2, 2, 1), 0.001, 0.05)).toBe('undecided');
  });

  it('is same evidence where both rest on the same patches', () => {
    expect(kindOf(hill(7, 3), hill(7, 3, 2), 0.3)).toBe('same-evidence');
  });

  it('is elsewhere where both are well formed in different places', () => {
    expect(kindOf(hill(1, 1), hill(8, 8), 0.3)).toBe('elsewhere');
  });

  it('is unfounded where neither rises above its error', () => {
    expect(kindOf(hill(1, 1), hill(8, 8), 0.3, 1)).toBe('unfounded');
  });

  it('is open where the limit lies within the error of what decides', () => {
    const measures = measureDisagreement(fakeEvidence(hill(1, 1), sure), fakeEvidence(hill(8, 8), sure), grid);
    const unsure: DisagreementMeasures = { ...measures, spearman: { value: 0.4, error: 0.1 } };
    expect(classify(unsure, 0.3)).toBe('undecided');
    expect(classify({ ...unsure, spearman: { value: 0.4, error: 0.01 } }, 0.3)).toBe('elsewhere');
    expect(classify({ ...unsure, spearman: { value: 0.4, error: NaN } }, 0.3)).toBe('undecided');
  });

  it('turns where the figures reach its limits', () => {
    const measures = measureDisagreement(fakeEvidence(hill(1, 1), sure), fakeEvidence(hill(8, 8), sure), grid);
    const at = (spearman: number, topOverlap: number, labelProbability = 0.3, labelOnPrediction = 1): string => {
      const figure = (value: number): DisagreementMeasures['spearman'] => ({ value, error: 0.001 });
      const figures = { spearman: figure(spearman), topOverlap: figure(topOverlap) };
      const denied = { labelOnPrediction: figure(labelOnPrediction) };
      return classify({ ...measures, ...figures, ...denied }, labelProbability);
    };
    expect([at(0.49, 0.39), at(0.51, 0.39), at(0.49, 0.41)]).toEqual(['elsewhere', 'same-evidence', 'same-evidence']);
    expect([at(0, 0, 0.05, -1), at(0, 0, 0.06, -1)]).toEqual(['contradicted', 'elsewhere']);
  });
});

describe('the measures', () => {
  it('tell the middle of the picture from what lies around it', () => {
    const ring = tokens.map(({ x, y }) => (x >= 3 && x <= 6 && y >= 3 && y <= 6 ? -0.3 : 0.2));
    const { prediction } = measureDisagreement(fakeEvidence(ring, sure), fakeEvidence(ring, sure), grid);
    expect(prediction.centre.value).toBeCloseTo(-0.3, 5);
    expect(prediction.around.value).toBeCloseTo(0.2, 5);
    expect(prediction.centre.error).toBeLessThan(0.01);
    expect(prediction.centre.error).toBeGreaterThan(0);
  });

  it('carry the jackknife error of the figure itself', () => {
    const { labelOnPrediction } = measureDisagreement(
      fakeEvidence(hill(2, 2), 0.2, 5),
      fakeEvidence(hill(2, 2), sure, 6),
      grid,
    );
    // The mean of 20 independent patches: 0.2 / sqrt(20).
    expect(labelOnPrediction.error).toBeGreaterThan(0.02);
    expect(labelOnPrediction.error).toBeLessThan(0.08);
  });

  it('name no place of a map that covers most of the picture, or is scattered, or lies within its error', () => {
    const place = (values: number[], error = sure): string | null =>
      measureDisagreement(fakeEvidence(values, error), fakeEvidence(values, error), grid).label.place;
    expect(place(hill(1, 1))).toBe('upper-left');
    expect(place(hill(1, 1, 1, 0.3))).toBeNull();
    expect(place(tokens.map((_, token) => (token % 5 === 0 ? 1 : -0.2) + token * 1e-4))).toBeNull();
    expect(place(hill(1, 1), 1)).toBeNull();
  });

  it('name no place that half of the masks do not have', () => {
    const left = Float32Array.from(hill(1, 5));
    /** The masks of the first eight groups say `first`, the others `second`; the whole is their mean. */
    const place = (first: Float32Array, second: Float32Array): string | null => {
      const whole = first.map((value, token) => (value + (second[token] ?? 0)) / 2);
      const without = Array.from({ length: 16 }, (_, group) =>
        whole.map((value, token) => (16 * value - ((group < 8 ? first : second)[token] ?? 0)) / 15),
      );
      const evidence = evidenceOf(whole, Float32Array.from(without.flatMap((map) => [...map])));
      const { label } = measureDisagreement(evidence, evidence, grid);
      expect(label.formed).toBe(true);
      return label.place;
    };
    expect(place(left, left)).toBe('left');
    const scattered = Float32Array.from(tokens, (_, token) => (token % 5 === 0 ? 0.1 : 0) + token * 1e-5);
    expect(
      place(
        left.map((value) => 2 * value),
        scattered,
      ),
    ).toBeNull();
  });
});

describe('placeOf', () => {
  const among = (takes: (x: number, y: number) => boolean): number[] =>
    tokens.flatMap(({ x, y }, token) => (takes(x, y) ? [token] : []));

  it.each([
    ['upper-left', (x: number, y: number) => x < 4 && y < 4],
    ['top', (_: number, y: number) => y < 2],
    ['right', (x: number) => x > 7],
    ['lower-right', (x: number, y: number) => x > 5 && y > 5],
    ['centre', (x: number, y: number) => Math.abs(x - 4.5) < 3 && Math.abs(y - 4.5) < 3],
    [null, (x: number, y: number) => (x + y) % 3 === 0],
    [null, (x: number) => x === 0 || x === 9],
    [null, () => false],
  ] as const)('says %s', (expected, takes) => {
    expect(placeOf(among(takes), grid)).toBe(expected);
  });
});
