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
  centre: { value: 0.1, error: 0.2 },
  around: { value: 0, error: 0.1 },
  formed: true,
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
  const sentence = disagreementSentence({ kind, measures: { ...measures, ...some } }, { ...words, ...others });
  return sentence.replaceAll('\u202f', '_').replaceAll('\u00a0', ' ');
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
      'shirt (98_%) and the label coat (0.02_%) rest largely on the same patches in the upper left (rank correlation 0.830 ± 0.043, overlap 0.600 ± 0.085).',
    );
    expect(say('elsewhere')).toContain(
      'rest on different patches, those of shirt in the upper left, those of coat on the left (rank correlation',
    );
    const left: DisagreementMeasures['label'] = { ...evidence, place: 'left' };
    expect(say('elsewhere', { prediction: evidence })).toContain('patches, those of coat on the left (');
    expect(say('elsewhere', { prediction: left })).toContain('patches, both on the left (');
    expect(say('unfounded')).toContain(
      '(8.0 times and 8.0 times the error of a patch; 5 are needed): more masks may tell.',
    );
    expect(say('undecided')).toMatch(
      /^The maps do not tell how .* relate: the figures that would tell are too uncertain \(rank correlation/,
    );
    const flat = { ...evidence, contrast: { value: 0.43, error: 0.1 }, formed: false };
    expect(say('undecided', { prediction: flat })).toMatch(
      /: the map of shirt does not rise far enough above its sampling error \(4\.3 times the error of a patch; 5 are needed\)\.$/,
    );
  });

  it('names no place where there is none', () => {
    const nowhere = { label: evidence, prediction: evidence };
    for (const kind of disagreementKinds) {
      expect(say(kind, nowhere)).not.toMatch(/ (in the|on the (left|right)|at the) /);
    }
  });

  it('tells a map that speaks against its class in the middle and for it around', () => {
    const prediction = { ...evidence, centre: { value: -0.3, error: 0.02 }, around: { value: 0.05, error: 0.01 } };
    expect(say('elsewhere', { prediction })).toContain(
      'The middle of the picture speaks against shirt (−0.300 ± 0.043_nats), what lies around it for shirt (0.050 ± 0.021_nats).',
    );
    const unsure = { ...prediction, centre: { value: -0.3, error: 0.2 } };
    expect(say('elsewhere', { prediction: unsure })).not.toContain('middle');
  });

  it('tells that the model saw a part of the picture only', () => {
    const view = { left: 0, top: 0.25, width: 1, height: 0.42 };
    expect(say('elsewhere', {}, { view })).toMatch(/The model saw only 42_% of the picture\.$/);
    expect(say('elsewhere', {}, { view: { left: 0.05, top: 0.05, width: 0.9, height: 0.9 } })).not.toContain('saw');
  });
});
