/** The open project as a folder on disk, through the window's calls: renamed, gone, read-only, saved as a copy. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Workspace } from '../../../src/main/audit/workspace.js';
import { Project } from '../../../src/main/project/project.js';
import { imageId, type ProjectSummary } from '../../../src/shared/audit.js';
import { AppError, type ErrorData } from '../../../src/shared/errors.js';
import { PatientEngine } from '../../support/patient-engine.js';
import { image, info, model, temporaryFolder } from '../project/sample.js';

let folder: ReturnType<typeof temporaryFolder>;
let project: string;
let engine: PatientEngine;
let workspace: Workspace;
let told: (ProjectSummary | null)[];
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
  workspace = new Workspace({
    engine,
    demoFolder: folder.path,
    projectsFolder: folder.path,
    settings: () => ({ ...info.tis, stability: 1, estimate: 'published', precision: 'float32', reviewer: 'Ann' }),
    printPdf: () => Promise.resolve(),
    version: '0.0.0',
  });
  workspace.on((event, payload) => {
    if (event === 'project') told.push(payload as ProjectSummary | null);
    if (event === 'notice') notices.push(payload as ErrorData);
  });
  await workspace.openProject(project);
});
afterEach(async () => {
  engine.answer();
  await workspace.close();
  vi.restoreAllMocks();
  folder.remove();
});

const give = (id = one): Promise<unknown> =>
  workspace.calls['verdict.give']({ ids: [id], verdict: { ...verdict, correctedLabels: [] } });
/** Resolves when everything is predicted. */
async function predicted(): Promise<void> {
  await vi.waitUntil(() => told.at(-1)?.counts.predicted === 2, { timeout: 20_000 });
}

describe('renaming', () => {
  it('gives project and folder the name, keeps what was decided, and is no closing', async () => {
    await predicted();
    await give();
    told.length = 0;
    const summary = await workspace.renameProject('Owls "2026"');
    expect(summary).toMatchObject({ name: 'Owls "2026"', counts: { images: 2, predicted: 2, reviewed: 1 } });
    expect(workspace.projectFolder).toBe(join(folder.path, 'Owls _2026_.hognose'));
    expect(existsSync(project)).toBe(false);
    expect(told).not.toContain(null);
    expect((await workspace.calls['verdict.undo'](undefined)).changes[0]?.row).toMatchObject({
      id: one,
      verdict: null,
    });
    expect(workspace.reportFolder()).toBe(join(folder.path, 'Owls _2026_.hognose', 'report'));
  });

  it('goes on predicting', async () => {
    engine.hold();
    const started = engine.asked(1);
    await workspace.calls['jobs.predict'](undefined);
    await started;
    const renaming = workspace.renameProject('Owls');
    engine.answer();
    await renaming;
    await predicted();
  });

  it('leaves the project open as it was where the name cannot be', async () => {
    mkdirSync(join(folder.path, 'Owls.hognose'));
    await expect(workspace.renameProject('Owls')).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(workspace.renameProject('  ')).rejects.toMatchObject({ code: 'BAD_USAGE' });
    expect(workspace.projectFolder).toBe(project);
    await give();
    expect(workspace.summary()).toMatchObject({ name: 'Animals', counts: { reviewed: 1 } });
  });

  it('waits for work that would be lost', async () => {
    await predicted();
    engine.hold();
    const before = engine.calls.length;
    await workspace.calls['jobs.explain']({ count: 2 });
    await engine.asked(before + 1);
    await expect(workspace.renameProject('Owls')).rejects.toMatchObject({
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
    expect(told.at(-1)).toMatchObject({ access: 'gone', counts: { reviewed: 1 } });
    await expect(workspace.calls['jobs.predict'](undefined)).rejects.toMatchObject({ code: 'PROJECT_GONE' });

    const place = join(folder.path, 'rescued');
    expect(await workspace.saveCopy(place)).toMatchObject({
      access: 'writable',
      name: 'Animals',
      counts: { images: 2, predicted: 2, reviewed: 1 },
    });
    expect(workspace.projectFolder).toBe(join(place, 'Animals.hognose'));
    await give(two);
    expect(workspace.summary().counts.reviewed).toBe(2);
  });

  it('makes a copy beside others of its name', async () => {
    await workspace.saveCopy(folder.path);
    expect(workspace.projectFolder).toBe(join(folder.path, 'Animals 2.hognose'));
    expect(existsSync(project)).toBe(true);
  });
});

describe('a project that may not be written to', () => {
  beforeEach(async () => {
    await predicted();
    await give(one);
    await workspace.calls['explain.get']({ id: one });
    await workspace.closeProject();
    vi.spyOn(Project, 'open').mockImplementation((at: string) => {
      throw new AppError('READ_ONLY', `${at} may not be written to.`);
    });
  });

  it('opens for looking, with its verdicts and maps', async () => {
    const summary = await workspace.openProject(project);
    expect(summary).toMatchObject({ access: 'read-only', counts: { predicted: 2, explained: 1, reviewed: 1 } });
    expect(await workspace.calls['explain.get']({ id: one })).toMatchObject({ cached: true });
    // Maps that are not kept are made, for as long as the project is open.
    expect(await workspace.calls['explain.get']({ id: two })).toMatchObject({ cached: false });
    expect(await workspace.calls['jobs.list'](undefined)).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('says why verdicts, predicting, renaming and a report in it are not possible', async () => {
    await workspace.openProject(project);
    const refusals = [
      give(two),
      workspace.calls['jobs.predict'](undefined),
      workspace.renameProject('Owls'),
      Promise.resolve().then(() =>
        workspace.createReport({ place: null, name: 'report', formats: ['json'], findings: 1, explain: 0 }),
      ),
    ];
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({
        code: 'READ_ONLY',
        hint: expect.stringContaining('Save a copy') as string,
      });
    }
    expect(workspace.summary().counts.reviewed).toBe(1);
  });

  it('is reported at another place', async () => {
    await workspace.openProject(project);
    const order = {
      name: 'a/b',
      title: 'What the owls say',
      formats: ['html', 'json'],
      findings: 5,
      explain: 1,
    } as const;
    workspace.createReport({ place: folder.path, ...order });
    const report = join(folder.path, 'a_b');
    await vi.waitUntil(() => existsSync(join(report, 'report.json')), { timeout: 20_000 });
    expect(await readFile(join(report, 'index.html'), 'utf8')).toContain('<bdi>What the owls say</bdi>');
    expect(readdirSync(project)).not.toContain('report');
  });

  it('is not spoken of as predicted anew when another model is found', async () => {
    engine.model = { ...model, name: 'other-vit', hash: 'b'.repeat(64) };
    await workspace.openProject(project);
    expect(await workspace.calls['explain.get']({ id: one })).toMatchObject({ cached: true });
    await expect(workspace.calls['explain.get']({ id: two })).rejects.toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringContaining('other-vit') as string,
    });
    expect(workspace.summary()).toMatchObject({ model: { name: 'tiny-vit' }, counts: { predicted: 2 } });
  });
});
