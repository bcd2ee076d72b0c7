/** The open project as a folder on disk, through the window's calls: renamed, gone, read-only, saved as a copy. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Project } from '../../../src/main/project/project.js';
import { imageId, type ProjectFigures, type ProjectSummary } from '../../../src/shared/audit.js';
import { AppError, type ErrorData } from '../../../src/shared/errors.js';
import type { CallInput, CallName, CallResult } from '../../../src/shared/calls/calls.js';
import { Backend } from '../../support/backend.js';
import { PatientEngine } from '../../support/patient-engine.js';
import { image, info, model, temporaryFolder } from '../project/sample.js';

let folder: ReturnType<typeof temporaryFolder>;
let project: string;
let engine: PatientEngine;
let backend: Backend;
let told: (ProjectFigures | null)[];
let notices: ErrorData[];
const [one, two] = [imageId(1), imageId(2)];
const verdict = { kind: 'right-label', correctedLabels: [], note: '' } as const;

beforeEach(async () => {
  folder = temporaryFolder();
  const datasetPath = join(folder.path, 'animals');
  mkdirSync(datasetPath);
  for (const file of ['one.png', 'two.png']) writeFileSync(join(datasetPath, file), file);
  project = join(folder.path, 'Animals.hognose');
  const made = Project.create(project, { ...info, datasetPath });
  made.beginScan();
  made.addImages([image('one.png', 'dog'), image('two.png', 'dog')]);
  made.finishScan([]);
  made.close();
  engine = new PatientEngine(model);
  told = [];
  notices = [];
  backend = await Backend.start({ engine, folder: folder.path, settings: { masks: info.tis.masks, reviewer: 'Ann' } });
  backend.on('project', (summary) => {
    told.push(summary);
  });
  backend.on('figures', (figures) => {
    told.push(figures);
  });
  backend.on('notice', (notice) => {
    notices.push(notice);
  });
  await backend.workspace.openProject(project);
});
afterEach(async () => {
  engine.answer();
  await backend.close();
  vi.restoreAllMocks();
  folder.remove();
});

const call = <N extends CallName>(name: N, input: CallInput<N>): Promise<CallResult<N>> =>
  backend.client.call(name, input);
const rename = (name: string): Promise<ProjectSummary> => call('project.rename', { name });
const summary = (): ProjectSummary => backend.project.summary();
/** Saves a copy in a folder chosen in the dialog. */
function saveCopy(place: string): Promise<ProjectSummary | null> {
  backend.system.chosen.push(place);
  return call('project.saveCopy', undefined);
}
const give = (id = one): Promise<unknown> =>
  call('verdict.give', { ids: [id], verdict: { ...verdict, correctedLabels: [] } });
/** Resolves when everything is predicted. */
async function predicted(): Promise<void> {
  await vi.waitUntil(() => told.at(-1)?.counts.predicted === 2, { timeout: 20_000 });
}

describe('renaming', () => {
  it('gives project and folder the name, keeps what was decided, and is no closing', async () => {
    await predicted();
    await give();
    told.length = 0;
    const renamed = await rename('Owls "2026"');
    expect(renamed).toMatchObject({ name: 'Owls "2026"', counts: { images: 2, predicted: 2, reviewed: 1 } });
    expect(backend.workspace.projectFolder).toBe(join(folder.path, 'Owls _2026_.hognose'));
    expect(existsSync(project)).toBe(false);
    expect(told).not.toContain(null);
    expect((await call('verdict.undo', undefined)).changes[0]?.row).toMatchObject({
      id: one,
      verdict: null,
    });
    expect(backend.workspace.audit().reportFolder).toBe(join(folder.path, 'Owls _2026_.hognose', 'report'));
  });

  it('goes on predicting', async () => {
    engine.hold();
    const started = engine.asked(1);
    await call('jobs.predict', undefined);
    await started;
    const renaming = rename('Owls');
    engine.answer();
    await renaming;
    await predicted();
  });

  it('leaves the project open as it was where the name cannot be', async () => {
    mkdirSync(join(folder.path, 'Owls.hognose'));
    await expect(rename('Owls')).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(rename('  ')).rejects.toMatchObject({ code: 'BAD_USAGE' });
    expect(backend.workspace.projectFolder).toBe(project);
    await give();
    expect(summary()).toMatchObject({ name: 'Animals', counts: { reviewed: 1 } });
  });

  it('waits for work that would be lost', async () => {
    await predicted();
    engine.hold();
    const before = engine.calls.length;
    await call('jobs.explain', { count: 2 });
    await engine.asked(before + 1);
    await expect(rename('Owls')).rejects.toMatchObject({
      code: 'PROJECT_IN_USE',
      message: expect.stringContaining('Explaining 2 images') as string,
    });
  });
});

describe('a folder deleted while the project is open', () => {
  it('refuses the next verdict, says so in the window, and saves what was given in another place', async () => {
    await predicted();
    await give(one);
    rmSync(project, { recursive: true });
    await expect(give(two)).rejects.toMatchObject({ code: 'PROJECT_GONE' });
    await vi.waitFor(() => {
      expect(told.at(-1)).toMatchObject({ access: 'gone', counts: { reviewed: 1 } });
    });
    await expect(call('jobs.predict', undefined)).rejects.toMatchObject({ code: 'PROJECT_GONE' });

    const place = join(folder.path, 'rescued');
    expect(await saveCopy(place)).toMatchObject({
      access: 'writable',
      name: 'Animals',
      counts: { images: 2, predicted: 2, reviewed: 1 },
    });
    expect(backend.workspace.projectFolder).toBe(join(place, 'Animals.hognose'));
    await give(two);
    expect(summary().counts.reviewed).toBe(2);
  });

  it('makes a copy beside others of its name', async () => {
    await saveCopy(folder.path);
    expect(backend.workspace.projectFolder).toBe(join(folder.path, 'Animals 2.hognose'));
    expect(existsSync(project)).toBe(true);
  });
});

describe('a project that may not be written to', () => {
  beforeEach(async () => {
    await predicted();
    await give(one);
    await call('explain.get', { id: one });
    await backend.workspace.closeProject();
    vi.spyOn(Project, 'opening').mockImplementation((at: string) => {
      throw new AppError('READ_ONLY', `${at} may not be written to.`);
    });
  });

  it('opens for looking, with its verdicts and maps', async () => {
    const opened = await backend.workspace.openProject(project);
    expect(opened).toMatchObject({ access: 'read-only', counts: { predicted: 2, explained: 1, reviewed: 1 } });
    expect(await call('explain.get', { id: one })).toMatchObject({ cached: true });
    // Maps that are not kept are made, for as long as the project is open.
    expect(await call('explain.get', { id: two })).toMatchObject({ cached: false });
    expect(await call('jobs.list', undefined)).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('says why verdicts, predicting, renaming and a report in it are not possible', async () => {
    await backend.workspace.openProject(project);
    const refusals = [
      give(two),
      call('jobs.predict', undefined),
      rename('Owls'),
      call('report.create', { place: 'project', name: 'report', formats: ['json'], findings: 1, explain: 0 }),
    ];
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({
        code: 'READ_ONLY',
        hint: expect.stringContaining('Save a copy') as string,
      });
    }
    expect(summary().counts.reviewed).toBe(1);
  });

  it('is reported at another place', async () => {
    await backend.workspace.openProject(project);
    const order = {
      name: 'a/b',
      title: 'What the owls say',
      formats: ['html' as const, 'json' as const],
      findings: 5,
      explain: 1,
    };
    backend.system.chosen.push(folder.path);
    await call('report.create', { place: 'ask', ...order });
    const report = join(folder.path, 'a_b');
    await vi.waitUntil(() => existsSync(join(report, 'report.json')), { timeout: 20_000 });
    expect(await readFile(join(report, 'index.html'), 'utf8')).toContain('<bdi>What the owls say</bdi>');
    expect(readdirSync(project)).not.toContain('report');
  });

  it('is not spoken of as predicted anew when another model is found', async () => {
    engine.model = { ...model, name: 'other-vit', hash: 'b'.repeat(64) };
    await backend.workspace.openProject(project);
    expect(await call('explain.get', { id: one })).toMatchObject({ cached: true });
    await expect(call('explain.get', { id: two })).rejects.toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringContaining('other-vit') as string,
    });
    expect(summary()).toMatchObject({ model: { name: 'tiny-vit' }, counts: { predicted: 2 } });
  });
});
