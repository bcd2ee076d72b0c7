/** What is odd about predictions, and that good models are left alone. */

import { describe, expect, it } from 'vitest';
import { type CheckedPrediction, PredictionCheck } from '../../../src/shared/prediction-check.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

const ten = Array.from({ length: 10 }, (_, at) => `class ${String.fromCharCode(97 + at)}`);

function doubts(predictions: readonly CheckedPrediction[], classes: readonly string[] = ten): readonly string[] {
  const check = new PredictionCheck(classes);
  for (const prediction of predictions) check.add(prediction);
  return check.doubts();
}

const many = (count: number, make: (at: number) => CheckedPrediction) =>
  Array.from({ length: count }, (_, at) => make(at));

describe('predictions are doubted', () => {
  it('that are certain of everything and often differ from the label', () => {
    const said = doubts(many(200, (at) => ({ top1: at % 10, probability: 1, labelClass: (at * 3) % 10 })));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('200 of 200 predictions have a probability of 99.99');
    expect(said[0]).toContain('preprocessing');
  });

  it('that are exactly certain, whoever is right: they rank nothing', () => {
    const said = doubts(many(200, (at) => ({ top1: at % 10, probability: 1, labelClass: at % 10 })));
    expect(said[0]).toContain('they rank nothing');
  });

  it('that are all of one class although labels differ', () => {
    const said = doubts(many(100, (at) => ({ top1: 3, probability: 0.8, labelClass: at % 10 })));
    expect(said).toEqual([
      '100 of 100 predictions are “class d”, although 90 of 100 labels mean another class: the likely cause is a preprocessing other than in training.',
    ]);
  });

  it('that no image raises above what a second softmax leaves', () => {
    const said = doubts(many(50, (at) => ({ top1: at % 10, probability: 0.1 + (at % 7) * 0.01, labelClass: null })));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('softmax twice');
    expect(said[0]).toContain('16\u202f%');
  });

  it('of a model with one output, however few', () => {
    expect(doubts([{ top1: 0, probability: 1, labelClass: 0 }], ['score'])[0]).toContain('one output');
  });
});

describe('predictions are not doubted', () => {
  it('of a good model that is nearly always right and sure', () => {
    const random = seededRandom(3);
    const good = many(2000, (at) => {
      const right = random() < 0.99;
      return {
        top1: right ? at % 10 : (at + 1) % 10,
        probability: right ? 1 - random() * 1e-4 : 0.6,
        labelClass: at % 10,
      };
    });
    expect(doubts(good)).toEqual([]);
  });

  it('of a weak model, whose probabilities still spread', () => {
    const random = seededRandom(4);
    expect(
      doubts(many(500, (at) => ({ top1: at % 10, probability: 0.15 + random() * 0.5, labelClass: (at * 7) % 10 }))),
    ).toEqual([]);
  });

  it('where the images are of one kind, as their labels say', () => {
    expect(doubts(many(100, (at) => ({ top1: 3, probability: 0.9, labelClass: at < 3 ? 4 : 3 })))).toEqual([]);
  });

  it('where there are too few to tell', () => {
    expect(doubts(many(5, () => ({ top1: 3, probability: 1, labelClass: 2 })))).toEqual([]);
    expect(doubts([])).toEqual([]);
  });
});

describe('predictions that are taken away', () => {
  it('leave what is said of those that are left', () => {
    /** Each kind of oddness, and good predictions. */
    const kinds: readonly ((at: number) => CheckedPrediction)[] = [
      (at) => ({ top1: at % 10, probability: 1, labelClass: at % 10 }),
      (at) => ({ top1: at % 10, probability: 0.99995, labelClass: (at * 3) % 10 }),
      (at) => ({ top1: 3, probability: 0.8, labelClass: at % 10 }),
      (at) => ({ top1: at % 10, probability: 0.1 + (at % 7) * 0.01, labelClass: null }),
      (at) => ({ top1: (at * 7) % 10, probability: 0.3 + (at % 6) * 0.1, labelClass: at % 10 }),
    ];
    let said = 0;
    for (const [kind, make] of kinds.entries()) {
      for (const gone of kinds) {
        const left = many(300, make);
        const check = new PredictionCheck(ten);
        for (let at = 0; at < 300; at += 1) {
          check.add(make(at));
          check.add(gone(at));
        }
        for (const prediction of many(300, gone)) check.takeAway(prediction);
        const sentences = check.doubts(() => Math.max(...left.map(({ probability }) => probability)));
        expect(sentences, String(kind)).toEqual(doubts(left));
        said += sentences.length;
      }
    }
    expect(said).toBe(20);
  });
});
