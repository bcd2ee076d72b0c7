import { beforeEach, describe, expect, it, vi } from 'vitest';

import { filterOf } from '../../support/filter.js';
import { imageId, jobId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { AppPictures } from '../../../src/renderer/state/pictures.svelte.js';
import { type RowStore } from '../../../src/renderer/state/rows.svelte.js';
import { AppState } from '../../../src/renderer/state/app-state.svelte.js';
import { FakeBridge, type FakeOptions } from '../../support/fake-bridge.js';
import { runCommand } from '../../../src/renderer/state/commands.js';

const names = ['Boot', 'Coat', 'Shirt'];
const labels = Array.from({ length: 60 }, (_, index) => index % 3);

async function open(options: Partial<FakeOptions> = {}): Promise<{ bridge: FakeBridge; bench: AppState }> {
  const bridge = new FakeBridge({ labels, names, reviewer: 'Ana', ...options });
  const bench = new AppState(bridge, new AppPictures());
  bench.start();
  await vi.waitUntil(() => bench.started && (options.open === false || bench.gallery.loaded));
  await bench.gallery.reload();
  bench.rows.want([...bench.gallery.ids]);
  await vi.waitUntil(() => bench.rows.slot(bench.gallery.ids.at(-1) ?? 1).row !== null || options.open === false);
  return { bridge, bench };
}

/** The calls of one name, in order. */
const calls = (bridge: FakeBridge, name: string): number => bridge.calls.filter((call) => call === name).length;

describe('an opened project', () => {
  it('shows all images, most suspicious first, and selects the first', async () => {
    const { bench, bridge } = await open();
    expect(bench.gallery.total).toBe(60);
    const confidence = (id: number): number => bridge.rows[id - 1]?.scores['self-confidence'] ?? 1;
    const [first = 0, second = 0] = bench.gallery.ids;
    expect(confidence(first)).toBeLessThanOrEqual(confidence(second));
    await vi.waitUntil(() => bench.gallery.selectedIndex === 0);
  });

  it('selects nothing by itself while predictions are missing', async () => {
    const { bench } = await open({ predicted: 0.5 });
    expect(bench.gallery.selectedId).toBeNull();
  });

  it('stays where it is when the project gets another name', async () => {
    const { bench } = await open();
    bench.gallery.setFilter(filterOf('coat'));
    expect(await bench.project.rename(' Owls ')).toBeNull();
    expect(bench.project.summary?.name).toBe('Owls');
    expect(bench.gallery.filter).toEqual(filterOf('coat'));
  });

  it('tells why it cannot be renamed, and that nothing is kept any more', async () => {
    const { bench, bridge } = await open();
    bridge.failures.set('project.rename', new AppError('OUTPUT_UNWRITABLE', 'There is one already.', 'Another name.'));
    expect(await bench.project.rename('Owls')).toMatchObject({
      message: 'There is one already.',
      hint: 'Another name.',
    });
    expect(bench.project.summary?.name).toBe('Fashion demo');
    bridge.emit('project', { ...bridge.summary(), access: 'gone' });
    expect(bench.project.summary?.access).toBe('gone');
    await bench.saveCopy();
    expect(bridge.calls.at(-1)).toBe('project.saveCopy');
  });

  it('starts over when the project closes', async () => {
    const { bench, bridge } = await open();
    bench.gallery.setFilter(filterOf('coat'));
    await bridge.call('project.close', undefined);
    expect(bench.project.summary).toBeNull();
    expect(bench.gallery.filter).toEqual([]);
    expect(bench.gallery.selectedId).toBeNull();
  });
});

describe('the gallery', () => {
  it('narrows by facets and text, and counts what is left', async () => {
    const { bench } = await open();
    bench.gallery.toggle('label', 1);
    await vi.waitUntil(() => bench.gallery.ids.length === 20);
    expect(bench.gallery.filtered).toBe(true);
    bench.gallery.toggle('label', 1);
    await vi.waitUntil(() => bench.gallery.ids.length === 60);
    expect(bench.gallery.filtered).toBe(false);
  });

  it('keeps the selected image by id when the order changes', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(5);
    const selected = bench.gallery.selectedId;
    bench.gallery.setOrder({ by: 'self-confidence', descending: true });
    await vi.waitUntil(() => bench.gallery.selectedIndex === 54);
    expect(bench.gallery.selectedId).toBe(selected);
  });

  it('keeps the last answer when a query fails, and says why', async () => {
    const { bench, bridge } = await open();
    bridge.failures.set('gallery.query', new AppError('INTERNAL', 'The database is busy.'));
    await bench.gallery.reload();
    expect(bench.gallery.error?.message).toBe('The database is busy.');
    expect(bench.gallery.ids.length).toBe(60);
    await bench.gallery.reload();
    expect(bench.gallery.error).toBeNull();
  });

  it('names the next images and the previous one as those to compute ahead', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(3);
    const { ids } = bench.gallery;
    expect(bench.gallery.ahead(2)).toEqual([ids[4], ids[5], ids[2]]);
    bench.gallery.selectIndex(59);
    expect(bench.gallery.ahead(2)).toEqual([ids[58]]);
  });
});

describe('the rows', () => {
  let bridge: FakeBridge;
  let bench: AppState;
  let rows: RowStore;

  beforeEach(() => {
    bridge = new FakeBridge({ labels, names });
    bench = new AppState(bridge, new AppPictures());
    rows = bench.rows;
  });

  it('fetches what is missing in one call and nothing twice', async () => {
    rows.want([1, 2, 3]);
    await vi.waitUntil(() => rows.slot(3).row !== null);
    rows.want([2, 3, 4]);
    await vi.waitUntil(() => rows.slot(4).row !== null);
    rows.want([1, 2, 3, 4]);
    expect(calls(bridge, 'gallery.rows')).toBe(2);
  });

  it('fetches again only those in view after a change', async () => {
    rows.want([1, 2]);
    await vi.waitUntil(() => rows.slot(2).row !== null);
    rows.invalidate([imageId(50)]);
    expect(calls(bridge, 'gallery.rows')).toBe(1);
    const before = rows.slot(1).row;
    bridge.rows[0] = { ...(bridge.rows[0] ?? before ?? expect.fail()), split: 'changed' };
    rows.invalidate([imageId(1)]);
    await vi.waitUntil(() => rows.slot(1).row?.split === 'changed');
    expect(calls(bridge, 'gallery.rows')).toBe(2);
  });

  it('does not let a fetch under way undo a newer row', async () => {
    rows.want([1]);
    const newer = { ...(bridge.rows[0] ?? expect.fail()), split: 'newer' };
    rows.put(newer);
    rows.want([1, 2]);
    await vi.waitUntil(() => rows.slot(2).row !== null);
    expect(rows.slot(1).row?.split).toBe('newer');
  });
});

describe('verdicts', () => {
  it('takes one key, is written before it shows, and goes on', async () => {
    const { bench, bridge } = await open();
    bench.gallery.selectIndex(0);
    const id = bench.gallery.selectedId ?? expect.fail();
    await bench.verdicts.press('ambiguous');
    expect(calls(bridge, 'verdict.give')).toBe(1);
    expect(bench.rows.slot(id).row?.verdict).toMatchObject({ kind: 'ambiguous', reviewer: 'Ana', correctedLabels: [] });
    expect(bench.gallery.selectedIndex).toBe(1);
  });

  it('takes fast presses in order, one image each', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(0);
    await Promise.all([
      bench.verdicts.press('right-label'),
      bench.verdicts.press('unsure'),
      bench.verdicts.press('bad-image'),
    ]);
    const kinds = [0, 1, 2].map((place) => bench.rows.slot(bench.gallery.ids[place] ?? 0).row?.verdict?.kind);
    expect(kinds).toEqual(['right-label', 'unsure', 'bad-image']);
    expect(bench.gallery.selectedIndex).toBe(3);
  });

  it('offers the prediction for a wrong label, so that Enter is the second key', async () => {
    const { bench } = await open();
    const place = bench.gallery.ids.findIndex((id) => bench.rows.slot(id).row?.prediction?.labelRank !== 1);
    bench.gallery.selectIndex(Math.max(0, place));
    const row = bench.rows.slot(bench.gallery.selectedId ?? 0).row ?? expect.fail();
    await bench.verdicts.press('wrong-label');
    const correction = bench.verdicts.correction ?? expect.fail();
    const label = bench.project.labelName(row.label);
    const top = row.prediction?.top.map((entry) => bench.project.correctionTo(entry.classIndex)) ?? [];
    expect(correction.labels).toEqual([top.find((name) => name !== label)]);
    expect(correction.labels).not.toContain(label);
    expect(correction.options.map((option) => option.label).slice(0, top.length)).toEqual([
      ...correction.labels,
      ...top.filter((name) => !correction.labels.includes(name)),
    ]);
    await bench.verdicts.accept(correction.labels);
    expect(bench.rows.slot(row.id).row?.verdict).toMatchObject({
      kind: 'wrong-label',
      correctedLabels: correction.labels,
    });
    expect(bench.verdicts.correction).toBeNull();
  });

  it('offers label and prediction for several labels', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(0);
    await bench.verdicts.press('several-labels');
    expect(bench.verdicts.correction?.labels).toHaveLength(2);
  });

  it('asks for the reviewer once, then goes on with the verdict', async () => {
    const { bench, bridge } = await open({ reviewer: '' });
    bench.gallery.selectIndex(0);
    await bench.verdicts.press('right-label');
    expect(bench.verdicts.waiting).toBe('right-label');
    expect(calls(bridge, 'verdict.give')).toBe(0);
    await bench.verdicts.introduce('  Ben ');
    expect(calls(bridge, 'verdict.give')).toBe(1);
    expect(bridge.rows.find((row) => row.verdict !== null)?.verdict?.reviewer).toBe('Ben');
    await bench.verdicts.press('right-label');
    expect(bench.verdicts.waiting).toBeNull();
  });

  it('undoes and redoes, going to the image concerned', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(0);
    const id = bench.gallery.selectedId ?? expect.fail();
    await bench.verdicts.press('bad-image');
    await bench.verdicts.undo();
    expect(bench.rows.slot(id).row?.verdict).toBeNull();
    expect(bench.gallery.selectedId).toBe(id);
    expect([bench.verdicts.canUndo, bench.verdicts.canRedo]).toEqual([false, true]);
    await bench.verdicts.redo();
    expect(bench.rows.slot(id).row?.verdict?.kind).toBe('bad-image');
    expect([bench.verdicts.canUndo, bench.verdicts.canRedo]).toEqual([true, false]);
  });

  it('says that there is nothing to undo instead of failing', async () => {
    const { bench } = await open();
    await bench.verdicts.undo();
    expect(bench.notices.items.map((item) => [item.tone, item.message])).toEqual([['info', 'Nothing to undo']]);
  });

  it('shows no verdict that could not be written, and stays on the image', async () => {
    const { bench, bridge } = await open();
    bench.gallery.selectIndex(0);
    const id = bench.gallery.selectedId ?? expect.fail();
    bridge.failures.set('verdict.give', new AppError('DISK_FULL', 'The disk is full.', 'Free some space.'));
    await bench.verdicts.press('right-label');
    expect(bench.rows.slot(id).row?.verdict).toBeNull();
    expect(bench.gallery.selectedIndex).toBe(0);
    expect(bench.notices.items[0]).toMatchObject({
      tone: 'error',
      message: 'The disk is full.',
      hint: 'Free some space.',
    });
  });

  it('writes the note with the verdict', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(0);
    const id = bench.gallery.selectedId ?? expect.fail();
    bench.verdicts.note = ' both shoes ';
    await bench.verdicts.press('ambiguous');
    expect(bench.rows.slot(id).row?.verdict?.note).toBe('both shoes');
  });
});

describe('the inspector', () => {
  it('explains the image at rest, computes the next ones ahead, and remembers', async () => {
    const { bench, bridge } = await open();
    const [first = 1, second = 2] = bench.gallery.ids;
    bench.gallery.selectIndex(0);
    bench.inspector.show(imageId(first));
    await vi.waitUntil(() => bridge.calls.includes('explain.prefetch'));
    expect(bench.inspector.explanation).toMatchObject({ state: 'ready', value: { imageId: first } });
    vi.useFakeTimers();
    bench.inspector.show(imageId(second));
    await vi.advanceTimersByTimeAsync(200);
    vi.useRealTimers();
    const explained = calls(bridge, 'explain.get');
    bench.inspector.show(imageId(first));
    expect(bench.inspector.explanation.state).toBe('ready');
    expect(calls(bridge, 'explain.get')).toBe(explained);
  });

  it('does not explain images that are only passed by', async () => {
    const { bench, bridge } = await open();
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(1000);
    bench.inspector.show(imageId(10));
    for (let id = 11; id < 30; id += 1) bench.inspector.show(imageId(id));
    await vi.advanceTimersByTimeAsync(500);
    vi.useRealTimers();
    expect(calls(bridge, 'explain.get')).toBe(2);
    expect(bench.inspector.explanation).toMatchObject({ state: 'ready', value: { imageId: 29 } });
  });

  it('asks again for maps and pictures that failed once the dataset was read to its end', async () => {
    const { bench, bridge } = await open();
    const id = imageId(7);
    bridge.failures.set('explain.get', new AppError('IMAGE_NOT_FOUND', '"a.png" is not there any more.'));
    bench.inspector.show(id);
    await vi.waitUntil(() => bench.inspector.explanation.state === 'failed');
    const before = bench.pictures.image(id, 'large');
    bench.pictures.lost(id);
    const job = { id: jobId('job-9'), kind: 'predict', title: 'Predicting', done: 1, total: 1 } as const;
    bridge.emit('job', { ...job, state: 'done', rate: null, eta: null, waitsFor: null, skipped: 0, error: null });
    expect(bench.pictures.image(id, 'large')).not.toBe(before);
    await vi.waitUntil(() => bench.inspector.explanation.state === 'ready');
  });

  it('offers another try after an error', async () => {
    const { bench, bridge } = await open();
    bridge.failures.set('explain.get', new AppError('ENGINE_STOPPED', 'The engine stopped.'));
    bench.inspector.show(imageId(7));
    await vi.waitUntil(() => bench.inspector.explanation.state === 'failed');
    bench.inspector.retry();
    expect(bench.inspector.explanation.state).toBe('loading');
    await vi.waitUntil(() => bench.inspector.explanation.state === 'ready');
  });

  it('asks for a class that the first answer does not hold', async () => {
    const { bench } = await open({ names: [...names, 'Dress', 'Bag', 'Sandal', 'Sneaker', 'Trouser'] });
    bench.inspector.show(imageId(1));
    await vi.waitUntil(() => bench.inspector.explanation.state === 'ready');
    const held = bench.inspector.explanation.state === 'ready' ? bench.inspector.explanation.value.maps : [];
    const other = bench.project.classes.findIndex((_, index) => !held.some((map) => map.classIndex === index));
    bench.inspector.addClass(other as never);
    await vi.waitUntil(
      () =>
        bench.inspector.explanation.state === 'ready' &&
        bench.inspector.explanation.value.maps.some((map) => map.classIndex === other),
    );
  });
});

describe('keys', () => {
  it('act as the help says', async () => {
    const { bench } = await open();
    runCommand(bench, 'open');
    expect(bench.inspector.mode).toBe('full');
    runCommand(bench, 'right');
    expect(bench.gallery.selectedIndex).toBe(1);
    runCommand(bench, 'close');
    expect(bench.inspector.mode).toBe('side');
    runCommand(bench, 'signed');
    expect(bench.inspector.kind).toBe('signed');
    runCommand(bench, 'maps');
    expect(bench.inspector.mapsShown).toBe(false);
    runCommand(bench, 'help');
    expect(bench.dialog).toBe('keys');
    runCommand(bench, 'filters');
    expect(bench.filtersOpen).toBe(false);
  });

  it('zoom the pictures on screen, and the next image is seen whole', async () => {
    const { bench } = await open();
    const { zoom } = bench.inspector;
    runCommand(bench, 'zoom-in');
    expect(zoom.zoomed).toBe(false);
    zoom.stage = { frame: { width: 140, height: 140 }, picture: { width: 28, height: 28 }, density: 1 };
    bench.inspector.show(imageId(1));
    runCommand(bench, 'zoom-in');
    expect(zoom.placed.width).toBe(210);
    runCommand(bench, 'look-right');
    expect(zoom.placed.left).toBe(-70);
    bench.inspector.show(imageId(1));
    expect(zoom.zoomed).toBe(true);
    bench.inspector.show(imageId(2));
    expect(zoom.zoomed).toBe(false);
    runCommand(bench, 'zoom-actual');
    expect(zoom.placed.width).toBe(28);
    runCommand(bench, 'zoom-whole');
    expect(zoom.placed.width).toBe(140);
  });
});

describe('events', () => {
  it('reload the gallery at most once a second and leave the rest alone', async () => {
    const { bench, bridge } = await open();
    vi.useFakeTimers();
    const before = calls(bridge, 'gallery.query');
    for (let time = 0; time < 20; time += 1) bridge.emit('change', { images: [imageId(1)] });
    await vi.advanceTimersByTimeAsync(900);
    expect(calls(bridge, 'gallery.query') - before).toBe(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(calls(bridge, 'gallery.query') - before).toBe(2);
    vi.useRealTimers();
    expect(bench.gallery.ids.length).toBe(60);
  });

  it('show notices of the main process', async () => {
    const { bench, bridge } = await open();
    bridge.emit('notice', { code: 'ENGINE_STOPPED', message: 'The engine was started again.', hint: '' });
    expect(bench.notices.items[0]?.message).toBe('The engine was started again.');
  });

  it('ask again what runs the graphs when the engine fell back', async () => {
    const { bench, bridge } = await open();
    const before = calls(bridge, 'app.info');
    bridge.emit('notice', { code: 'PROVIDER_UNAVAILABLE', message: 'CUDA is not used: no card.', hint: '' });
    expect(bench.notices.items[0]?.message).toBe('CUDA is not used: no card.');
    expect(calls(bridge, 'app.info')).toBe(before + 1);
  });

  it('follow the report to its end', async () => {
    const { bench } = await open();
    bench.report.toggle('pdf');
    await bench.report.create();
    await vi.waitUntil(() => bench.report.written.length > 0);
    expect(bench.report.written.map(({ id }) => id)).toEqual(['html', 'pdf', 'csv']);
    bench.report.title = 'Owls';
    bench.report.reset();
    expect([bench.report.title, bench.report.name]).toEqual([null, 'report']);
  });
});

describe('a new audit', () => {
  it('grows choice by choice, previews, and opens', async () => {
    const { bench } = await open({ open: false });
    await bench.newAudit.create();
    expect(bench.newAudit.value?.missing).toEqual(['Choose the data.', 'Choose a model.']);
    await bench.newAudit.pick('dataset-folder');
    await bench.newAudit.pick('model-folder');
    expect(bench.newAudit.value?.missing).toEqual([]);
    await vi.waitUntil(() => bench.newAudit.preview?.state === 'ready');
    const summary = await bench.newAudit.start();
    expect(summary?.counts.images).toBe(60);
    expect(bench.newAudit.value).toBeNull();
  });

  it('keeps what there is when a choice fails, and says where', async () => {
    const { bench, bridge } = await open({ open: false });
    await bench.newAudit.create();
    await bench.newAudit.pick('dataset-folder');
    bridge.failures.set(
      'newAudit.pick',
      new AppError('MODEL_NOT_VIT', 'resnet.onnx is no Vision Transformer.', 'Choose a ViT.'),
    );
    await bench.newAudit.pick('model-file');
    expect(bench.newAudit.error).toMatchObject({ part: 'model', error: { code: 'MODEL_NOT_VIT' } });
    expect(bench.newAudit.value?.dataset?.images).toBe(60);
  });
});

describe('settings', () => {
  it('show at once and are written together', async () => {
    const { bench, bridge } = await open();
    bench.settings.change({ cellSize: 200 });
    bench.settings.change({ cellSize: 220 });
    bench.settings.change({ theme: 'dark' });
    expect(bench.settings.value.cellSize).toBe(220);
    await bench.settings.flush();
    expect(calls(bridge, 'settings.set')).toBe(1);
  });
});
