/** What changes while work runs: tasks end under the settings, mapping and model that they were made with, and nothing is kept as another's. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenAudit } from '../../../src/main/audit/open-audit.js';
import type { Terms } from '../../../src/main/project/project-info.js';
import { Project } from '../../../src/main/project/project.js';
import { classIndex, type ImageId, imageId, type Job } from '../../../src/shared/audit.js';
import type { ErrorData } from '../../../src/shared/errors.js';
import { PatientEngine } from '../../support/patient-engine.js';
import { identity, image, info, model, temporaryFolder, tis } from '../project/sample.js';

const few = { ...tis, masks: 4 };
const many = { ...tis, masks: 8 };
const other = { ...model, name: 'other-vit', hash: 'b'.repeat(64) };
const one = imageId(1);
const two = imageId(2);
const look = { transposed: false, scale: 'method', colourMap: 'viridis', opacity: 1 } as const;

let folder: ReturnType<typeof temporaryFolder>;
let engine: PatientEngine;
let project: Project;
let audit: OpenAudit;
let notices: ErrorData[];

beforeEach(async () => {
  folder = temporaryFolder();
  const datasetPath = join(folder.path, 'animals');
  mkdirSync(datasetPath);
  for (const file of ['one.png', 'two.png']) writeFileSync(join(datasetPath, file), file);
  project = Project.create(join(folder.path, 'one.hognose'), { ...info, datasetPath, tis: few });
  project.beginScan();
  // The model says cat of both.
  project.addImages([image('one.png', 'dog'), image('two.png', 'dog')]);
  project.finishScan([]);
  engine = new PatientEngine(model);
  notices = [];
  open();
  await audit.jobs.completed((await audit.predict()).id);
  engine.calls.length = 0;
});
afterEach(async () => {
  engine.answer();
  await audit.close();
  folder.remove();
});

function open(): void {
  audit = new OpenAudit({
    project: inThisProcess(project),
    engine,
    tell: (event, payload) => {
      if (event === 'notice') notices.push(payload as ErrorData);
    },
    printPdf: () => Promise.resolve(),
    version: '0.0.0',
  });
}

const under = (masks: typeof few, of = model): Terms => ({ ...project.info, tis: masks, model: of });

/** What the kept maps of an image were made with; null where there are none. */
function keptMasks(id: ImageId, terms: Terms): number | null {
  return project.loadExplanation(id, terms)?.maps[0]?.kept[0] ?? null;
}

describe('settings changed in mid-run', () => {
  it('leave an explain job to end under its own', async () => {
    engine.hold();
    const job = await audit.explainMost(2);
    await engine.asked(2);
    project.setTis(many);
    engine.answer();
    expect(await audit.jobs.completed(job.id)).toMatchObject({ state: 'done', done: 2, skipped: 0 });
    for (const id of [one, two]) {
      expect([keptMasks(id, under(few)), keptMasks(id, under(many))]).toEqual([4, null]);
      expect(project.disagreement(id, under(few))?.kind).toBeDefined();
      expect(project.disagreement(id, under(many))).toBeNull();
    }
    expect(project.counts().explained).toBe(0);
    expect(project.rows([one])[0]?.disagreement).toBeNull();
    project.setTis(few);
    expect(project.counts().explained).toBe(2);
  });

  it('leave a job that still waits to those it was ordered with', async () => {
    const job = await audit.explainMost(2);
    project.setTis(many);
    await audit.jobs.completed(job.id);
    expect(engine.calls.map(({ parameters }) => parameters)).toMatchObject([few, few]);
  });

  it('give a person who asks again what the new settings make', async () => {
    engine.hold();
    const before = audit.explain(one);
    await engine.asked(1);
    project.setTis(many);
    const after = audit.explain(one);
    await engine.asked(2);
    engine.answer();
    await expect(before).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await after).toMatchObject({ parameters: many, cached: false });
    expect(keptMasks(one, under(many))).toBe(8);
  });

  it('do not reach what is computed ahead, and a person is not handed that', async () => {
    engine.hold();
    audit.prefetch([one]);
    await engine.asked(1);
    project.setTis(many);
    const wish = audit.explain(one);
    await engine.asked(2);
    engine.answer();
    expect((await wish).parameters).toEqual(many);
    await audit.close();
    project = Project.open(project.folder);
    open();
    expect([keptMasks(one, under(few)), keptMasks(one, under(many))]).toEqual([4, 8]);
  });

  it('leave maps to compare under what they were asked with', async () => {
    const wish = { id: one, method: 'tis', classes: [classIndex(0)] } as const;
    engine.hold();
    const before = audit.compare(wish);
    await engine.asked(1);
    project.setTis(many);
    const after = audit.compare(wish);
    engine.answer();
    expect((await before)[0]).toMatchObject({ parameters: { masks: 4 }, cost: { forward: 5 } });
    expect((await after)[0]).toMatchObject({ parameters: { masks: 8 }, cost: { forward: 9 } });
    project.setTis(few);
    expect((await audit.compare(wish))[0]).toMatchObject({ cached: true, cost: { forward: 5 } });
  });

  it('leave every map of a contact sheet under those of its order, and say so on it', async () => {
    const path = join(folder.path, 'sheet.svg');
    engine.hold();
    const job = await audit.contactSheet({ ids: [one, two], methods: ['tis'], of: 'label', look }, path, 'svg');
    await engine.asked(1);
    project.setTis(many);
    engine.answer();
    await audit.jobs.completed(job.id);
    expect(engine.calls.map(({ parameters }) => parameters)).toMatchObject([{ masks: 4 }, { masks: 4 }]);
    const how = { method: 'tis', parameters: { masks: 8, ratio: 0.5, seed: 7 } } as const;
    expect(project.loadMethodMaps(one, how, [1], project.info)).toEqual([]);
  });

  it('leave a report with the maps of its order', async () => {
    engine.hold();
    const place = join(folder.path, 'report');
    const job = await audit.report({ folder: place, title: 'Animals', formats: ['json'], findings: 10, explain: 2 });
    await engine.asked(2);
    project.setTis(many);
    engine.answer();
    await audit.jobs.completed(job.id);
    const report = JSON.parse(await readFile(join(place, 'report.json'), 'utf8')) as {
      summary: unknown;
      findings: { explanation: { maps: readonly unknown[] } | null; disagreement: unknown }[];
    };
    expect(
      report.findings.every(({ explanation, disagreement }) => explanation?.maps.length === 3 && disagreement !== null),
    ).toBe(true);
    expect(report.summary).toMatchObject({ tis: few, counts: { explained: 2 } });
  });
});

describe('a mapping changed in mid-run', () => {
  it('is what a kept disagreement follows, and the map stays that of its class', async () => {
    engine.hold();
    const wish = audit.explain(one);
    await engine.asked(1);
    // A dog is what the model calls a cat: nothing to disagree about.
    project.setMapping(identity.map((row) => (row.labelName === 'dog' ? { ...row, classIndex: classIndex(0) } : row)));
    engine.answer();
    expect((await wish).disagreement).not.toBeNull();
    expect(project.disagreement(one, project.info)).toBeNull();
    expect(project.rows([one])[0]).toMatchObject({ disagreement: null, explained: true });
    expect((await audit.explain(one)).disagreement).toBeNull();
  });

  it('leaves the classes of a contact sheet as they were ordered', async () => {
    engine.hold();
    const path = join(folder.path, 'sheet.svg');
    const job = await audit.contactSheet({ ids: [one, two], methods: ['chefer2'], of: 'label', look }, path, 'svg');
    project.setMapping(identity.map((row) => ({ ...row, classIndex: classIndex(2) })));
    engine.answer();
    await audit.jobs.completed(job.id);
    const how = { method: 'chefer2', parameters: {} } as const;
    expect(project.loadMethodMaps(two, how, [1, 2], project.info).map(({ maps }) => maps[0]?.classIndex)).toEqual([1]);
  });
});

describe('a model put in place in mid-run', () => {
  it('gets nothing of what the earlier one explained', async () => {
    engine.hold();
    const wish = audit.explain(one);
    await engine.asked(1);
    const earlier = project.info;
    project.setModel({ path: '/models/other' }, other, identity);
    engine.answer();
    await wish;
    expect([keptMasks(one, earlier), keptMasks(one, project.info)]).toEqual([4, null]);
    expect(project.counts().explained).toBe(0);
    expect(project.disagreement(one, project.info)).toBeNull();
  });

  it('gets nothing of its maps to compare and of its predictions', async () => {
    const earlier = project.info;
    const how = { method: 'chefer2', parameters: {} } as const;
    engine.hold();
    const maps = audit.compare({ id: one, method: 'chefer2', classes: [classIndex(0)] });
    await engine.asked(1);
    project.setModel({ path: '/models/other' }, other, identity);
    engine.answer();
    expect(await maps).toHaveLength(1);
    expect(project.loadMethodMaps(one, how, [0], earlier)).toHaveLength(1);
    expect(project.loadMethodMaps(one, how, [0], project.info)).toEqual([]);

    engine.model = other;
    engine.hold();
    const job = await audit.predict();
    await engine.asked(2);
    project.setModel({ path: '/models/third' }, { ...model, hash: 'c'.repeat(64) }, identity);
    engine.answer();
    // What was under way is of another model: it is dropped, the model looked at again, and all is predicted by that.
    await audit.jobs.completed(job.id);
    expect(project.info.model.hash).toBe(other.hash);
    expect(engine.calls.map(({ what }) => what)).toEqual(['method', 'predict', 'predict']);
    expect(project.counts().predicted).toBe(2);
  });
});

describe('another model found behind the path, by whoever looks first', () => {
  beforeEach(async () => {
    await audit.close();
    project = Project.open(project.folder);
    engine.model = other;
    open();
  });

  /** Resolves when what was started by itself has predicted everything with the new model. */
  async function predicted(): Promise<void> {
    const job = audit.jobs.list().find(({ kind }) => kind === 'predict');
    expect(job).toBeDefined();
    if (job !== undefined) await audit.jobs.completed(job.id);
    expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('predictions are computed anew')]);
    expect(project.info.model.hash).toBe(other.hash);
    expect(project.counts()).toMatchObject({ images: 2, predicted: 2 });
  }

  it('predicts again after an explanation was asked for', async () => {
    await audit.explain(one);
    await predicted();
  });

  it('predicts again after maps were compared', async () => {
    await audit.compare({ id: one, method: 'chefer2', classes: [classIndex(0)] });
    await predicted();
  });

  it('predicts again after the methods were asked for', async () => {
    await audit.methods();
    await predicted();
  });

  it('predicts again after the speed was measured', async () => {
    await audit.measureSpeed();
    await predicted();
  });

  it('predicts again after something was computed ahead', async () => {
    audit.prefetch([one]);
    await engine.asked(1);
    await predicted();
    expect(engine.calls.every(({ what }) => what === 'tis' || what === 'predict')).toBe(true);
  });

  it('predicts before a job explains what is most suspicious to it', async () => {
    const job = await audit.explainMost(2);
    expect(await audit.jobs.completed(job.id)).toMatchObject({ state: 'done', done: 2, total: 2 });
    expect(engine.calls.map(({ what }) => what)).toEqual(['predict', 'tis', 'tis']);
    await predicted();
    expect([keptMasks(one, under(few)), keptMasks(one, project.info)]).toEqual([null, 4]);
  });

  it('predicts before a report is written, which tells of the new model only', async () => {
    const place = join(folder.path, 'report');
    const job: Job = await audit.report({
      folder: place,
      title: 'Animals',
      formats: ['json'],
      findings: 10,
      explain: 1,
    });
    expect(await audit.jobs.completed(job.id)).toMatchObject({ state: 'done' });
    expect(engine.calls.map(({ what }) => what)).toEqual(['predict', 'tis']);
    const text = await readFile(join(place, 'report.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ summary: { model: { hash: other.hash }, counts: { predicted: 2 } } });
    await predicted();
  });

  it('predicts before a contact sheet shows what is predicted', async () => {
    const path = join(folder.path, 'sheet.svg');
    const job = await audit.contactSheet(
      { ids: [one, two], methods: ['chefer2'], of: 'prediction', look },
      path,
      'svg',
    );
    await audit.jobs.completed(job.id);
    expect(engine.calls.map(({ what }) => what)).toEqual(['predict', 'method', 'method']);
    await predicted();
  });
});

describe('a model that is changed on disk while it is used', () => {
  beforeEach(() => {
    engine.model = other;
  });

  /** The new model is noticed, and what it says comes by itself. */
  async function takenOver(): Promise<void> {
    const job = audit.jobs.list().find(({ kind, state }) => kind === 'predict' && state !== 'done');
    if (job !== undefined) await audit.jobs.completed(job.id);
    expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('predictions are computed anew')]);
    expect(project.info.model.hash).toBe(other.hash);
    expect(project.counts()).toMatchObject({ predicted: 2, explained: 0 });
  }

  it('gives no maps under the name of the old one, and those of the new one when asked once more', async () => {
    await expect(audit.explain(one)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    await takenOver();
    expect(await audit.explain(one)).toMatchObject({ cached: false });
    expect([keptMasks(one, under(few)), keptMasks(one, project.info)]).toEqual([null, 4]);
  });

  it('is noticed by maps to compare, by speed, and by jobs', async () => {
    const wish = { id: one, method: 'chefer2', classes: [classIndex(0)] } as const;
    await expect(audit.compare(wish)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    await takenOver();
    engine.model = model;
    await expect(audit.measureSpeed()).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    engine.model = other;
    const job = await audit.explainMost(1);
    await expect(audit.jobs.completed(job.id)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    expect(project.info.model.hash).toBe(other.hash);
  });
});
