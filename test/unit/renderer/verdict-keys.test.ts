/** What verdict keys are about: never an image that is not shown, each press once, picked images together. */

import { runCommand } from '../../../src/renderer/state/commands.js';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type AppState } from '../../../src/renderer/state/app-state.svelte.js';
import { imageId, labelIndex } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { listedIds } from '../../support/listed-ids.js';
import { filterOf } from '../../support/filter.js';
import { openWindow, type OpenedWindow, type StartOptions, until } from '../../support/window.js';

const names = ['Boot', 'Coat', 'Shirt'];
const labels = Array.from({ length: 60 }, (_, index) => index % 3);

async function open(options: Partial<StartOptions> = {}): Promise<OpenedWindow> {
  const opened = await openWindow({ labels, names, ...options });
  await until(() => opened.app.gallery.selectedIndex === 0);
  return opened;
}

/** The verdicts in the project, by image. */
const judged = ({ backend }: OpenedWindow): Record<number, string> =>
  Object.fromEntries(
    backend.project
      .rows(labels.map((_, at) => imageId(at + 1)))
      .flatMap(({ id, verdict }) => (verdict === null ? [] : [[id, verdict.kind]])),
  );
const told = (app: AppState): string[] => app.notices.items.map(({ message }) => message);

describe('after another filter, text or order', () => {
  it.each([
    [
      'a filter',
      (app: AppState) => {
        app.gallery.setFilter(filterOf('label:#2'));
      },
    ],
    [
      'a facet',
      (app: AppState) => {
        app.gallery.toggle('label', 2);
      },
    ],
    [
      'a text',
      (app: AppState) => {
        app.gallery.search('shirt');
      },
    ],
  ])('the first match of %s is selected when the selected image is none', async (_, change) => {
    const opened = await open();
    const { app } = opened;
    const place = listedIds(app.gallery).findIndex((id) => opened.row(id).label === 0);
    app.gallery.selectIndex(place);
    change(app);
    await until(() => !app.gallery.waiting);
    expect(app.gallery.selectedIndex).toBe(0);
    runCommand(app, 'verdict-2');
    await until(() => Object.keys(judged(opened)).length > 0);
    expect(judged(opened)).toEqual({ [listedIds(app.gallery)[0] ?? 0]: 'right-label' });
  });

  it('nothing is selected where nothing matches, and the first again once something does', async () => {
    const opened = await open();
    const { app } = opened;
    app.gallery.search('no such thing');
    await until(() => !app.gallery.waiting);
    expect(app.gallery.selectedId).toBeNull();
    runCommand(app, 'verdict-2');
    expect(told(app)).toEqual(['No image is selected']);
    app.gallery.setFilter([]);
    await until(() => app.gallery.selectedIndex === 0);
    expect(judged(opened)).toEqual({});
  });

  it('keys do nothing while the list is loading, and say so', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    bridge.hold('gallery.select');
    app.gallery.selectIndex(3);
    app.gallery.setOrder({ by: 'file', descending: false });
    expect(app.gallery.waiting).toBe(true);
    for (const key of ['verdict-2', 'verdict-1', 'clear-verdict', 'right', 'end']) runCommand(app, key);
    expect(told(app)).toEqual(['The list is still loading']);
    expect(app.verdicts.correction).toBeNull();
    bridge.release('gallery.select');
    await until(() => !app.gallery.waiting);
    expect(judged(opened)).toEqual({});
  });

  it('an image that left the list by its verdict gives way to the one after it', async () => {
    const opened = await open();
    const { app } = opened;
    app.gallery.setFilter(filterOf('verdict:none label:#1'));
    await until(() => !app.gallery.waiting);
    const before = listedIds(app.gallery);
    app.gallery.selectIndex(before.length - 1);
    await app.verdicts.press('unsure');
    await app.gallery.reload();
    expect(app.gallery.selectedId).toBe(before.at(-2));
    app.gallery.selectIndex(4);
    await app.verdicts.press('unsure');
    await app.gallery.reload();
    expect(app.gallery.selectedId).toBe(before[5]);
    expect(judged(opened)).toEqual({ [before.at(-1) ?? 0]: 'unsure', [before[4] ?? 0]: 'unsure' });
  });

  it('the last image of a list stays on screen when the list is empty, and is not judged again', async () => {
    const opened = await open();
    const { app } = opened;
    const [first = imageId(1)] = listedIds(app.gallery);
    const file = opened.row(first).file;
    app.gallery.setFilter([...filterOf('verdict:none'), { column: 'text', op: 'has', value: file }]);
    await until(() => !app.gallery.waiting);
    expect(listedIds(app.gallery)).toEqual([first]);
    await app.verdicts.press('unsure');
    await app.gallery.reload();
    expect(listedIds(app.gallery)).toEqual([]);
    expect(app.gallery.selectedId).toBe(first);
    runCommand(app, 'verdict-2');
    expect(told(app)).toEqual(['No image is left in this list']);
    expect(judged(opened)).toEqual({ [first]: 'unsure' });
  });
});

describe('where the image is not on screen', () => {
  it('in other views no verdict is given', async () => {
    const opened = await open();
    const { app } = opened;
    for (const view of ['confusion', 'compare', 'model', 'report'] as const) {
      app.show(view);
      runCommand(app, 'verdict-2');
      runCommand(app, 'verdict-1');
      runCommand(app, 'clear-verdict');
    }
    expect([judged(opened), app.verdicts.correction, told(app)]).toEqual([
      {},
      null,
      ['Verdicts are given in the gallery'],
    ]);
  });

  it('with the inspector closed it is brought into view first', async () => {
    const opened = await open();
    const { app } = opened;
    let seen = false;
    app.layOut({ move: () => undefined, inView: () => seen });
    app.inspector.mode = 'closed';
    const revealed = app.gallery.revealed;
    runCommand(app, 'verdict-2');
    expect([told(app), app.gallery.revealed]).toEqual([['The selected image was out of view'], revealed + 1]);
    seen = true;
    await app.verdicts.press('right-label');
    expect(Object.keys(judged(opened))).toHaveLength(1);
  });

  it('the field for a right label opens the inspector', async () => {
    const { app } = await open();
    app.layOut({ move: () => undefined, inView: () => true });
    app.inspector.mode = 'closed';
    runCommand(app, 'verdict-1');
    expect([app.inspector.mode, app.verdicts.correction?.kind]).toEqual(['side', 'wrong-label']);
  });
});

describe('quick keys', () => {
  it('are about the image shown at the press, while earlier verdicts are written', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    bridge.hold('verdict.give');
    const kinds = ['right-label', 'unsure', 'bad-image', 'ambiguous'] as const;
    const shown: Record<number, string> = {};
    for (const kind of kinds) {
      shown[app.gallery.selectedId ?? 0] = kind;
      void app.verdicts.press(kind);
    }
    expect(app.gallery.selectedIndex).toBe(4);
    await until(() => bridge.held('verdict.give') === 1);
    bridge.release('verdict.give');
    await until(() => Object.keys(judged(opened)).length === kinds.length);
    expect(judged(opened)).toEqual(shown);
  });

  it('go back to the first image whose verdict could not be written, with its note', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    app.gallery.selectIndex(2);
    const lost = app.gallery.selectedId ?? expect.fail();
    bridge.failures.set('verdict.give', new AppError('DISK_FULL', 'The disk is full.'));
    app.verdicts.note = 'two shoes';
    void app.verdicts.press('ambiguous');
    await app.verdicts.press('unsure');
    expect([app.gallery.selectedId, app.gallery.selectedIndex]).toEqual([lost, 2]);
    expect(app.verdicts.noteOf(lost, '')).toBe('two shoes');
    expect(judged(opened)).toEqual({ [listedIds(app.gallery)[3] ?? 0]: 'unsure' });
  });
});

describe('a correction', () => {
  it('says what is missing and stays, until it is given up', async () => {
    const opened = await open();
    const { app } = opened;
    runCommand(app, 'verdict-1');
    expect(app.verdicts.trouble([' '])).toBe('Name the right label, or Esc to give no verdict.');
    await app.verdicts.accept([' ']);
    expect(app.verdicts.correction).not.toBeNull();
    runCommand(app, 'close');
    expect([app.verdicts.correction, app.focus, judged(opened)]).toEqual([null, { on: 'gallery' }, {}]);
  });

  it('is not the label that the image has', async () => {
    const { app } = await open();
    const label = app.project.labels[app.rows.slot(app.gallery.selectedId ?? 0).row?.label ?? 0] ?? '';
    runCommand(app, 'verdict-1');
    expect(app.verdicts.trouble([label])).toBe(`It is labelled ${label} already. Name another label.`);
    runCommand(app, 'verdict-3');
    expect(app.verdicts.trouble([label])).toContain(`Name another label besides ${label}`);
    expect(app.verdicts.trouble([label, 'Owl'])).toBeNull();
  });

  it('is given up when another image is selected', async () => {
    const { app } = await open();
    runCommand(app, 'verdict-1');
    app.gallery.step(1);
    expect(app.verdicts.correction).toBeNull();
  });

  it('offers every class of the model, those that no label means as the labels are written', async () => {
    const { app } = await open();
    const { model, ...summary } = app.project.summary ?? expect.fail();
    const wnids = ['n01440764', 'n01443537'];
    app.project.set({
      ...summary,
      labels: wnids,
      mapping: summary.mapping.slice(0, 2),
      model: { ...model, classes: ['tench', 'goldfish', 'tiger shark'], synsets: [...wnids, 'n01491361'] },
    });
    runCommand(app, 'verdict-1');
    const options = app.verdicts.correction?.options ?? [];
    expect(options.map(({ name }) => name).sort()).toEqual(['goldfish', 'tench', 'tiger shark']);
    expect(options.find(({ name }) => name === 'tiger shark')?.label).toBe('n01491361');
    expect(app.project.labelName(labelIndex(0))).toBe('tench');
  });
});

describe('picked images', () => {
  it('get one verdict together, in one step', async () => {
    const opened = await open();
    const { app } = opened;
    app.gallery.selectIndex(5);
    app.picks.extendTo(8);
    const picked = [...app.picks.ids];
    app.gallery.selectIndex(20);
    await app.verdicts.press('bad-image');
    expect(judged(opened)).toEqual(Object.fromEntries(picked.map((id) => [id, 'bad-image'])));
    expect([app.picks.ids, app.gallery.selectedIndex, told(app)]).toEqual([[], 20, ['Bad image on 4 images']]);
    await app.verdicts.undo();
    expect(judged(opened)).toEqual({});
    expect(app.notices.items[0]).toMatchObject({
      message: 'Undone: Bad image on 4 images',
      hint: expect.stringMatching(/\(6 of 60\) and 3 more\. Now: no verdict\.$/) as string,
    });
    await app.verdicts.redo();
    expect(Object.keys(judged(opened))).toHaveLength(4);
  });

  it('are asked for the right label once', async () => {
    const opened = await open();
    const { app } = opened;
    app.picks.extendTo(3);
    runCommand(app, 'verdict-1');
    expect(app.verdicts.correction).toMatchObject({ picked: true, ids: [...app.picks.ids] });
    const given = app.rows.slot(app.picks.ids[0] ?? 0).row?.label ?? 0;
    expect(app.verdicts.trouble([names[given] ?? ''])).toMatch(/of the 4 are labelled .* already/);
    app.gallery.step(1);
    await app.verdicts.accept(['Owl']);
    expect(Object.keys(judged(opened))).toHaveLength(4);
    expect(app.notices.items[0]?.message).toBe('Wrong label → Owl on 4 images');
  });

  it('outside the filter are left alone', async () => {
    const opened = await open();
    const { app } = opened;
    app.picks.extendTo(5);
    app.gallery.setFilter(filterOf('label:#1'));
    await until(() => !app.gallery.waiting);
    const listed = [...app.picks.listed];
    expect(listed.length).toBeLessThan(6);
    await app.verdicts.press('unsure');
    expect(Object.keys(judged(opened)).map(Number).sort()).toEqual([...listed].map(Number).sort());
    const left = app.picks.ids.length;
    expect(left).toBe(6 - listed.length);
    await app.verdicts.press('unsure');
    expect(app.notices.items.at(-1)?.message).toBe(`${String(left)} picked images are outside the filter`);
  });

  it('are not judged while a single image fills the screen', async () => {
    const opened = await open();
    const { app } = opened;
    app.picks.extendTo(2);
    app.inspector.mode = 'full';
    const shown = app.gallery.selectedId ?? expect.fail();
    await app.verdicts.press('unsure');
    expect([judged(opened), app.picks.ids.length]).toEqual([{ [shown]: 'unsure' }, 3]);
  });

  it('are picked again when the verdict could not be written', async () => {
    const opened = await open();
    const { app, bridge } = opened;
    app.picks.extendTo(2);
    const picked = [...app.picks.ids];
    bridge.failures.set('verdict.give', new AppError('DISK_FULL', 'The disk is full.'));
    await app.verdicts.press('unsure');
    expect([app.picks.ids, judged(opened)]).toEqual([picked, {}]);
  });
});

/** The file of an image is taken away, and the dataset listed again. */
async function lose({ backend, dataset, row }: OpenedWindow, id: number): Promise<void> {
  await rm(join(dataset, row(id).file));
  await backend.client.call('project.rescan', undefined);
}

describe('undo', () => {
  it('names the verdict, the label, the file and the place', async () => {
    const { app } = await open();
    app.gallery.selectIndex(11);
    const row = app.rows.slot(app.gallery.selectedId ?? 0).row ?? expect.fail();
    runCommand(app, 'verdict-1');
    await app.verdicts.accept(['Owl']);
    await app.verdicts.undo();
    const label = names[row.label ?? 0] ?? '';
    expect(app.notices.items[0]).toMatchObject({
      message: 'Undone: Wrong label → Owl',
      hint: `${label}, ${row.file} (12 of 60). Now: no verdict.`,
    });
    expect(app.gallery.selectedIndex).toBe(11);
    await app.verdicts.redo();
    await app.verdicts.clear();
    await app.verdicts.undo();
    expect(app.notices.items[0]).toMatchObject({
      message: 'Undone: taking back Wrong label → Owl',
      hint: `${label}, ${row.file} (12 of 60). Now: Wrong label → Owl.`,
    });
  });

  it('of an image outside the filter says that it is not shown', async () => {
    const { app } = await open();
    const place = listedIds(app.gallery).findIndex((id) => app.rows.slot(id).row?.label === 0);
    app.gallery.selectIndex(place);
    await app.verdicts.press('unsure');
    app.gallery.setFilter(filterOf('label:#1'));
    await until(() => !app.gallery.waiting);
    await app.verdicts.undo();
    expect(app.notices.items[0]?.hint).toContain('(not among those shown)');
    expect(app.gallery.selectedIndex).toBe(-1);
  });

  it('of images that left the dataset says which, and knows what can be undone and done again', async () => {
    const opened = await open();
    const { app } = opened;
    const step = () => app.notices.items.find(({ message }) => /^(Un|Re)done: /.test(message));
    const [one, two] = listedIds(app.gallery);
    const [first, second] = [imageId(one ?? 0), imageId(two ?? 0)];
    const file = app.rows.slot(first).row?.file ?? expect.fail();
    app.gallery.selectIndex(0);
    app.picks.toggle(first);
    app.picks.toggle(second);
    await app.verdicts.press('unsure');
    await lose(opened, second);
    await app.verdicts.undo();
    expect(step()?.hint).toContain('1 other image is not in the dataset any more.');
    await app.verdicts.redo();
    await lose(opened, first);
    const place = app.gallery.selectedIndex;
    await app.verdicts.undo();
    expect(step()).toMatchObject({
      message: 'Undone: Unsure on 2 images',
      hint: `${file} and 1 more are not in the dataset any more.`,
    });
    expect([app.verdicts.canUndo, app.verdicts.canRedo]).toEqual([false, true]);
    await app.verdicts.redo();
    expect(step()?.message).toBe('Redone: Unsure on 2 images');
    expect([app.verdicts.canUndo, app.verdicts.canRedo]).toEqual([true, false]);
    expect(app.gallery.selectedIndex).toBe(place);
  });

  it('says when there is no verdict to take back', async () => {
    const { app } = await open();
    await app.verdicts.clear();
    expect(told(app)).toEqual(['There is no verdict of yours to take back']);
  });
});
