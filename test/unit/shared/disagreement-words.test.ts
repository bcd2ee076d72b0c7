/** Sentences of disagreements: every figure of a sentence is one of its measures, rounded as elsewhere, and none judges the label. */

import { describe, expect, it } from 'vitest';
import {
  type DisagreementKind,
  disagreementKinds,
  type DisagreementMeasures,
} from '../../../src/shared/disagreement.js';
import { disagreementSentence, type DisagreementWords, kindMeanings } from '../../../src/shared/disagreement-words.js';

const evidence = {
  contrast: { value: 0.8, error: 0.1 },
  positiveShare: { value: 0.5, error: 0.1 },
  centre: { value: 0.1, error: 0.2 },
  around: { value: 0, error: 0.1 },
  place: null,
};
const measures: DisagreementMeasures = {
  spearman: { value: 0.83, error: 0.02 },
  topOverlap: { value: 0.6, error: 0.04 },
  labelOnPrediction: { value: -0.42, error: 0.05 },
  label: { ...evidence, place: 'left' },
  prediction: { ...evidence, place: 'upper-left' },
};
const words: DisagreementWords = {
  label: 'coat',
  prediction: 'shirt',
  labelProbability: 0.0002,
  predictionProbability: 0.983,
  view: null,
};

function say(
  kind: DisagreementKind,
  some: Partial<DisagreementMeasures> = {},
  others: Partial<DisagreementWords> = {},
) {
  return disagreementSentence({ kind, measures: { ...measures, ...some } }, { ...words, ...others }).replaceAll(
    '\u202f',
    '_',
  );
}

describe('a sentence', () => {
  it('of every kind has both names, both probabilities as the figures under the maps have them, and no judgement', () => {
    for (const kind of disagreementKinds) {
      const sentence = say(kind);
      expect(sentence).toContain('shirt (98_%)');
      expect(sentence).toContain('coat (0.02_%)');
      for (const text of [sentence, kindMeanings[kind]]) {
        expect(text).not.toMatch(/error is likely|label error|wrong|mistake|bad|likely/);
      }
    }
  });

  it('says each kind with the figures that carry it', () => {
    expect(say('contradicted')).toBe(
      'The patches that speak most for shirt (98_%), in the upper left, speak against the label coat (0.02_%): −0.42 ± 0.11_nats on average.',
    );
    expect(say('same-evidence')).toBe(
      'shirt (98_%) and the label coat (0.02_%) rest on the same patches in the upper left: rank correlation 0.830 ± 0.043, overlap of the strongest fifths 0.600 ± 0.085.',
    );
    expect(say('elsewhere')).toContain(
      'rests on patches in the upper left, the label coat (0.02_%) on others on the left:',
    );
    expect(say('unfounded')).toContain('(8.0 times and 8.0 times the error of a patch): more masks may tell.');
    expect(say('undecided')).toMatch(/^The maps do not tell how/);
  });

  it('names no place where there is none', () => {
    const nowhere = { label: evidence, prediction: evidence };
    for (const kind of disagreementKinds) {
      expect(say(kind, nowhere)).not.toMatch(/ (in the|on the (left|right)|at the) /);
    }
  });

  it('tells a map that speaks against its class in the middle and for it around', () => {
    const prediction = { ...evidence, centre: { value: -0.12, error: 0.02 }, around: { value: 0.05, error: 0.01 } };
    expect(say('elsewhere', { prediction })).toContain(
      'The middle of the picture speaks against shirt (−0.120 ± 0.043_nats), what lies around it for it (0.050 ± 0.021_nats).',
    );
    const unsure = { ...prediction, centre: { value: -0.12, error: 0.06 } };
    expect(say('elsewhere', { prediction: unsure })).not.toContain('middle');
  });

  it('tells that the model saw a part of the picture only', () => {
    const view = { left: 0, top: 0.25, width: 1, height: 0.5 };
    expect(say('elsewhere', {}, { view })).toMatch(/The model saw 50_% of the picture only\.$/);
    expect(say('elsewhere', {}, { view: { left: 0.05, top: 0.05, width: 0.9, height: 0.9 } })).not.toContain('saw');
  });
});
