import { beforeEach, describe, expect, it, vi } from 'vitest';

import { runCommand } from '../../../src/renderer/state/commands.js';
import { imageId, type ImageRow, jobId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { Client } from '../../../src/renderer/state/client.js';
import { Notices } from '../../../src/renderer/state/notices.svelte.js';
import { RowStore } from '../../../src/renderer/state/rows.svelte.js';
import { listedIds } from '../../support/listed-ids.js';
import { filterOf } from '../../support/filter.js';
import type { WatchedBridge } from '../../support/watched-bridge.js';
import {
  openWindow,
  type OpenedWindow,
  showWindow,
  startBackend,
  type StartOptions,
  until,
} from '../../support/window.js';

const names = ['Boot', 'Coat', 'Shirt'];
const labels = Array.from({ length: 60 }, (_, index) => index % 3);

const open = (options: Partial<StartOptions> = {}): Promise<OpenedWindow> => openWindow({ labels, names, ...options });

describe('an opened project', () => {
  it('shows all images, most suspicious first, and selects the first', async () => {
    const { app, row } = await open();
    expect(app.gallery.total).toBe(60);
    const confidence = (id: number): number => row(id).scores['self-confidence'] ?? 1;
    const [first = 0, second = 0] = listedIds(app.gallery);
    expect(confidence(first)).toBeLessThanOrEqual(confidence(second));
    await until(() => app.gallery.selectedIndex === 0);
  });

  it('selects nothing by itself while predictions are missing', async () => {
    const { app } = await open({ predicted: 0.5 });
    expect(app.gallery.selectedId).toBeNull();
  });

  it('stays where it is when the project gets another name', async () => {
    const { app } = await open();
    app.gallery.setFilter(filterOf('coat'));
    expect(await app.project.rename(' Owls ')).toBeNull();
    expect(app.project.summary?.name).toBe('Owls');
    expect(app.gallery.filter).toEqual(filterOf('coat'));
  });

  it('tells why it cannot be renamed, and that nothing is kept any more', async () => {
    const { app, bridge, backend } = await open();
    bridge.failures.set('project.rename', new AppError('OUTPUT_UNWRITABLE', 'There is one already.', 'Another name.'));
    expect(await app.project.rename('Owls')).toMatchObject({
      message: 'There is one already.',
      hint: 'Another name.',
    });
    expect(app.project.summary?.name).toBe('Wardrobe');
    backend.workspace.tell('project', { ...(app.project.summary ?? expect.fail()), access: 'gone' });
    expect(app.project.summary?.access).toBe('gone');
    await app.saveCopy();
    expect(bridge.calls.at(-1)).toBe('project.saveCopy');
  });

  it('starts over when the project closes', async () => {
    const { app, bridge } = await open();
    app.gallery.setFilter(filterOf('coat'));
    await bridge.call('project.close', undefined);
    expect(app.project.summary).toBeNull();
    expect(app.gallery.filter).toEqual([]);
    expect(app.gallery.selectedId).toBeNull();
  });
});

describe('the gallery', () => {
  it('narrows by facets and text, and counts what is left', async () => {
    const { app } = await open();
    app.gallery.toggle('label', 1);
    await until(() => app.gallery.count === 20);
    expect(app.gallery.filtered).toBe(true);
    app.gallery.toggle('label', 1);
    await until(() => app.gallery.count === 60);
    expect(app.gallery.filtered).toBe(false);
  });

  it('keeps the selected image by id when the order changes', async () => {
    const { app } = await open();
    app.gallery.selectIndex(5);
    const selected = app.gallery.selectedId;
    app.gallery.setOrder({ by: 'self-confidence', descending: true });
    await until(() => app.gallery.selectedIndex === 54);
    expect(app.gallery.selectedId).toBe(selected);
  });

  it('keeps the last answer when a query fails, and says why', async () => {
    const { app, bridge } = await open();
    bridge.failures.set('gallery.select', new AppError('INTERNAL', 'The database is busy.'));
    await app.gallery.reload();
    expect(app.gallery.error?.message).toBe('The database is busy.');
    expect(app.gallery.count).toBe(60);
    await app.gallery.reload();
    expect(app.gallery.error).toBeNull();
  });

  it('names the next images and the previous one as those to compute ahead', async () => {
    const { app } = await open();
    app.gallery.selectIndex(3);
    const ids = listedIds(app.gallery);
    expect(app.gallery.ahead(2)).toEqual([ids[4], ids[5], ids[2]]);
    app.gallery.selectIndex(59);
    expect(app.gallery.ahead(2)).toEqual([ids[58]]);
  });
});

describe('the rows', () => {
  let bridge: WatchedBridge;
  let rows: RowStore;
  let first: ImageRow;

  beforeEach(async () => {
    const started = await startBackend({ labels, names });
    await started.backend.workspace.openProject(started.project);
    [first = expect.fail()] = await started.backend.workspace.audit().project.rows([imageId(1)]);
    ({ bridge } = started);
    rows = new RowStore(new Client(bridge), new Notices());
  });

  it('fetches what is missing in one call and nothing twice', async () => {
    rows.want([1, 2, 3]);
    await until(() => rows.slot(3).row !== null);
    rows.want([2, 3, 4]);
    await until(() => rows.slot(4).row !== null);
    rows.want([1, 2, 3, 4]);
    expect(bridge.count('gallery.rows')).toBe(2);
  });

  it('fetches again only those in view after a change', async () => {
    rows.want([1, 2]);
    await until(() => rows.slot(2).row !== null);
    rows.invalidate([imageId(50)]);
    expect(bridge.count('gallery.rows')).toBe(1);
    expect(rows.slot(1).row?.verdict).toBeNull();
    await bridge.call('verdict.give', {
      ids: [1],
      verdict: { kind: 'unsure', correctedLabels: [], note: '' },
    });
    rows.invalidate([imageId(1)]);
    await until(() => rows.slot(1).row?.verdict?.kind === 'unsure');
    expect(bridge.count('gallery.rows')).toBe(2);
  });

  it('does not let a fetch under way undo a newer row', async () => {
    rows.want([1]);
    const newer = { ...first, split: 'newer' };
    rows.put(newer);
    rows.want([1, 2]);
    await until(() => rows.slot(2).row !== null);
    expect(rows.slot(1).row?.split).toBe('newer');
  });
});

describe('verdicts', () => {
  it('takes one key, is written before it shows, and goes on', async () => {
    const { app, bridge } = await open();
    app.gallery.selectIndex(0);
    const id = app.gallery.selectedId ?? expect.fail();
    await app.verdicts.press('ambiguous');
    expect(bridge.count('verdict.give')).toBe(1);
    expect(app.rows.slot(id).row?.verdict).toMatchObject({ kind: 'ambiguous', reviewer: 'Ana', correctedLabels: [] });
    expect(app.gallery.selectedIndex).toBe(1);
  });

  it('takes fast presses in order, one image each', async () => {
    const { app } = await open();
    app.gallery.selectIndex(0);
    await Promise.all([
      app.verdicts.press('right-label'),
      app.verdicts.press('unsure'),
      app.verdicts.press('bad-image'),
    ]);
    const kinds = [0, 1, 2].map((place) => app.rows.slot(listedIds(app.gallery)[place] ?? 0).row?.verdict?.kind);
    expect(kinds).toEqual(['right-label', 'unsure', 'bad-image']);
    expect(app.gallery.selectedIndex).toBe(3);
  });

  it('offers the prediction for a wrong label, so that Enter is the second key', async () => {
    const { app } = await open();
    const place = listedIds(app.gallery).findIndex((id) => app.rows.slot(id).row?.prediction?.labelRank !== 1);
    app.gallery.selectIndex(Math.max(0, place));
    const row = app.rows.slot(app.gallery.selectedId ?? 0).row ?? expect.fail();
    await app.verdicts.press('wrong-label');
    const correction = app.verdicts.correction ?? expect.fail();
    const label = app.project.labelName(row.label);
    const top = row.prediction?.top.map((entry) => app.project.correctionTo(entry.classIndex)) ?? [];
    expect(correction.labels).toEqual([top.find((name) => name !== label)]);
    expect(correction.labels).not.toContain(label);
    expect(correction.options.map((option) => option.label).slice(0, top.length)).toEqual([
      ...correction.labels,
      ...top.filter((name) => !correction.labels.includes(name)),
    ]);
    await app.verdicts.accept(correction.labels);
    expect(app.rows.slot(row.id).row?.verdict).toMatchObject({
      kind: 'wrong-label',
      correctedLabels: correction.labels,
    });
    expect(app.verdicts.correction).toBeNull();
  });

  it('offers label and prediction for several labels', async () => {
    const { app } = await open();
    app.gallery.selectIndex(0);
    await app.verdicts.press('several-labels');
    expect(app.verdicts.correction?.labels).toHaveLength(2);
  });

  it('asks for the reviewer once, then goes on with the verdict', async () => {
    const { app, bridge, row } = await open({ settings: { reviewer: '' } });
    app.gallery.selectIndex(0);
    await app.verdicts.press('right-label');
    expect(app.verdicts.waiting).toBe('right-label');
    expect(bridge.count('verdict.give')).toBe(0);
    await app.verdicts.introduce('  Ben ');
    expect(bridge.count('verdict.give')).toBe(1);
    expect(row(listedIds(app.gallery)[0] ?? 0).verdict?.reviewer).toBe('Ben');
    await app.verdicts.press('right-label');
    expect(app.verdicts.waiting).toBeNull();
  });

  it('undoes and redoes, going to the image concerned', async () => {
    const { app } = await open();
    app.gallery.selectIndex(0);
    const id = app.gallery.selectedId ?? expect.fail();
    await app.verdicts.press('bad-image');
    await app.verdicts.undo();
    expect(app.rows.slot(id).row?.verdict).toBeNull();
    expect(app.gallery.selectedId).toBe(id);
    expect([app.verdicts.canUndo, app.verdicts.canRedo]).toEqual([false, true]);
    await app.verdicts.redo();
    expect(app.rows.slot(id).row?.verdict?.kind).toBe('bad-image');
    expect([app.verdicts.canUndo, app.verdicts.canRedo]).toEqual([true, false]);
  });

  it('says where an undone verdict brought its image back into the list', async () => {
    const { app } = await open();
    app.gallery.setFilter([{ column: 'verdict', op: 'is', value: null }]);
    await until(() => !app.gallery.waiting);
    app.gallery.selectIndex(3);
    await app.verdicts.press('unsure');
    await app.gallery.reload();
    expect(app.gallery.count).toBe(59);
    await app.verdicts.undo();
    expect(app.notices.items.at(-1)?.hint).toContain('(4 of 60)');
    expect([app.gallery.count, app.gallery.selectedIndex]).toEqual([60, 3]);
  });

  it('knows from the start what can be undone and redone in a project', async () => {
    const { app } = await open();
    expect([app.verdicts.canUndo, app.verdicts.canRedo]).toEqual([false, false]);
    app.gallery.selectIndex(0);
    await app.verdicts.press('bad-image');
    app.gallery.selectIndex(1);
    await app.verdicts.press('unsure');
    await app.verdicts.undo();
    app.setProject(app.project.summary ?? expect.fail());
    await until(() => app.verdicts.canRedo);
    expect(app.verdicts.canUndo).toBe(true);
  });

  it('says that there is nothing to undo instead of failing', async () => {
    const { app } = await open();
    await app.verdicts.undo();
    expect(app.notices.items.map((item) => [item.tone, item.message])).toEqual([['info', 'Nothing to undo']]);
  });

  it('shows no verdict that could not be written, and stays on the image', async () => {
    const { app, bridge } = await open();
    app.gallery.selectIndex(0);
    const id = app.gallery.selectedId ?? expect.fail();
    bridge.failures.set('verdict.give', new AppError('DISK_FULL', 'The disk is full.', 'Free some space.'));
    await app.verdicts.press('right-label');
    expect(app.rows.slot(id).row?.verdict).toBeNull();
    expect(app.gallery.selectedIndex).toBe(0);
    expect(app.notices.items[0]).toMatchObject({
      tone: 'error',
      message: 'The disk is full.',
      hint: 'Free some space.',
    });
  });

  it('writes the note with the verdict', async () => {
    const { app } = await open();
    app.gallery.selectIndex(0);
    const id = app.gallery.selectedId ?? expect.fail();
    app.verdicts.note = ' both shoes ';
    await app.verdicts.press('ambiguous');
    expect(app.rows.slot(id).row?.verdict?.note).toBe('both shoes');
  });
});

describe('the inspector', () => {
  it('explains the image at rest, computes the next ones ahead, and remembers', async () => {
    const { app, bridge } = await open();
    const [first = 1, second = 2] = listedIds(app.gallery);
    app.gallery.selectIndex(0);
    app.inspector.show(imageId(first));
    await until(() => bridge.calls.includes('explain.prefetch'));
    expect(app.inspector.explanation).toMatchObject({ state: 'ready', value: { imageId: first } });
    vi.useFakeTimers();
    app.inspector.show(imageId(second));
    await vi.advanceTimersByTimeAsync(200);
    vi.useRealTimers();
    const explained = bridge.count('explain.get');
    app.inspector.show(imageId(first));
    expect(app.inspector.explanation.state).toBe('ready');
    expect(bridge.count('explain.get')).toBe(explained);
  });

  it('does not explain images that are only passed by', async () => {
    const { app, bridge } = await open();
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(1000);
    app.inspector.show(imageId(10));
    for (let id = 11; id < 30; id += 1) app.inspector.show(imageId(id));
    await vi.advanceTimersByTimeAsync(500);
    vi.useRealTimers();
    await until(() => app.inspector.explanation.state === 'ready');
    expect(bridge.count('explain.get')).toBe(2);
    expect(app.inspector.explanation).toMatchObject({ state: 'ready', value: { imageId: 29 } });
  });

  it('asks again for maps and pictures that failed once the dataset was read to its end', async () => {
    const { app, bridge, backend } = await open();
    const id = imageId(7);
    bridge.failures.set('explain.get', new AppError('IMAGE_NOT_FOUND', '"a.png" is not there any more.'));
    app.inspector.show(id);
    await until(() => app.inspector.explanation.state === 'failed');
    const before = app.pictures.image(id, 'large');
    app.pictures.lost(id);
    const job = { id: jobId('job-9'), kind: 'predict', title: 'Predicting', done: 1, total: 1 } as const;
    backend.workspace.tell('job', {
      ...job,
      state: 'done',
      rate: null,
      eta: null,
      waitsFor: null,
      skipped: 0,
      error: null,
    });
    expect(app.pictures.image(id, 'large')).not.toBe(before);
    await until(() => app.inspector.explanation.state === 'ready');
  });

  it('offers another try after an error', async () => {
    const { app, bridge } = await open();
    bridge.failures.set('explain.get', new AppError('ENGINE_STOPPED', 'The engine stopped.'));
    app.inspector.show(imageId(7));
    await until(() => app.inspector.explanation.state === 'failed');
    app.inspector.retry();
    expect(app.inspector.explanation.state).toBe('loading');
    await until(() => app.inspector.explanation.state === 'ready');
  });

  it('asks for a class that the first answer does not hold', async () => {
    const { app } = await open({ names: [...names, 'Dress', 'Bag', 'Sandal', 'Sneaker', 'Trouser'] });
    app.inspector.show(imageId(1));
    await until(() => app.inspector.explanation.state === 'ready');
    const held = app.inspector.explanation.state === 'ready' ? app.inspector.explanation.value.maps : [];
    const other = app.project.classes.findIndex((_, index) => !held.some((map) => map.classIndex === index));
    app.inspector.addClass(other as never);
    await until(
      () =>
        app.inspector.explanation.state === 'ready' &&
        app.inspector.explanation.value.maps.some((map) => map.classIndex === other),
    );
  });
});

describe('keys', () => {
  it('act as the help says', async () => {
    const { app } = await open();
    runCommand(app, 'open');
    expect(app.inspector.mode).toBe('full');
    runCommand(app, 'right');
    expect(app.gallery.selectedIndex).toBe(1);
    runCommand(app, 'close');
    expect(app.inspector.mode).toBe('side');
    runCommand(app, 'signed');
    expect(app.inspector.kind).toBe('signed');
    runCommand(app, 'maps');
    expect(app.inspector.mapsShown).toBe(false);
    runCommand(app, 'help');
    expect(app.dialog).toBe('keys');
    runCommand(app, 'filters');
    expect(app.filtersOpen).toBe(false);
  });

  it('zoom the pictures on screen, and the next image is seen whole', async () => {
    const { app } = await open();
    const { zoom } = app.inspector;
    runCommand(app, 'zoom-in');
    expect(zoom.zoomed).toBe(false);
    zoom.stage = { frame: { width: 140, height: 140 }, picture: { width: 28, height: 28 }, density: 1 };
    app.inspector.show(imageId(1));
    runCommand(app, 'zoom-in');
    expect(zoom.placed.width).toBe(210);
    runCommand(app, 'look-right');
    expect(zoom.placed.left).toBe(-70);
    app.inspector.show(imageId(1));
    expect(zoom.zoomed).toBe(true);
    app.inspector.show(imageId(2));
    expect(zoom.zoomed).toBe(false);
    runCommand(app, 'zoom-actual');
    expect(zoom.placed.width).toBe(28);
    runCommand(app, 'zoom-whole');
    expect(zoom.placed.width).toBe(140);
  });
});

describe('events', () => {
  it('reload the gallery at most once a second and leave the rest alone', async () => {
    const { app, bridge, backend } = await open();
    vi.useFakeTimers();
    const before = bridge.count('gallery.select');
    for (let time = 0; time < 20; time += 1) backend.workspace.tell('change', { images: [imageId(1)] });
    await vi.advanceTimersByTimeAsync(900);
    expect(bridge.count('gallery.select') - before).toBe(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(bridge.count('gallery.select') - before).toBe(2);
    vi.useRealTimers();
    expect(app.gallery.count).toBe(60);
  });

  it('of figures move these and leave names, labels and mapping as they are', async () => {
    const { app, backend } = await open();
    const summary = app.project.summary ?? expect.fail();
    const { labels: given, mapping, model } = summary;
    const { counts, splits, doubts, predictionCancelled, access } = summary;
    const figures = { splits, predictionCancelled, access };
    backend.workspace.tell('figures', { ...figures, counts: { ...counts, reviewed: 7 }, doubts: [...doubts, 'So.'] });
    expect([app.project.counts?.reviewed, app.project.summary?.doubts.at(-1)]).toEqual([7, 'So.']);
    expect(app.project.summary).toBe(summary);
    expect(
      [summary.labels, summary.mapping, summary.model].map((one, at) => one === [given, mapping, model][at]),
    ).toEqual([true, true, true]);
    backend.workspace.tell('figures', { ...figures, counts, doubts, access: 'gone' });
    expect([app.project.summary?.access, app.project.counts?.reviewed]).toEqual(['gone', 0]);
  });

  it('tell how far a project of the version before is brought into the shape of this one', async () => {
    const { app, backend } = await open();
    backend.workspace.tell('opening', { name: 'Wardrobe', done: 30, total: 60 });
    expect(app.project.reshaping).toEqual({ name: 'Wardrobe', done: 30, total: 60 });
    backend.workspace.tell('opening', null);
    expect(app.project.reshaping).toBeNull();
  });

  it('show notices of the main process', async () => {
    const { app, backend } = await open();
    backend.workspace.tell('notice', { code: 'ENGINE_STOPPED', message: 'The engine was started again.', hint: '' });
    expect(app.notices.items[0]?.message).toBe('The engine was started again.');
  });

  it('ask again what runs the graphs when the engine fell back', async () => {
    const { app, bridge, backend } = await open();
    const before = bridge.count('app.info');
    backend.workspace.tell('notice', { code: 'PROVIDER_UNAVAILABLE', message: 'CUDA is not used: no card.', hint: '' });
    expect(app.notices.items[0]?.message).toBe('CUDA is not used: no card.');
    expect(bridge.count('app.info')).toBe(before + 1);
  });

  it('follow the report to its end', async () => {
    const { app } = await open();
    app.report.toggle('pdf');
    await app.report.create();
    await until(() => app.report.written.length > 0);
    expect(app.report.written.map(({ id }) => id)).toEqual(['html', 'pdf', 'csv']);
    app.report.title = 'Owls';
    app.report.reset();
    expect([app.report.title, app.report.name]).toEqual([null, 'report']);
  });
});

describe('a new audit', () => {
  /** With the dataset, then the model chosen in the next dialogs. */
  async function begin(): Promise<OpenedWindow> {
    const opened = await showWindow(await startBackend({ labels, names }));
    opened.backend.system.chosen.push(opened.dataset, 'fashion-vit');
    await opened.app.newAudit.create();
    return opened;
  }

  it('grows choice by choice, previews, and opens', async () => {
    const { app } = await begin();
    expect(app.newAudit.value?.missing).toEqual(['Choose a dataset.', 'Choose a model.']);
    await app.newAudit.pick('dataset-folder');
    await app.newAudit.pick('model-folder');
    expect(app.newAudit.value?.missing).toEqual([]);
    await until(() => app.newAudit.preview?.state === 'ready');
    const summary = await app.newAudit.start();
    expect(summary?.counts.images).toBe(60);
    expect(app.newAudit.value).toBeNull();
  });

  it('keeps what there is when a choice fails, and says where', async () => {
    const { app, bridge } = await begin();
    await app.newAudit.pick('dataset-folder');
    bridge.failures.set(
      'newAudit.pick',
      new AppError('MODEL_NOT_VIT', 'resnet.onnx is no Vision Transformer.', 'Choose a ViT.'),
    );
    await app.newAudit.pick('model-file');
    expect(app.newAudit.error).toMatchObject({ part: 'model', error: { code: 'MODEL_NOT_VIT' } });
    expect(app.newAudit.value?.dataset?.images).toBe(60);
  });
});

describe('settings', () => {
  it('show at once and are written together', async () => {
    const { app, bridge } = await open();
    app.settings.change({ cellSize: 200 });
    app.settings.change({ cellSize: 220 });
    app.settings.change({ theme: 'dark' });
    expect(app.settings.value.cellSize).toBe(220);
    await app.settings.flush();
    expect(bridge.count('settings.set')).toBe(1);
  });
});
