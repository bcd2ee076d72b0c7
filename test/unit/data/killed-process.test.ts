/** A data process that is killed: nothing that was acknowledged is lost, nothing is done twice, and work goes on. */

import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { OpenProject } from '../../../src/main/data/open-project.js';
import { imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { KilledProcesses } from '../../support/killed-processes.js';
import { moment } from '../../support/moment.js';
import { explanation, image, info, map, predicted, temporaryFolder, tis } from '../project/sample.js';

const one = imageId(1);
const two = imageId(2);
const unsure = { kind: 'unsure', correctedLabels: [], note: '' } as const;
const stopped = { code: 'DATA_STOPPED', message: expect.stringContaining('SIGKILL') as string };

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
let processes: KilledProcesses;
let project: OpenProject;
let restarts: number;

beforeEach(async () => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'a.hognose');
  processes = new KilledProcesses();
  project = await processes.data.open({ how: 'create', folder, info });
  await project.setReviewer('Ann');
  await project.addImages([image('a.png', 'cat'), image('b.png', 'dog')]);
  restarts = 0;
  project.listen({ contentsChanged: () => undefined, mapsGone: () => undefined, restarted: () => (restarts += 1) });
});
afterEach(async () => {
  await project.close();
  temporary.remove();
});

const actions = async (id = one): Promise<string[]> => (await project.detail(id)).history.map(({ action }) => action);

describe('a process that is killed after it has done something and before it says so', () => {
  it('has given a verdict once, by whom it was', async () => {
    processes.killAfter('give');
    const outcome = await project.give([one, two], { ...unsure, note: 'dark' }, moment());
    expect(outcome).toMatchObject({ canUndo: true, canRedo: false });
    expect(outcome.changes.map(({ row, before, after }) => [row.id, row.verdict?.note, before, after?.note])).toEqual([
      [one, 'dark', null, 'dark'],
      [two, 'dark', null, 'dark'],
    ]);
    expect([restarts, processes.started]).toEqual([1, 2]);
    expect([await actions(one), await actions(two)]).toEqual([['give'], ['give']]);
    expect((await project.detail(one)).verdict).toMatchObject({ reviewer: 'Ann', note: 'dark' });
  });

  it('has taken verdicts away, undone and redone once', async () => {
    await project.give([one], unsure, moment());
    await project.give([one], { ...unsure, kind: 'ambiguous' }, moment());
    processes.killAfter('undo');
    const undone = await project.undo(moment());
    expect(undone.changes[0]).toMatchObject({ before: { kind: 'ambiguous' }, after: { kind: 'unsure' } });
    processes.killAfter('redo');
    const redone = await project.redo(moment());
    expect(redone.changes[0]).toMatchObject({ before: { kind: 'unsure' }, after: { kind: 'ambiguous' } });
    processes.killAfter('clear');
    const cleared = await project.clear([one], moment());
    expect(cleared.changes[0]).toMatchObject({ before: { kind: 'ambiguous' }, after: null, row: { verdict: null } });
    expect(await actions()).toEqual(['give', 'give', 'undo', 'redo', 'clear']);
    await project.undo(moment());
    await project.undo(moment());
    expect((await project.detail(one)).verdict?.kind).toBe('unsure');
    expect(restarts).toBe(3);
  });

  it('has kept a batch of predictions once', async () => {
    processes.killAfter('recordPredictions');
    await project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    expect(await project.counts()).toMatchObject({ images: 2, predicted: 1, disagreements: 1 });
    expect(await project.probabilities(one)).toEqual(Float32Array.of(0.25, 0.5, 0.25));
  });

  it('has saved a copy, or begins it anew where that was cut off', async () => {
    await project.give([one], unsure, moment());
    const copy = join(temporary.path, 'copy.hognose');
    mkdirSync(`${copy}.unfinished`);
    writeFileSync(join(`${copy}.unfinished`, 'verdicts.sqlite'), 'half of it');
    await project.saveCopy(copy);
    const other = await processes.data.open({ how: 'open', folder: copy });
    expect((await other.detail(one)).verdict?.kind).toBe('unsure');
    await other.close();
    expect(readdirSync(temporary.path).sort()).toEqual(['a.hognose', 'copy.hognose']);
  });

  it('has taken all maps away, and says of which images in the process that did; the ceiling stays what it was', async () => {
    const told: number[] = [];
    project.listen({
      contentsChanged: () => undefined,
      mapsGone: (ids) => told.push(...ids),
      restarted: () => (restarts += 1),
    });
    await project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    const maps = explanation([map(0, 0.5, [1, 2, 3, 4], [4, 3, 2, 1])]);
    await project.saveExplanation(one, maps, info);
    await project.setCeiling(3e8, {});
    expect(await project.cacheFigures()).toMatchObject({ maps: 1, ceiling: 3e8 });
    await project.freeSpace({});
    expect(told).toEqual([one]);
    await project.saveExplanation(one, maps, info);
    processes.killAfter('freeSpace');
    expect(await project.freeSpace({})).toMatchObject({ problem: null, figures: { maps: 0, bytes: 0, ceiling: 3e8 } });
    expect(restarts).toBe(1);
    expect(await project.counts()).toMatchObject({ explained: 0, predicted: 1 });
  });

  it('has made a project once', async () => {
    processes.killAfter('open');
    const other = await processes.data.open({ how: 'create', folder: join(temporary.path, 'b.hognose'), info });
    expect([await other.imageCount(), other.info]).toEqual([0, info]);
    await other.close();
  });

  it('has changed the facts, which are the same in the mirror', async () => {
    processes.killAfter('setTis');
    await project.setTis({ ...tis, masks: 16 });
    expect(project.info.tis.masks).toBe(16);
    processes.kill();
    await project.counts();
    expect(project.info).toEqual({ ...info, tis: { ...tis, masks: 16 } });
  });
});

describe('a process that is killed', () => {
  it('in the middle of computing scores is started anew, and they are computed to the end', async () => {
    const many = Array.from({ length: 5000 }, (_, at) => image(`${String(at)}.png`, at % 2 === 0 ? 'cat' : 'dog'));
    await project.addImages(many);
    await project.recordPredictions(
      many.map((_, at) => ({ id: imageId(at + 3), outcome: predicted(String(at), [(at % 97) / 100, 0, 0]) })),
    );
    await project.setMapping(info.mapping.map((row) => ({ ...row, classIndex: null, by: 'none' })));
    await project.setMapping(info.mapping);
    processes.killOn(({ kind }) => kind === 'progress');
    const told: number[] = [];
    await project.score('all', { onProgress: ({ done }) => told.push(done) });
    expect([restarts, processes.started]).toEqual([1, 2]);
    expect(await project.staleScores('all')).toBe(0);
  });

  it('while nothing is asked of it is started with the next call', async () => {
    processes.kill();
    expect(await project.imageCount()).toBe(2);
    expect(restarts).toBe(1);
  });

  it('twice while it does the same is not started a third time for that', async () => {
    processes.killAfter('give', 2);
    await expect(project.give([one], unsure, moment())).rejects.toMatchObject(stopped);
    // It was done, and the next call is answered.
    expect(await actions()).toEqual(['give']);
    expect(processes.started).toBe(3);
  });

  it('twice while it is opened rejects what waits, and is started with the call after that', async () => {
    processes.killAfter('open', 2);
    processes.kill();
    await expect(project.imageCount()).rejects.toMatchObject(stopped);
    expect(await project.imageCount()).toBe(2);
  });

  it('answers all that was under way, what was done already as it is now', async () => {
    processes.killAfter('counts');
    const answers = Array.from({ length: 20 }, async (_, at) => {
      void project.addImages([image(`new ${String(at)}.png`, 'cat')]);
      return (await project.counts()).images;
    });
    const counted = await Promise.all(answers);
    expect(counted.every((images, at) => images >= at + 3 && images <= 22)).toBe(true);
    expect([await project.imageCount(), restarts]).toEqual([22, 1]);
  });

  it('while it is closed leaves nothing behind', async () => {
    const closing = project.close();
    processes.kill();
    await closing;
    await expect(project.counts()).rejects.toMatchObject({ code: 'CANCELLED' });
    project = await processes.data.open({ how: 'open', folder });
    expect(await project.imageCount()).toBe(2);
  });

  it('looks again with the facts that last as long as it is open', async () => {
    await project.close();
    project = await processes.data.open({ how: 'read-only', folder });
    await project.setTis({ ...tis, masks: 16 });
    processes.kill();
    expect(await project.access()).toBe('read-only');
    expect(project.info.tis.masks).toBe(16);
    expect(await project.summary()).toMatchObject({ tis: { masks: 16 } });
  });

  it('rejects with the reason where the project cannot be opened any more', async () => {
    await project.close();
    project = await processes.data.open({ how: 'open', folder });
    chmodSync(folder, 0o000);
    processes.kill();
    const failed = await project.imageCount().catch((error: unknown) => error);
    chmodSync(folder, 0o755);
    // Whoever may do everything may open it all the same.
    if (process.getuid?.() !== 0) expect(failed).toBeInstanceOf(AppError);
    expect(await project.imageCount()).toBe(2);
  });

  it.each([1, 2, 3])('at any moment loses and doubles no verdict (history %i)', async (seed) => {
    const random = seededRandom(seed);
    let given = 0;
    for (let round = 0; round < 6; round += 1) {
      const killing = setTimeout(
        () => {
          processes.kill();
        },
        Math.floor(random() * 12),
      );
      for (let step = 0; step < 10; step += 1) {
        const outcome = await project.give([one], { ...unsure, note: String(given) }, moment());
        expect(outcome.changes[0]?.row.verdict?.note).toBe(String(given));
        given += 1;
      }
      clearTimeout(killing);
    }
    const { history } = await project.detail(one);
    expect(history.map(({ verdict }) => verdict?.note)).toEqual(Array.from({ length: given }, (_, at) => String(at)));
    for (let left = given; left > 0; left -= 1) await project.undo(moment());
    expect(await project.detail(one)).toMatchObject({ verdict: null });
    await expect(project.undo(moment())).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });
});
