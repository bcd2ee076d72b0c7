/** Maps of all methods and contrasts in a project: computed once, found again, one call after the other, cancelled together. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Comparison, type MapsWish } from '../../../src/main/audit/comparison.js';
import { Contrasts } from '../../../src/main/audit/contrasts.js';
import { ExplainQueue } from '../../../src/main/audit/explain-queue.js';
import { Explainer } from '../../../src/main/audit/explain.js';
import type { Engine, MethodRequest } from '../../../src/main/engine/engine.js';
import { Project } from '../../../src/main/project/project.js';
import { classIndex, imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { beyondError, contrastMap, type Evidence, jackknifeGroups } from '../../../src/shared/evidence.js';
import { contrastRow, type RowMap } from '../../../src/shared/sheet-rows.js';
import { engineWith } from '../../support/unused-engine.js';
import { explanation, facts, image, info, map, predicted, temporaryFolder, tis } from '../project/sample.js';

type Asked = MethodRequest & { readonly classes: readonly number[] };

let folder: ReturnType<typeof temporaryFolder>;
let project: Project;
let asked: Asked[];
/** What the engine waits for before it answers. */
let gate: Promise<void>;
let fails: AppError | null;
/** Classes of each explanation, and the images that were told to be explained. */
let explained: (readonly number[])[];
let told: number[];
let comparison: Comparison;
let explainer: Explainer;
const cat = classIndex(0);
const dog = classIndex(1);
const bird = classIndex(2);
const id = imageId(1);

/** Every map is `class + 1` at one place, zero elsewhere. */
const explainWith: Engine['explainWith'] = async ({ inputs, request }, { signal, onProgress } = {}) => {
  const [input] = inputs;
  const classes = input?.classes ?? [];
  asked.push({ ...request, classes });
  onProgress?.({ done: 1, total: 2 });
  await gate;
  if (signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
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
};

/** Evidence for a class that rises with its index, a class's own patch the most, with a sampling error that hides the last patch. */
const explainTis: Engine['explainTis'] = async ({ request: { classes, parameters } }, { signal } = {}) => {
  explained.push(classes);
  await gate;
  if (signal?.aborted === true) throw new AppError('CANCELLED', 'The work was cancelled.');
  if (fails !== null) throw fails;
  const rows = (of: (one: number, token: number) => number): Float32Array =>
    Float32Array.from(classes.flatMap((one) => [0, 1, 2, 3].map((token) => of(one, token))));
  const evidence = rows((one, token) => (token === one ? 2 : 0.25 * token));
  const without = Float32Array.from({ length: jackknifeGroups * evidence.length }, (_, at) => {
    const [group, place] = [Math.floor(at / evidence.length), at % evidence.length];
    const noise = place % 4 === 3 ? 0.5 : 0.01;
    return (evidence[place] ?? 0) + (group % 2 === 0 ? noise : -noise) * (1 + Math.floor(place / 4));
  });
  const flat = rows(() => 0.5);
  return {
    gridWidth: 2,
    gridHeight: 2,
    probabilities: Float32Array.of(0.5, 0.25, 0.25),
    classes: Int32Array.from(classes),
    kept: rows((one, token) => 0.1 * (one + token)),
    dropped: flat,
    keptError: flat,
    halves: Float32Array.of(...flat, ...flat),
    evidence,
    evidenceWithout: without,
    scored: parameters.masks,
    facts: facts('one'),
    initIndices: Int32Array.of(3, 1),
    maskIndices: Int32Array.of(0, 1),
    milliseconds: 70,
  };
};

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
  explained = [];
  told = [];
  const engine = engineWith({
    explainWith,
    methods: () =>
      Promise.resolve([
        { id: 'tis', parameters: {}, refusal: null },
        { id: 'bt-t', parameters: {}, refusal: 'Post-norm.' },
      ]),
    explainTis,
  });
  const opened = inThisProcess(project);
  explainer = new Explainer(opened, engine);
  const contrasts = new Contrasts(opened, explainer, (one) => {
    told.push(one);
    return Promise.resolve();
  });
  comparison = new Comparison(opened, engine, contrasts);
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
    expect(await cached({ id, method: 'chefer2', classes: [cat, dog] })).toHaveLength(2);
    expect(await cached({ id, method: 'bt-h', classes: [cat] })).toBeNull();
  });

  it('uses the TIS maps that the inspector made, under the project’s settings', async () => {
    project.saveExplanation(id, explanation([map(0, 0.5, [1, 2, 3, 4], [0, 0, 0, 0])]), project.info);
    const [found] = await maps({ id, method: 'tis', classes: [cat] });
    expect(Array.from(found?.values ?? [], (value) => Number(value.toFixed(4)))).toEqual([1, 2, 3, 4]);
    expect(found).toMatchObject({ parameters: tis, cached: true, cost: { forward: 3, backward: 0 } });
    expect(asked).toEqual([]);
    await maps({ id, method: 'tis', classes: [dog] });
    // What is missing is explained as the inspector does it, with all that is kept already.
    expect([asked, explained]).toEqual([[], [[0, 1]]]);
  });

  it('computes TIS as published where the inspector makes its maps otherwise', async () => {
    const regression = { ...tis, estimate: 'regression' } as const;
    project.setTis(regression);
    project.saveExplanation(id, explanation([map(0, 0.5, [1, 2, 3, 4], [0, 0, 0, 0])], regression), project.info);
    await maps({ id, method: 'tis', classes: [cat] });
    expect([asked, explained]).toEqual([[], [[0]]]);
    expect(project.loadExplanation(id, { ...project.info, tis })?.maps.map(({ classIndex: one }) => one)).toEqual([0]);
  });

  it('finds the maps of a project that asks for more masks than the method knows', async () => {
    project.setTis({ ...tis, masks: 5000 });
    expect(await maps({ id, method: 'tis', classes: [cat] })).toMatchObject([{ parameters: { masks: 4096 } }]);
  });

  it('computes once what several ask for at the same time, whoever they are, and goes on while one of them waits', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const opened = inThisProcess(project);
    const queue = new ExplainQueue(explainer);
    const task = { image: id, classes: [], terms: project.info };
    const leaving = new AbortController();
    // The inspector, a report, a view of all methods, a contact sheet and a contrast.
    const inspector = queue.now(queue.wish(task));
    const report = queue.background(task, new AbortController().signal);
    const view = maps({ id, method: 'tis', classes: [cat] }, { signal: leaving.signal });
    const sheet = maps({ id, method: 'tis', classes: [cat] }, { ahead: true });
    const methods = [{}, { ahead: true }].map((options) => maps({ id, method: 'chefer2', classes: [dog] }, options));
    await new Promise((resolve) => setTimeout(resolve, 20));
    leaving.abort();
    await expect(view).rejects.toMatchObject({ code: 'CANCELLED' });
    open();
    await Promise.all([inspector, report, sheet, ...methods]);
    expect(explained).toEqual([[0]]);
    expect(asked.map(({ method, classes }) => [method, classes])).toEqual([['chefer2', [1]]]);
    expect((await opened.loadExplanation(id, project.info))?.maps).toHaveLength(1);
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
    const first = maps({ id, method: 'tam', classes: [cat] }, { onProgress: ({ done }) => void seen.push(done) });
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

describe('contrasts', () => {
  const wish = { id, method: contrastRow } as const;
  const evidenceOf = (one: number): Evidence => {
    const evidence = project.loadExplanation(id, project.info)?.maps.find((kept) => kept.classIndex === one)?.evidence;
    if (!evidence) throw new Error('No evidence is kept.');
    return evidence;
  };
  const pairs = (of: readonly RowMap[]): unknown[] => of.map((one) => [one.classIndex, one.contrast?.against]);

  it('are of each class with the label, of the label with the model’s first other class, and out of kept evidence', async () => {
    const made = await maps({ ...wish, classes: [cat, dog, bird] });
    expect(pairs(made)).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
    ]);
    const [catMap, dogMap, birdMap] = made;
    expect(birdMap?.contrast?.whole).toEqual(contrastMap(evidenceOf(2), evidenceOf(0)));
    expect(birdMap?.values).toEqual(beyondError(contrastMap(evidenceOf(2), evidenceOf(0))));
    // The last patch is within its error, and left neutral in what is shown alone.
    expect(birdMap?.values[2]).toBeGreaterThan(1);
    expect(birdMap?.values[3]).toBe(0);
    // What speaks for the label speaks against the other class.
    expect(catMap?.contrast?.whole.values.map((value) => 0 - value)).toEqual(dogMap?.contrast?.whole.values);
    expect(catMap?.values.some((value) => value !== 0)).toBe(true);
    expect(made[0]).toMatchObject({ cached: false, cost: { forward: 129, backward: 0 }, parameters: tis });
  });

  it('are made once, and TIS finds its maps made beside them', async () => {
    await maps({ ...wish, classes: [bird] });
    expect(explained).toEqual([[0, 2]]);
    expect(told).toEqual([id]);
    const again = await maps({ ...wish, classes: [bird, cat] });
    // The rival of the label's own class was not explained yet; what was, is explained again with it.
    expect(explained.slice(1)).toEqual([[0, 1, 2]]);
    expect(again.map((one) => one.cached)).toEqual([true, false]);
    expect(await cached({ ...wish, classes: [cat, dog, bird] })).toHaveLength(3);
    await maps({ id, method: 'tis', classes: [cat, dog, bird] });
    expect(asked).toEqual([]);
  });

  it('take no pass where the inspector has explained the image, and explain it again where it had no evidence yet', async () => {
    const two = [map(0, 0.5, [1, 2, 3, 4], [0, 0, 0, 0]), map(1, 0.25, [4, 3, 2, 1], [0, 0, 0, 0])];
    project.saveExplanation(id, explanation(two), project.info);
    const [made] = await maps({ ...wish, classes: [dog] });
    expect(made?.contrast?.whole.values[0]).toBeCloseTo(3, 2);
    expect(explained).toEqual([]);
    project.saveExplanation(id, explanation(two.map((one) => ({ ...one, evidence: null }))), project.info);
    expect(await cached({ ...wish, classes: [dog] })).toBeNull();
    await maps({ ...wish, classes: [dog] });
    expect(explained).toEqual([[0, 1]]);
    expect(await cached({ ...wish, classes: [dog] })).toHaveLength(1);
  });

  it('say why there are none, also where maps without evidence are kept', async () => {
    const old = [0, 1].map((one) => ({ ...map(one, 0.5, [1, 2, 3, 4], [0, 0, 0, 0]), evidence: null }));
    project.saveExplanation(id, explanation(old), project.info);
    fails = new AppError('IMAGE_UNREADABLE', 'one.png is damaged.');
    await expect(maps({ ...wish, classes: [dog] })).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    expect(told).toEqual([]);
  });

  it('are given up with the other calls', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const call = maps({ ...wish, classes: [dog] });
    await new Promise((resolve) => setImmediate(resolve));
    comparison.cancel();
    open();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
