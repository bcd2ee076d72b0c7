/** What follows from the table of the engine's calls: a method for each, and how urgent its graphs are. */

import { expect, it } from 'vitest';
import { engineCalls, urgencyOf } from '../../../src/main/engine/calls.js';
import { type InputOf, engineMethods } from '../../../src/main/engine/engine.js';
import { methodParameters } from '../../../src/shared/methods.js';

const model = { path: 'model' };
const input = { path: 'a.jpg' };

it('every call is a method that passes its input and options on', async () => {
  const asked: unknown[] = [];
  const methods = engineMethods((call, given, options) => {
    asked.push([call, given, options]);
    return Promise.reject(new Error(call));
  });
  expect(Object.keys(methods)).toEqual(Object.keys(engineCalls));
  const { signal } = new AbortController();
  await expect(methods.predict({ model, inputs: [input] }, { signal })).rejects.toThrow('predict');
  await expect(methods.picture({ source: input, size: 'thumb' })).rejects.toThrow('picture');
  expect(asked).toEqual([
    ['predict', { model, inputs: [input] }, { signal }],
    ['picture', { source: input, size: 'thumb' }, {}],
  ]);
});

it('what somebody waits for goes before what is made ahead, and both before predicting a dataset', () => {
  const predict = (awaited?: boolean): InputOf<'predict'> => ({ model, inputs: [], awaited });
  const explain = (ahead?: boolean): InputOf<'explainWith'> => ({
    model,
    inputs: [],
    request: { method: 'rise', parameters: methodParameters('rise'), ahead },
  });
  const tis = (ahead?: boolean): InputOf<'explainTis'> => ({
    model,
    input,
    request: { parameters: { masks: 4, ratio: 0.5, seed: 0 }, classes: [], top: 1, ahead },
  });
  expect([predict(), predict(true)].map((one) => urgencyOf('predict', one))).toEqual(['predict', 'explain']);
  expect([explain(), explain(true)].map((one) => urgencyOf('explainWith', one))).toEqual(['compare', 'ahead']);
  expect([tis(), tis(true)].map((one) => urgencyOf('explainTis', one))).toEqual(['explain', 'ahead']);
  expect(urgencyOf('modelPicture', { model, source: input })).toBe('picture');
  expect(urgencyOf('identify', { inputs: [] })).toBeNull();
});
