/** Jobs of an open project among each other and beside a person who looks at maps; and what was cancelled stays cancelled. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OpenAudit } from '../../../src/main/audit/open-audit.js';
import { Project } from '../../../src/main/project/project.js';
import { classIndex, imageId, isOpen, type Job, type ProjectFigures } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { contrastRow } from '../../../src/shared/sheet-rows.js';
import { Backend } from '../../support/backend.js';
import { PatientEngine } from '../../support/patient-engine.js';
import { image, info, model, predicted, temporaryFolder, tis } from '../project/sample.js';

const many = 2000;
const one = imageId(1);
const two = imageId(2);
const look = { transposed: false, scale: 'method', colourMap: 'viridis', opacity: 1 } as const;

let folder: ReturnType<typeof temporaryFolder>;
let engine: PatientEngine;
let path: string;
let told: Job[];

/** A project of many images, two of them predicted. */
beforeEach(() => {
  folder = temporaryFolder();
  const datasetPath = join(folder.path, 'animals');
  mkdirSync(datasetPath);
  writeFileSync(join(datasetPath, '0.png'), '0');
  path = join(folder.path, 'one.hognose');
  const project = Project.create(path, { ...info, datasetPath, tis: { ...tis, masks: 4 } });
  project.beginScan();
  project.addImages(Array.from({ length: many }, (_, at) => image(`${String(at)}.png`, 'dog')));
  project.finishScan([]);
  project.recordPredictions(
    [one, two].map((id) => ({ id, outcome: predicted(`${String(id - 1)}.png`, [0.5, 0.25, 0.25]) })),
  );
  project.close();
  engine = new PatientEngine(model);
  told = [];
});
afterEach(() => {
  folder.remove();
});

describe('jobs of an open project', () => {
  let audit: OpenAudit;

  beforeEach(() => {
    audit = new OpenAudit({
      project: inThisProcess(Project.open(path)),
      engine,
      tell: (event, payload) => {
        if (event === 'job') told.push(payload as Job);
      },
      printPdf: () => Promise.resolve(),
      version: '0.0.0',
    });
  });
  afterEach(async () => {
    engine.answer();
    await audit.close();
  });

  it('that rest on scores compute those that nobody did, and no person can stop that', async () => {
    const { project } = audit;
    await project.setMapping(info.mapping.map((row) => ({ ...row, classIndex: classIndex(2 - row.label) })));
    expect(await project.staleScores('all')).toBeGreaterThan(0);
    const wish = { title: 'Owls', formats: ['csv'], findings: 5, explain: 0 };
    await audit.jobs.completed((await audit.report({ ...wish, folder: join(folder.path, 'report') })).id);
    expect(await project.staleScores('all')).toBe(0);
    await project.setMapping(info.mapping);
    await audit.jobs.completed((await audit.explainMost(0)).id);
    expect(await project.staleScores('all')).toBe(0);

    let end: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (end = resolve));
    const scores = audit.jobs.add({
      kind: 'scores',
      title: 'Computing scores',
      total: 1,
      work: [],
      run: async function* () {
        await waiting;
        yield { done: 1 };
      },
    });
    await audit.cancel(scores.id);
    end();
    expect(await audit.jobs.completed(scores.id)).toMatchObject({ state: 'done' });
  });

  const state = (id: Job['id']): string => {
    const job = audit.jobs.list().find((other) => other.id === id);
    return `${String(job?.state)}, waits for ${String(job?.waitsFor)}`;
  };

  it('explains a few images in the middle of predicting many, and writes the report after it', async () => {
    engine.hold();
    const predict = await audit.predict();
    await engine.asked(3);
    const explain = await audit.explainMost(2);
    const wish = {
      folder: join(folder.path, 'report'),
      title: 'Animals',
      formats: ['json'],
      findings: 10,
      explain: 0,
    } as const;
    const report = await audit.report(wish);
    expect(state(explain.id)).toBe(`queued, waits for ${predict.title}`);
    expect(state(report.id)).toBe(`queued, waits for ${predict.title}`);
    engine.answer();
    expect(await audit.jobs.finished(explain.id)).toMatchObject({ state: 'done', done: 2 });
    expect((await audit.project.counts()).predicted).toBeLessThan(many / 2);
    expect(told.find((job) => job.id === predict.id && job.state === 'paused')).toMatchObject({
      waitsFor: 'Explaining 2 images',
      eta: null,
    });
    await audit.jobs.completed(report.id);
    const text = await readFile(join(wish.folder, 'report.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ summary: { counts: { predicted: many } } });
  });

  it('say that they wait for the maps a person looks at', async () => {
    engine.hold();
    const { id } = await audit.predict();
    await engine.asked(3);
    const explained = audit.explain(one);
    await vi.waitUntil(() => state(id) === 'running, waits for the maps you look at');
    engine.answer();
    await explained;
    await audit.jobs.completed(id);
    expect(told.findLast((job) => job.id === id)).toMatchObject({ state: 'done', done: many - 2, waitsFor: null });
  });

  it('know from the maps that somebody looked at how long theirs will take', async () => {
    await audit.jobs.completed((await audit.predict()).id);
    // The first maps take the engine's getting ready as well.
    for (const [at, milliseconds] of [60_000, 4000, 4000, 4000].entries()) {
      engine.milliseconds = milliseconds;
      await audit.explain(imageId(at + 1));
    }
    engine.hold();
    const { id } = await audit.explainMost(50);
    await vi.waitUntil(() => told.some((job) => job.id === id && job.state === 'running'));
    expect(told.findLast((job) => job.id === id)).toMatchObject({ done: 0, total: 50, eta: 200 });
  });

  it('say that predicting waits for what is computed ahead, which other jobs do not', async () => {
    const { id } = await audit.predict();
    await audit.jobs.completed(id);
    engine.hold();
    const before = engine.calls.length;
    audit.prefetch([one]);
    await engine.asked(before + 1);
    const explain = await audit.explainMost(1);
    await vi.waitUntil(() => state(explain.id).startsWith('running'));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(state(explain.id)).toBe('running, waits for null');
  });

  it('keep nobody waiting who looks at maps while a contact sheet is made', async () => {
    engine.hold();
    const sheet = await audit.contactSheet(
      { ids: [one, two], methods: ['rise'], of: 'prediction', look },
      join(folder.path, 'sheet.svg'),
      'svg',
    );
    await engine.asked(1);
    const maps = audit.compare({ id: one, method: 'chefer2', classes: [classIndex(0)] });
    await engine.asked(2);
    await vi.waitUntil(() => state(sheet.id) === 'running, waits for the maps you look at');
    engine.answer();
    expect(await maps).toHaveLength(1);
    await audit.jobs.completed(sheet.id);
  });

  it('count what a contact sheet finds as done, and tell the time of the rest', async () => {
    const wish = { ids: [one, two], methods: ['rise', 'chefer2'], of: 'prediction', look } as const;
    await audit.compare({ id: one, method: 'rise', classes: [classIndex(0)] });
    const job = await audit.contactSheet(wish, join(folder.path, 'sheet.svg'), 'svg');
    expect(await audit.jobs.completed(job.id)).toMatchObject({ done: 5, total: 5 });
    expect(engine.calls.filter(({ what }) => what === 'method')).toHaveLength(4);
  });

  it('explain each image of a contact sheet once for its contrast and its map by TIS', async () => {
    const file = join(folder.path, 'sheet.svg');
    const wish = { ids: [one, two], methods: ['tis', contrastRow], of: 'label', look } as const;
    const job = await audit.contactSheet(wish, file, 'svg');
    expect(await audit.jobs.completed(job.id)).toMatchObject({ done: 5, total: 5 });
    expect(engine.calls.map(({ what }) => what).filter((what) => what !== 'predict')).toEqual(['tis', 'tis']);
    expect((await audit.project.rows([one, two])).map(({ explained }) => explained)).toEqual([true, true]);
    const svg = await readFile(file, 'utf8');
    expect(svg.indexOf('>TIS<')).toBeLessThan(svg.indexOf('>TIS contrast<'));
    expect(svg).toMatch(/contrast: \w+ rather than \w+/);
  });

  it('predict what came while they predicted, also before the place where they were', async () => {
    const unreadable = new AppError('IMAGE_UNREADABLE', 'Not now.').toData();
    await audit.project.recordPredictions([{ id: imageId(3), outcome: { ok: false, error: unreadable } }]);
    engine.hold();
    const { id, total } = await audit.predict();
    await engine.asked(3);
    expect(total).toBe(many - 3);
    await audit.project.addImages([image('new.png', 'dog')]);
    expect((await audit.retryUnreadable())?.id).toBe(id);
    engine.answer();
    expect(await audit.jobs.completed(id)).toMatchObject({ total: many - 1, done: many - 1 });
    expect(await audit.project.counts()).toMatchObject({ images: many + 1, predicted: many + 1 });
  });
});

describe('predicting that a person cancelled', () => {
  let backend: Backend;
  let current: ProjectFigures | null;

  const start = async (): Promise<void> => {
    backend = await Backend.start({ engine, folder: folder.path, settings: { masks: 4 } });
    current = null;
    backend.on('job', (job) => {
      told.push(job);
    });
    backend.on('project', (summary) => {
      current = summary;
    });
    backend.on('figures', (figures) => {
      current = figures;
    });
  };
  const predicting = async (): Promise<Job | undefined> =>
    (await backend.client.call('jobs.list', undefined)).find((job) => job.kind === 'predict' && isOpen(job));
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

  beforeEach(start);
  afterEach(async () => {
    engine.answer();
    await backend.close();
  });

  it('does not go on by itself when the project is opened anew, until somebody says so', async () => {
    engine.hold();
    await backend.workspace.openProject(path);
    await engine.asked(3);
    const job = await predicting();
    if (job === undefined) throw new Error('Nothing is predicted.');
    expect(current?.predictionCancelled).toBe(false);
    await backend.client.call('jobs.cancel', { id: job.id });
    engine.answer();
    await vi.waitUntil(() => told.some(({ id, state }) => id === job.id && state === 'cancelled'));
    expect(current).toMatchObject({ predictionCancelled: true, counts: { predicted: 2, images: many } });

    await backend.workspace.closeProject();
    await start();
    const summary = await backend.workspace.openProject(path);
    await settled();
    expect(summary).toMatchObject({ predictionCancelled: true, counts: { predicted: 2 } });
    expect(await predicting()).toBeUndefined();

    const again = await backend.client.call('jobs.predict', undefined);
    await vi.waitUntil(() => told.some(({ id, state }) => id === again.id && state === 'done'));
    expect(current).toMatchObject({ predictionCancelled: false, counts: { predicted: many } });
  });

  it('is another thing than a project that was closed, or a process that was killed, in the middle of it', async () => {
    engine.hold();
    await backend.workspace.openProject(path);
    await engine.asked(3);
    const closing = backend.workspace.closeProject();
    engine.answer();
    await closing;
    await start();
    const summary = await backend.workspace.openProject(path);
    expect(summary.predictionCancelled).toBe(false);
    await vi.waitUntil(() => told.some(({ kind, state }) => kind === 'predict' && state === 'done'));
  });

  it('is cancelled as well while it is paused or waits', async () => {
    const audit = new OpenAudit({
      project: inThisProcess(Project.open(path)),
      engine,
      tell: () => undefined,
      printPdf: () => Promise.resolve(),
      version: '0.0.0',
    });
    engine.hold();
    const explain = await audit.explainMost(2);
    await engine.asked(1);
    const waiting = await audit.predict();
    expect(waiting.state).toBe('queued');
    await audit.cancel(waiting.id);
    expect(await audit.project.predictionCancelled()).toBe(true);
    engine.answer();
    await audit.jobs.completed(explain.id);
    expect(await audit.goOnPredicting()).toBeNull();
    await audit.close();
  });
});
