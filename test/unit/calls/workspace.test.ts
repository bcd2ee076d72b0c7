/** The window's calls from a new audit to a report, with a real engine process and a real project on disk. */

import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EngineHost, hostEngine } from '../../../src/main/engine/host.js';
import { engineStarter } from '../../../src/main/engine/messages.js';
import { forkNode } from '../../../src/main/processes/fork-node.js';
import {
  classIndex,
  type ImageId,
  imageId,
  type Job,
  labelIndex,
  type ProjectCounts,
  type ProjectSummary,
} from '../../../src/shared/audit.js';
import type { ErrorData } from '../../../src/shared/errors.js';
import type { CallInput, CallName, CallResult } from '../../../src/shared/calls/calls.js';
import type { NewAuditChoice, NewAuditState } from '../../../src/shared/calls/new-audit.js';
import type { Settings } from '../../../src/shared/settings.js';
import { Backend } from '../../support/backend.js';
import { writeSmallDataset } from '../../support/small-dataset.js';
import { writeTinyVitFolder } from '../../support/tiny-vit.js';

const root = join(import.meta.dirname, '../../..');
const perLabel = 40;
let folder: string;
let images: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-workspace-'));
  images = join(folder, 'animals');
  model = join(folder, 'model');
  await writeTinyVitFolder(model);
  for (const label of ['cat', 'dog', 'bird']) {
    await mkdir(join(images, label), { recursive: true });
    for (let at = 0; at < perLabel; at++) {
      const background = { r: (at * 37) % 256, g: (at * 91 + label.length) % 256, b: (at * 53) % 256 };
      await sharp({ create: { width: 20, height: 24, channels: 3, background } })
        .png()
        .toFile(join(images, label, `${String(at)}.png`));
    }
  }
  await writeFile(join(images, 'cat', 'broken.jpg'), 'no image');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let engine: EngineHost;
let backend: Backend;
let place: string;
const settings = { masks: 16, reviewer: 'Ada' } satisfies Partial<Settings>;
const jobs = new Map<string, Job>();
const notices: ErrorData[] = [];
let current: ProjectSummary | null = null;
let waiting: (() => void)[] = [];

async function start(demoFolder = join(root, 'resources/demo')): Promise<void> {
  backend = await Backend.start({ engine, folder: place, demoFolder, settings });
  const wake = (): void => {
    for (const go of waiting.splice(0)) go();
  };
  backend.on('job', (job) => {
    jobs.set(job.id, job);
    wake();
  });
  backend.on('notice', (notice) => {
    notices.push(notice);
  });
  backend.on('project', (summary) => {
    current = summary;
  });
  backend.on('figures', (figures) => {
    if (current !== null) current = { ...current, ...figures };
  });
}

const call = <N extends CallName>(name: N, input: CallInput<N>): Promise<CallResult<N>> =>
  backend.client.call(name, input);

/** Chooses `path` in the dialog for a part of the new audit. */
function pick(what: NewAuditChoice, path: string): Promise<NewAuditState> {
  backend.system.chosen.push(path);
  return call('newAudit.pick', { what });
}

/** Resolves when these counts have been told. */
async function counted(counts: Partial<ProjectCounts>): Promise<void> {
  await vi.waitFor(() => {
    expect(current?.counts).toMatchObject(counts);
  });
}

/** Resolves when a job of this kind has ended. */
async function ended(kind: Job['kind']): Promise<Job> {
  for (;;) {
    const job = [...jobs.values()].find((one) => one.kind === kind && !['queued', 'running'].includes(one.state));
    if (job !== undefined) return job;
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

beforeEach(async () => {
  place = await mkdtemp(join(folder, 'place-'));
  engine = hostEngine(engineStarter(forkNode, join(root, 'out/main/worker.cjs'), { threads: 2, provider: 'cpu' }));
  await start();
});
afterEach(async () => {
  await backend.close();
  await engine.close();
  jobs.clear();
  notices.length = 0;
  waiting = [];
});

/** Puts an audit of the animals together and starts it. */
async function startAudit(): Promise<ProjectSummary> {
  await pick('dataset-folder', images);
  await pick('model-folder', model);
  await call('newAudit.setName', { name: 'My/animals' });
  return call('newAudit.start', undefined);
}

/** The first image by file name. */
async function firstFile(): Promise<ImageId> {
  const order = { by: 'file', descending: false } as const;
  const { first } = await call('gallery.select', { filter: [], order, since: null, near: [] });
  return imageId(first[0] ?? 0);
}

describe('a new audit', () => {
  it('says what is missing, previews ten images and proposes a mapping', async () => {
    const empty = await call('newAudit.create', undefined);
    expect(empty.missing).toEqual(['Choose a dataset.', 'Choose a model.']);
    await expect(call('newAudit.start', undefined)).rejects.toMatchObject({ code: 'BAD_USAGE' });
    expect(empty.choices).toContain('a folder with one folder per class');
    const half = await pick('dataset-folder', images);
    const candidates = [{ id: 'folder-per-class', name: 'A folder per class' }];
    expect(half.dataset).toMatchObject({ format: 'folder-per-class', candidates, images: 3 * perLabel + 1 });
    await expect(call('newAudit.setFormat', { format: 'nothing' })).rejects.toMatchObject({ code: 'BAD_USAGE' });
    expect((await call('newAudit.setFormat', { format: 'folder-per-class' })).dataset).toEqual(half.dataset);
    expect(half.dataset?.labels).toEqual([
      { name: 'bird', count: 40 },
      { name: 'cat', count: 41 },
      { name: 'dog', count: 40 },
    ]);
    const whole = await pick('model-folder', model);
    expect(whole.missing).toEqual([]);
    expect(whole.mapping.map((row) => [row.labelName, row.classIndex, row.by])).toEqual([
      ['bird', null, 'none'],
      ['cat', 0, 'name'],
      ['dog', 1, 'name'],
    ]);
    const mapped = await call('newAudit.setMapping', {
      rows: [{ label: labelIndex(0), classIndex: classIndex(2) }],
    });
    expect(mapped.mapping[0]).toMatchObject({ classIndex: 2, by: 'person' });
    const preview = await call('newAudit.preview', undefined);
    expect(preview.length).toBe(10);
    expect(preview.every((item) => item.top.length === 3 && item.error === null)).toBe(true);
    const picture = await backend.workspace.picture({ kind: 'newAudit', index: 3, size: 'thumb' });
    expect([picture.width, picture.height]).toEqual([20, 24]);
  });

  it('shows what the model sees, takes another preprocessing and class names, and keeps both with the project', async () => {
    await pick('dataset-folder', images);
    await pick('model-folder', model);
    const whole = async (): Promise<readonly (number | undefined)[]> => {
      const [first] = await call('newAudit.preview', undefined);
      const view = first?.modelView;
      return [view?.left, view?.top, view?.width, view?.height].map((value) => value && Number(value.toFixed(4)));
    };
    const seen = await backend.workspace.picture({ kind: 'newAudit', index: 0, size: 'model' });
    expect([seen.width, seen.height, seen.mime]).toEqual([16, 16, 'image/png']);

    const padded = await call('newAudit.setPreprocessing', { choice: { resizeKind: 'longest-edge' } });
    expect(padded.model?.preprocessing).toMatchObject({ resize: { kind: 'longest-edge', size: 16 } });
    // 20 x 24 becomes 13 x 16; the border of 3 has 1 on the left.
    expect(await whole()).toEqual([-0.0769, 0, 1.2308, 1]);
    await expect(call('newAudit.setPreprocessing', { choice: { crop: 12 } })).rejects.toMatchObject({
      code: 'BAD_USAGE',
    });
    expect(backend.workspace.newAudit.state().modelChoice.preprocessing).toEqual({ resizeKind: 'longest-edge' });

    const names = join(place, 'names.txt');
    await writeFile(names, 'bird\nDogs\ncat');
    const named = await pick('class-names', names);
    expect(named.modelChoice.classNames).toEqual({ kind: 'file', path: 'names.txt' });
    expect(named.mapping.map((row) => [row.labelName, row.classIndex, row.suggestion])).toEqual([
      ['bird', 0, undefined],
      ['cat', 2, undefined],
      ['dog', null, 1],
    ]);
    await expect(call('newAudit.setClassNames', { from: 'imagenet' })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
    });
    const file = join(place, 'mapping.csv');
    backend.system.chosen.push(file, file);
    expect(await call('newAudit.exportMapping', undefined)).toBe('mapping.csv');
    await writeFile(file, (await readFile(file, 'utf8')).replace('dog,,', 'dog,Dogs,'));
    const imported = await call('newAudit.importMapping', undefined);
    expect(imported.mapping[2]).toMatchObject({ classIndex: 1, by: 'person' });

    const summary = await call('newAudit.start', undefined);
    expect(summary.model).toMatchObject({
      classes: ['bird', 'Dogs', 'cat'],
      preprocessing: padded.model?.preprocessing,
    });
    const folderOfIt = backend.workspace.projectFolder ?? '';
    await ended('predict');
    await backend.workspace.closeProject();
    const again = await backend.workspace.openProject(folderOfIt);
    expect(again.model.classes).toEqual(['bird', 'Dogs', 'cat']);
    expect(again.counts).toMatchObject({ predicted: 120 });
  });

  it('leaves the new audit as it was when a choice is refused', async () => {
    await pick('dataset-folder', images);
    await expect(pick('model-folder', images)).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
    expect(backend.workspace.newAudit.state()).toMatchObject({ model: null, dataset: { images: 121 } });
  });
});

describe('the open project', () => {
  it('is listed, predicted, explained, judged and reported', async () => {
    const summary = await startAudit();
    expect(summary).toMatchObject({ name: 'My/animals', counts: { images: 121 } });
    expect(backend.workspace.projectFolder).toBe(join(place, 'My_animals.hognose'));
    expect(await ended('predict')).toMatchObject({ state: 'done', done: 121, total: 121, skipped: 1 });
    await counted({ predicted: 120, unreadable: 1, labelled: 121 });

    const { first: ids, ...unread } = await call('gallery.select', {
      filter: [{ column: 'state', op: 'is', value: 'unreadable' }],
      order: { by: 'file', descending: false },
      since: null,
      near: [],
    });
    expect([ids.length, unread.count, unread.total]).toEqual([1, 1, 121]);
    const [broken] = await call('gallery.rows', { ids: [imageId(ids[0] ?? 0)] });
    expect(broken).toMatchObject({ file: 'cat/broken.jpg', prediction: null });
    expect(broken?.error).toContain('not an image in a known format');

    const all = await call('gallery.select', {
      filter: [],
      order: { by: 'self-confidence', descending: false },
      since: unread.revision,
      near: [imageId(ids[0] ?? 0)],
    });
    const { revision, count } = all;
    const found = all.found ?? expect.fail();
    expect([all.first.length, count, all.from, all.first[found.place]]).toEqual([121, 121, 0, found.id]);
    expect(await call('gallery.page', { revision, from: 100, count: 512 })).toEqual(all.first.slice(100));
    const asked = [imageId(all.first[7] ?? 0), imageId(9999)];
    expect(await call('gallery.places', { revision, ids: asked })).toEqual(Int32Array.of(7, -1));
    const never = revision + 1000;
    expect(await call('gallery.page', { revision: never, from: 0, count: 512 })).toBeNull();
    expect(await call('gallery.places', { revision: never, ids: asked })).toBeNull();
    const id = imageId(all.first[0] ?? 0);
    const detail = await call('image.detail', { id });
    expect(detail).toMatchObject({ width: 20, height: 24 });
    expect(detail.modelView).not.toBeNull();

    const first = await call('explain.get', { id });
    expect(first).toMatchObject({ gridWidth: 4, gridHeight: 4, cached: false, parameters: { masks: 16, ratio: 0.5 } });
    expect(first.maps.length).toBe(3);
    expect(first.maps[0]?.classIndex).toBe(detail.prediction?.labelClass);
    const again = await call('explain.get', { id });
    expect(again).toEqual({ ...first, cached: true });
    expect((await call('image.detail', { id })).disagreement).toBe(first.disagreement?.kind ?? null);

    const verdict = { kind: 'wrong-label', correctedLabels: ['dog'], note: 'a tail' } as const;
    const given = await call('verdict.give', {
      ids: [id],
      verdict: { ...verdict, correctedLabels: ['dog'] },
    });
    expect(given).toMatchObject({ canUndo: true, canRedo: false });
    expect(given.changes[0]?.row.verdict).toMatchObject({ ...verdict, reviewer: 'Ada' });
    expect((await call('verdict.undo', undefined)).changes[0]?.row.verdict).toBeNull();
    expect((await call('verdict.redo', undefined)).changes[0]?.row.verdict).toMatchObject(verdict);
    await counted({ reviewed: 1 });

    const job = await call('report.create', {
      place: 'project',
      name: 'report',
      formats: ['html', 'pdf', 'csv'],
      findings: 5,
      explain: 3,
    });
    expect(job).toMatchObject({ kind: 'report', done: 0 });
    expect(await ended('report')).toMatchObject({ state: 'done', error: null });
    const report = join(place, 'My_animals.hognose', 'report');
    for (const format of [null, 'html', 'pdf']) await call('report.open', { format });
    expect(backend.system.opened).toEqual([report, join(report, 'index.html'), join(report, 'report.pdf')]);
    expect(await readFile(join(report, 'report.pdf'), 'utf8')).toBe('%PDF-');
    const unknown = { place: 'project' as const, name: 'other', formats: ['doc'], findings: 5, explain: 3 };
    await expect(call('report.create', unknown)).rejects.toMatchObject({ code: 'BAD_USAGE' });
    await call('report.open', { format: null });
    expect(backend.system.opened.at(-1)).toBe(report);
    expect(notices).toEqual([]);
  });

  it('follows a changed mapping at once', async () => {
    await startAudit();
    await ended('predict');
    await counted({ predicted: 120 });
    const before = current?.counts.disagreements;
    const rows = [0, 1, 2].map((label) => ({ label: labelIndex(label), classIndex: null }));
    const summary = await call('project.setMapping', { rows });
    expect(before).toBeGreaterThan(0);
    expect(summary.counts.disagreements).toBe(0);
    expect(summary.mapping.map((row) => row.by)).toEqual(['none', 'person', 'person']);
  });

  it('shows pictures, and keeps thumbnails in the project', async () => {
    await startAudit();
    await ended('predict');
    const id = await firstFile();
    const made = await backend.workspace.picture({ kind: 'image', id, size: 'thumb' });
    expect([made.width, made.height, made.mime]).toEqual([20, 24, 'image/png']);
    await engine.close(); // what is kept needs no engine
    const kept = await backend.workspace.picture({ kind: 'image', id, size: 'thumb' });
    expect(Buffer.from(kept.bytes).equals(Buffer.from(made.bytes))).toBe(true);
    expect(kept.tag).toBe(made.tag);
    await expect(backend.workspace.picture({ kind: 'image', id, size: 'model' })).rejects.toMatchObject({
      code: 'ENGINE_STOPPED',
    });
    await expect(backend.workspace.picture({ kind: 'image', id: imageId(9999), size: 'thumb' })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });

  it('is gone on with after it was closed in the middle, and finds its maps again', async () => {
    await startAudit();
    await call('project.close', undefined);
    expect(current).toBeNull();
    await expect(call('confusion.get', undefined)).rejects.toMatchObject({ code: 'NO_PROJECT' });
    jobs.clear();
    await backend.workspace.openProject(join(place, 'My_animals.hognose'));
    expect(await ended('predict')).toMatchObject({ state: 'done' });
    await counted({ images: 121, predicted: 120 });
    const first = await call('explain.get', { id: await firstFile() });
    await backend.workspace.openProject(join(place, 'My_animals.hognose'));
    expect(await call('explain.get', { id: first.imageId })).toEqual({ ...first, cached: true });
  });

  it('takes changed settings over, and finds maps of earlier settings when they come back', async () => {
    await startAudit();
    await ended('predict');
    const image = await firstFile();
    await call('explain.get', { id: image });
    await call('settings.set', { masks: 8 });
    const other = await call('explain.get', { id: image });
    expect(other).toMatchObject({ cached: false, parameters: { masks: 8 } });
    await call('settings.set', { masks: 16 });
    expect(await call('explain.get', { id: image })).toMatchObject({
      cached: true,
      parameters: { masks: 16 },
    });
  });

  it('explains the most suspicious images as a job, and does none twice', async () => {
    await startAudit();
    await ended('predict');
    expect(await call('jobs.explain', { count: 4 })).toMatchObject({ kind: 'explain', total: 4 });
    expect(await ended('explain')).toMatchObject({ state: 'done', done: 4 });
    // Copies of the four have their maps, too, but nothing was said of them yet.
    await vi.waitUntil(() => (current?.counts.explained ?? 0) >= 4);
    const next = await call('jobs.explain', { count: 1000 });
    expect(next.total).toBe(120 - 4);
    await call('jobs.cancel', { id: next.id });
  });
});

describe('a file that is written to after it was predicted', () => {
  const file = join('cat', '3.png');
  let overwritten: Buffer;
  let before: Buffer;
  const idOf = async (name: string) => {
    const order = { by: 'file', descending: false } as const;
    const { first } = await call('gallery.select', {
      filter: [{ column: 'text', op: 'has', value: name }],
      order,
      since: null,
      near: [],
    });
    return imageId(first[0] ?? 0);
  };
  const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  beforeEach(async () => {
    before = await readFile(join(images, file));
    overwritten = await sharp({ create: { width: 30, height: 31, channels: 3, background: '#f80' } })
      .png()
      .toBuffer();
    await startAudit();
    await ended('predict');
    jobs.clear();
  });
  afterEach(() => writeFile(join(images, file), before));

  it('is noticed by who asks for its maps: all that is shown is of the new picture', async () => {
    const id = await idOf('cat/3.png');
    await call('explain.get', { id });
    await writeFile(join(images, file), overwritten);
    const changed: unknown[] = [];
    backend.on('contents', (payload) => {
      changed.push(payload);
    });
    const explanation = await call('explain.get', { id });
    expect(explanation.cached).toBe(false);
    expect(changed).toEqual([{ images: [id] }]);
    await ended('predict');
    const detail = await call('image.detail', { id });
    expect(detail).toMatchObject({ sha256: sha(overwritten), width: 30, height: 31, explained: true });
    for (const { classIndex: index, probability } of detail.prediction?.top ?? []) {
      const map = explanation.maps.find((one) => one.classIndex === index);
      expect(map?.probability).toBeCloseTo(probability, 5);
    }
  });

  it('is predicted again before a report prints it', async () => {
    const id = await idOf('cat/3.png');
    await call('verdict.give', { ids: [id], verdict: { kind: 'ambiguous', correctedLabels: [], note: '' } });
    await writeFile(join(images, file), overwritten);
    const wish = { name: 'report', title: 'T', formats: ['json' as const], findings: 200, explain: 0 };
    await call('report.create', { place: 'project', ...wish });
    expect(await ended('report')).toMatchObject({ state: 'done' });
    expect((await call('image.detail', { id })).sha256).toBe(sha(overwritten));
    await counted({ predicted: 120, reviewed: 0 });
  });

  it('is found by a scan, which keeps what did not change', async () => {
    const id = await idOf('cat/3.png');
    const other = await idOf('cat/4.png');
    await call('verdict.give', { ids: [other], verdict: { kind: 'unsure', correctedLabels: [], note: '' } });
    await writeFile(join(images, file), overwritten);
    await utimes(join(images, 'cat', '4.png'), new Date(), new Date());
    const summary = await call('project.rescan', undefined);
    expect(summary.counts).toMatchObject({ predicted: 119, reviewed: 1 });
    await ended('predict');
    await counted({ predicted: 120 });
    expect(notices.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('1 image holds another picture'),
    );
    expect((await call('image.detail', { id })).sha256).toBe(sha(overwritten));
  });
});

it('opens the demo with the ordinary readers, once', async () => {
  const demo = await call('project.openDemo', undefined);
  expect(demo).toMatchObject({ format: 'idx', counts: { images: 10_000, labelled: 10_000 } });
  expect(demo.mapping.map((row) => row.classIndex)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const made = backend.workspace.projectFolder;
  await call('project.close', undefined);
  const again = await call('project.openDemo', undefined);
  expect(backend.workspace.projectFolder).toBe(made);
  expect(again.counts.images).toBe(10_000);
});

it('finds the demo again after the application has moved', async () => {
  const before = join(folder, 'before');
  const after = join(folder, 'after');
  await writeSmallDataset(join(before, 'data'), 70);
  await cp(join(root, 'resources/demo/model'), join(before, 'model'), { recursive: true });
  await backend.close();
  await start(before);
  await call('project.openDemo', undefined);
  await ended('predict');
  await backend.close();
  await rename(before, after);
  await start(after);
  const moved = await call('project.openDemo', undefined);
  expect(moved).toMatchObject({ datasetPath: join(after, 'data'), counts: { images: 70, predicted: 70 } });
  const picture = await backend.workspace.picture({ kind: 'image', id: imageId(1), size: 'model' });
  expect([picture.width, picture.height]).toEqual([28, 28]);
  expect(await call('explain.get', { id: imageId(1) })).toMatchObject({ gridWidth: 14 });
});

describe('the model page', () => {
  it('reports on the project’s model and on others, inspecting a model once at a time', async () => {
    await startAudit();
    await ended('predict');
    const inspect = vi.spyOn(engine, 'inspectModel');
    const [one, other] = await Promise.all([call('model.inspect', undefined), call('model.inspect', undefined)]);
    expect(other).toEqual(one);
    expect(inspect).toHaveBeenCalledTimes(1);
    expect(one.summary.hash).toBe(current?.model.hash);
    expect(one.proof).toMatchObject({ against: 'unfused', subsetTokens: 8 });
    expect(one.proof.difference).toBeLessThan(1e-5);
    expect(one.costs.provider.name).toBe('CPU');
    backend.system.chosen.push(join(root, 'resources/demo/model'), join(folder, 'nowhere'));
    const demo = await call('model.compare', { what: 'model-folder' });
    expect(demo?.summary.blocks).toBe(6);
    await expect(call('model.compare', { what: 'model-folder' })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('gives up the inspection when the project is closed, and needs a project', async () => {
    await startAudit();
    const report = call('model.inspect', undefined);
    const given = expect(report).rejects.toMatchObject({ code: 'CANCELLED' });
    await backend.workspace.closeProject();
    await given;
    await expect(call('model.inspect', undefined)).rejects.toMatchObject({ code: 'NO_PROJECT' });
  });
});
