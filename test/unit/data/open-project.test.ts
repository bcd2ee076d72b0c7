/** What main may rely on of an open project, in a process of its own and in this one alike. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Data } from '../../../src/main/data/data.js';
import { dataHere } from '../../../src/main/data/data-here.js';
import type { OpenProject } from '../../../src/main/data/open-project.js';
import { Project } from '../../../src/main/project/project.js';
import { classIndex, type ImageId, imageId } from '../../../src/shared/audit.js';
import type { Progress } from '../../../src/shared/progress.js';
import { KilledProcesses } from '../../support/killed-processes.js';
import { moment } from '../../support/moment.js';
import { image, info, model, predicted, temporaryFolder, tis } from '../project/sample.js';

const many = 6000;
const one = imageId(1);
const swapped = info.mapping.map((row) => ({ ...row, classIndex: classIndex([1, 0, 2][row.label] ?? 0) }));

describe.each<readonly [string, () => Data]>([
  ['in a process of its own', () => new KilledProcesses().data],
  ['in this process', () => dataHere],
])('a project that is open %s', (_, where) => {
  let temporary: ReturnType<typeof temporaryFolder>;
  let folder: string;
  let data: Data;
  let project: OpenProject;

  beforeEach(async () => {
    temporary = temporaryFolder();
    folder = join(temporary.path, 'a.hognose');
    data = where();
    project = await data.open({ how: 'create', folder, info });
  });
  afterEach(async () => {
    await project.close();
    temporary.remove();
  });

  /** Many predicted images whose scores are all stale. */
  async function fill(): Promise<void> {
    const images = Array.from({ length: many }, (__, at) => image(`${String(at)}.png`, at % 2 === 0 ? 'cat' : 'dog'));
    await project.addImages(images);
    await project.recordPredictions(
      images.map((__, at) => {
        const own = (at % 997) / 1000;
        return { id: imageId(at + 1), outcome: predicted(String(at), [own, 1 - own, 0]) };
      }),
    );
    await project.setMapping(swapped);
  }

  it('answers what its methods answer, numbers in typed arrays included', async () => {
    await project.addImages([image('a.png', 'cat')]);
    await project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    expect(await project.probabilities(one)).toEqual(Float32Array.of(0.25, 0.5, 0.25));
    expect(await project.query([], { by: 'file', descending: false })).toEqual(Uint32Array.of(1));
    expect(await project.counts()).toMatchObject({ images: 1, predicted: 1 });
    expect([await project.access(), await project.scanned()]).toEqual(['writable', false]);
  });

  it('rejects with what they throw', async () => {
    const hint = 'Reload the gallery.';
    await expect(project.detail(imageId(7))).rejects.toMatchObject({ name: 'AppError', code: 'IMAGE_NOT_FOUND', hint });
    await expect(project.undo(moment())).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });

  it('carries calls out in the order in which they were made', async () => {
    const names = Array.from({ length: 50 }, (__, at) => `${String(at)}.png`);
    const counts = names.map(async (name) => {
      void project.addImages([image(name, 'cat')]);
      return (await project.counts()).images;
    });
    expect(await Promise.all(counts)).toEqual(names.map((__, at) => at + 1));
  });

  it('has its facts at hand, as they are once a call is answered; what did not change stays the same object', async () => {
    const before = project.info;
    await project.setTis({ ...tis, masks: 16 });
    expect(project.info).toEqual({ ...info, tis: { ...tis, masks: 16 } });
    expect([project.info.mapping === before.mapping, project.info.model === before.model]).toEqual([true, true]);
    await project.addImages([image('a.png', 'bat')]);
    expect(project.info.labels).toEqual([...info.labels, 'bat']);
    const now = project.info;
    await project.counts();
    expect(project.info).toBe(now);
  });

  it('has them also where the call that changed them fails afterwards', async () => {
    const { mapping } = project.info;
    await Promise.allSettled([project.setMapping(swapped), project.detail(imageId(7))]);
    expect(project.info.mapping).not.toBe(mapping);
    expect(project.info.mapping).toEqual(swapped);
  });

  it('tells of contents that changed before whoever noticed it is answered', async () => {
    const told: ImageId[] = [];
    project.listen({
      contentsChanged: (ids) => told.push(...ids),
      mapsGone: () => undefined,
      restarted: () => expect.fail(),
    });
    await project.addImages([image('a.png', 'cat')]);
    await project.recordPredictions([{ id: one, outcome: predicted('a', [1, 0, 0]) }]);
    const outcome = { ok: true, sha256: 'c'.repeat(64), bytes: 3, stamp: 'new' } as const;
    expect(await project.identify([{ id: one, outcome }])).toBe(1);
    expect(told).toEqual([one]);
  });

  it('answers others while something long is under way, which tells how far it has come', async () => {
    await fill();
    const told: Progress[] = [];
    const order: string[] = [];
    const long = project.score('all', { onProgress: (progress) => told.push(progress) }).then(() => order.push('long'));
    for (let asked = 0; asked < 3; asked += 1) await project.counts().then(() => order.push('short'));
    await long;
    expect(order).toEqual(['short', 'short', 'short', 'long']);
    const total = told[0]?.total ?? 0;
    expect(told.at(-1)).toEqual({ done: total, total });
    expect(told.every(({ done }, at) => done >= (told[at - 1]?.done ?? 0))).toBe(true);
    expect(await project.staleScores('all')).toBe(0);
  });

  it('gives up what is cancelled, and goes on answering', async () => {
    await fill();
    const controller = new AbortController();
    // Told for the first time after the first slice.
    const long = project.score('all', {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(long).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await project.staleScores('all')).toBeGreaterThan(0);
    await expect(project.noise({ signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('answers what was asked before it is closed, gives up what is long, and refuses what comes after', async () => {
    await fill();
    const long = expect(project.noise({})).rejects.toMatchObject({ code: 'CANCELLED' });
    const verdict = { kind: 'unsure', correctedLabels: [], note: '' } as const;
    const given = project.give([one], verdict, moment());
    const closing = project.close();
    const late = expect(project.counts()).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await given).toMatchObject({ canUndo: true });
    await Promise.all([closing, long, late]);
    await project.close();
    const again = Project.open(folder);
    expect(again.detail(one).verdict?.kind).toBe('unsure');
    again.close();
  });

  it('is opened for looking where that is wanted, and its lock is free when it is closed', async () => {
    await project.addImages([image('a.png', 'cat')]);
    await expect(data.open({ how: 'open', folder })).rejects.toMatchObject({ code: 'PROJECT_IN_USE' });
    const looking = await data.open({ how: 'read-only', folder });
    expect([await looking.access(), await looking.imageCount()]).toEqual(['read-only', 1]);
    await expect(looking.requireWritable()).rejects.toMatchObject({ code: 'READ_ONLY' });
    await looking.close();
    await project.close();
    project = await data.open({ how: 'as-allowed', folder });
    expect([await project.access(), await project.imageCount()]).toEqual(['writable', 1]);
  });

  it('is not opened, with the reason, where there is none', async () => {
    const nowhere = join(temporary.path, 'nowhere');
    await expect(data.open({ how: 'open', folder: nowhere })).rejects.toMatchObject({ code: 'NO_PROJECT' });
    await expect(data.open({ how: 'create', folder, info })).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });

  it('is not opened when that is given up before', async () => {
    const signal = AbortSignal.abort();
    await project.close();
    await expect(data.open({ how: 'open', folder }, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    project = await data.open({ how: 'open', folder });
  });

  it('is given another name by a task of its own', async () => {
    await project.close();
    const renamed = await data.renameProject({ folder, name: 'Owls' });
    expect(renamed).toBe(join(temporary.path, 'Owls.hognose'));
    project = await data.open({ how: 'open', folder: renamed });
    expect([project.folder, project.info.name]).toEqual([renamed, 'Owls']);
    mkdirSync(join(temporary.path, 'Bats.hognose'));
    await expect(data.renameProject({ folder: renamed, name: 'Bats' })).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    });
  });

  it('takes no predictions of another model, also where that was changed a moment before', async () => {
    await project.addImages([image('a.png', 'cat')]);
    const changing = project.setModel({ path: '/models/b' }, { ...model, hash: 'b'.repeat(64) }, info.mapping);
    const late = project.recordPredictions([{ id: one, outcome: predicted('a', [1, 0, 0]) }], model.hash);
    await expect(late).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    await changing;
    expect(await project.counts()).toMatchObject({ predicted: 0 });
  });

  it('keeps the rows of labels that a mapping does not know yet', async () => {
    await project.addImages([image('a.png', 'bat')]);
    await project.setMapping(swapped);
    expect(project.info.mapping.map(({ labelName }) => labelName)).toEqual([...info.labels, 'bat']);
  });
});
