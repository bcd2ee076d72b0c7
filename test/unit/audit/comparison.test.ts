/** Maps of all methods in a project: computed once, found again, one call after the other, cancelled together. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Comparison, type MapsWish } from '../../../src/main/audit/comparison.js';
import type { Engine, MethodInput, MethodOutcome, MethodRequest } from '../../../src/main/engine/engine.js';
import { Project } from '../../../src/main/project/project.js';
import { classIndex, imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { explanation, facts, image, info, map, predicted, temporaryFolder, tis } from '../project/sample.js';

type Asked = MethodRequest & { readonly classes: readonly number[] };

let folder: ReturnType<typeof temporaryFolder>;
let project: Project;
let asked: Asked[];
/** What the engine waits for before it answers. */
let gate: Promise<void>;
let fails: AppError | null;
let comparison: Comparison;
const cat = classIndex(0);
const dog = classIndex(1);
const id = imageId(1);

/** Every map is `class + 1` at one place, zero elsewhere. */
async function explainWith(
  _model: unknown,
  inputs: readonly MethodInput[],
  request: MethodRequest,
  options: Parameters<Engine['explainWith']>[3] = {},
): Promise<readonly MethodOutcome[]> {
  const [input] = inputs;
  const classes = input?.classes ?? [];
  asked.push({ ...request, classes });
  options.onProgress?.(1, 2);
  await gate;
  if (options.signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
  if (fails !== null) return [{ ok: false, error: fails.toData() }];
  const values = new Float32Array(classes.length * 4);
  for (const [row, one] of classes.entries()) values[row * 4] = one + 1;
  return [
    {
      ok: true,
      facts: facts('one'),
      probabilities: Float32Array.of(0.5, 0.25, 0.25),
      classes: Int32Array.from(classes),
      width: 2,
      height: 2,
      maps: values,
      parameters: request.parameters,
      milliseconds: 40,
      cost: { forward: 3, backward: 2 },
    },
  ];
}

/** Under the settings that the project has at the moment. */
const maps = (wish: MapsWish, options?: Parameters<Comparison['maps']>[1]): ReturnType<Comparison['maps']> =>
  comparison.maps({ ...wish, terms: project.info }, options);
const cached = (wish: MapsWish): ReturnType<Comparison['cached']> =>
  comparison.cached({ ...wish, terms: project.info });

beforeEach(() => {
  folder = temporaryFolder();
  project = Project.create(`${folder.path}/one.hognose`, info);
  project.addImages([image('one.png', 'cat')]);
  project.recordPredictions([{ id, outcome: predicted('one', [0.5, 0.25, 0.25]) }]);
  asked = [];
  gate = Promise.resolve();
  fails = null;
  const no = (): never => {
    throw new Error('Not asked for');
  };
  comparison = new Comparison(project, {
    explainWith,
    methods: () =>
      Promise.resolve([
        { id: 'tis', parameters: {}, refusal: null },
        { id: 'bt-t', parameters: {}, refusal: 'Post-norm.' },
      ]),
    openModel: no,
    inspectModel: no,
    predict: no,
    explainTis: no,
    measureSpeed: no,
    measureFidelity: no,
    identify: no,
    picture: no,
    close: () => Promise.resolve(),
  });
});
afterEach(() => {
  project.close();
  folder.remove();
});

describe('Comparison', () => {
  it('computes missing classes only, keeps them, and says what was cached', async () => {
    const [first] = await maps({ id, method: 'chefer2', classes: [cat] });
    expect(first).toMatchObject({ classIndex: 0, width: 2, milliseconds: 40, cached: false });
    const both = await maps({ id, method: 'chefer2', classes: [dog, cat] });
    expect(both.map((one) => [one.classIndex, one.cached, one.values[0]])).toEqual([
      [1, false, 2],
      [0, true, 1],
    ]);
    expect(asked.map(({ classes }) => classes)).toEqual([[0], [1]]);
    expect(cached({ id, method: 'chefer2', classes: [cat, dog] })).toHaveLength(2);
    expect(cached({ id, method: 'bt-h', classes: [cat] })).toBeNull();
  });

  it('uses the TIS maps that the inspector made, under the project’s settings', async () => {
    project.saveExplanation(id, explanation([map(0, 0.5, [1, 2, 3, 4], [0, 0, 0, 0])]), project.info);
    const [found] = await maps({ id, method: 'tis', classes: [cat] });
    expect(Array.from(found?.values ?? [])).toEqual([1, 2, 3, 4]);
    expect(found).toMatchObject({ parameters: tis, cached: true, cost: { forward: 3, backward: 0 } });
    expect(asked).toEqual([]);
    await maps({ id, method: 'tis', classes: [dog] });
    expect(asked).toEqual([{ method: 'tis', parameters: tis, ahead: false, classes: [1] }]);
  });

  it('computes TIS as published where the inspector makes its maps otherwise', async () => {
    const regression = { ...tis, estimate: 'regression' } as const;
    project.setTis(regression);
    project.saveExplanation(id, explanation([map(0, 0.5, [1, 2, 3, 4], [0, 0, 0, 0])], regression), project.info);
    await maps({ id, method: 'tis', classes: [cat] });
    expect(asked).toEqual([{ method: 'tis', parameters: tis, ahead: false, classes: [0] }]);
  });

  it('lets nobody wait behind maps of a batch', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const { signal } = new AbortController();
    const batch = maps({ id, method: 'rise', classes: [cat] }, { signal, ahead: true });
    const behind = maps({ id, method: 'vit-cx', classes: [cat] }, { signal, ahead: true });
    const awaited = maps({ id, method: 'chefer2', classes: [cat] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.map(({ method, ahead }) => [method, ahead])).toEqual([
      ['rise', true],
      ['chefer2', false],
    ]);
    open();
    await Promise.all([batch, behind, awaited]);
  });

  it('offers the methods with the project’s settings and the reasons of a refusal', async () => {
    const [offer, refused] = await comparison.methods(project.info);
    expect(offer?.parameters).toEqual(tis);
    expect(refused).toMatchObject({ refusal: 'Post-norm.', parameters: { steps: 20 } });
  });

  it('serves one call after the other and tells the progress of each', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const seen: number[] = [];
    const first = maps({ id, method: 'tam', classes: [cat] }, { onProgress: (done) => void seen.push(done) });
    const second = maps({ id, method: 'rise', classes: [cat] });
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.map(({ method }) => method)).toEqual(['tam']);
    open();
    await Promise.all([first, second]);
    expect(asked.map(({ method }) => method)).toEqual(['tam', 'rise']);
    expect(seen).toEqual([1]);
  });

  it('gives up running and waiting calls together, and serves new ones', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const calls = (['tam', 'rise'] as const).map((method) => maps({ id, method, classes: [cat] }));
    await new Promise((resolve) => setImmediate(resolve));
    comparison.cancel();
    open();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(asked.map(({ method }) => method)).toEqual(['tam']);
    expect(await maps({ id, method: 'rise', classes: [cat] })).toHaveLength(1);
  });

  it('passes on what is wrong with an image, and refuses classes that there are not', async () => {
    fails = new AppError('IMAGE_UNREADABLE', 'one.png is damaged.');
    await expect(maps({ id, method: 'tam', classes: [cat] })).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
    });
    await expect(maps({ id, method: 'tam', classes: [classIndex(3)] })).rejects.toMatchObject({
      code: 'UNKNOWN_CLASS',
    });
  });
});
