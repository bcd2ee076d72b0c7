/** The data process is killed under an open project at work: the window is told to look anew, and everything goes on. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Project } from '../../../src/main/project/project.js';
import { imageId, type Job, type ProjectFigures } from '../../../src/shared/audit.js';
import type { ErrorData } from '../../../src/shared/errors.js';
import { Backend } from '../../support/backend.js';
import { KilledProcesses } from '../../support/killed-processes.js';
import { PatientEngine } from '../../support/patient-engine.js';
import { image, info, model, temporaryFolder, tis } from '../project/sample.js';

const many = 600;
const one = imageId(1);

let folder: ReturnType<typeof temporaryFolder>;
let processes: KilledProcesses;
let engine: PatientEngine;
let backend: Backend;
let figures: ProjectFigures | null;
let looks: number;
let notices: ErrorData[];
let jobs: Map<Job['id'], Job>;

beforeEach(async () => {
  folder = temporaryFolder();
  const datasetPath = join(folder.path, 'animals');
  mkdirSync(datasetPath);
  writeFileSync(join(datasetPath, '0.png'), '0');
  const path = join(folder.path, 'Animals.hognose');
  const made = Project.create(path, { ...info, datasetPath, tis: { ...tis, masks: 4 } });
  made.beginScan();
  made.addImages(Array.from({ length: many }, (_, at) => image(`${String(at)}.png`, 'dog')));
  made.finishScan([]);
  made.close();
  processes = new KilledProcesses();
  engine = new PatientEngine(model);
  const { data } = processes;
  backend = await Backend.start({ engine, data, folder: folder.path, settings: { masks: 4, reviewer: 'Ann' } });
  [figures, looks] = [null, 0];
  notices = [];
  jobs = new Map();
  backend.on('figures', (told) => (figures = told));
  backend.on('change', ({ images }) => (looks += images === 'all' ? 1 : 0));
  backend.on('notice', (notice) => notices.push(notice));
  backend.on('job', (job) => jobs.set(job.id, job));
  engine.hold();
  await backend.workspace.openProject(path);
  await engine.asked(3);
  looks = 0;
});
afterEach(async () => {
  engine.answer();
  await backend.close();
  folder.remove();
});

const predicted = (): Promise<boolean> =>
  vi.waitUntil(() => [...jobs.values()].some(({ kind, state }) => kind === 'predict' && state === 'done'), {
    timeout: 20_000,
  });

describe('a data process that is killed', () => {
  it('while images are predicted is started anew, and none is predicted twice', async () => {
    processes.killAfter('recordPredictions');
    engine.answer();
    await predicted();
    await vi.waitFor(() => {
      expect(figures?.counts).toMatchObject({ images: many, predicted: many });
    });
    expect([processes.started, looks >= 1, notices]).toEqual([2, true, []]);
    const asked = engine.calls.filter(({ what }) => what === 'predict').length;
    expect(asked).toBe(Math.ceil(many / 64));
  });

  it('tells the window to look anew, once, with the figures', async () => {
    processes.kill();
    const detail = await backend.client.call('image.detail', { id: one });
    expect(detail.file).toBe('0.png');
    await vi.waitFor(() => {
      expect([looks, figures?.counts.images]).toEqual([1, many]);
    });
  });

  it('keeps the verdict whose answer it owed, and what is given, explained and cached goes on', async () => {
    engine.answer();
    await predicted();
    processes.killAfter('give');
    const verdict = { kind: 'unsure' as const, correctedLabels: [], note: '' };
    const outcome = await backend.client.call('verdict.give', { ids: [one], verdict });
    expect(outcome.changes.map(({ row }) => [row.id, row.verdict?.reviewer])).toEqual([[one, 'Ann']]);
    processes.killAfter('saveExplanation');
    const made = await backend.client.call('explain.get', { id: one, classes: [] });
    expect(made.cached).toBe(false);
    expect(await backend.client.call('explain.get', { id: one, classes: [] })).toMatchObject({ cached: true });
    expect((await backend.client.call('image.detail', { id: one })).history).toHaveLength(1);
    expect(processes.started).toBe(3);
  });

  it('again and again says so, with what is kept and the way out', async () => {
    engine.answer();
    await predicted();
    processes.killAfter('detail', 2);
    await expect(backend.client.call('image.detail', { id: one })).rejects.toMatchObject({
      code: 'DATA_STOPPED',
      hint: expect.stringContaining('kept') as string,
    });
    expect((await backend.client.call('image.detail', { id: one })).file).toBe('0.png');
  });
});
