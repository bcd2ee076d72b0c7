/** What verdict keys are about: never an image that is not shown, each press once, picked images together. */

import { filterOf } from '../../support/filter.js';
import { describe, expect, it, vi } from 'vitest';

import { AppPictures } from '../../../src/renderer/state/pictures.svelte.js';
import { AppState } from '../../../src/renderer/state/app-state.svelte.js';
import { imageId, labelIndex } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { FakeBridge, type FakeOptions } from '../../support/fake-bridge.js';
import { runCommand } from '../../../src/renderer/state/commands.js';

const names = ['Boot', 'Coat', 'Shirt'];
const labels = Array.from({ length: 60 }, (_, index) => index % 3);

async function open(options: Partial<FakeOptions> = {}): Promise<{ bridge: FakeBridge; bench: AppState }> {
  const bridge = new FakeBridge({ labels, names, reviewer: 'Ana', ...options });
  const bench = new AppState(bridge, new AppPictures());
  bench.start();
  await vi.waitUntil(() => bench.started && bench.gallery.loaded && bench.gallery.selectedIndex === 0);
  bench.rows.want([...bench.gallery.ids]);
  await vi.waitUntil(() => bench.rows.slot(bench.gallery.ids.at(-1) ?? 1).row !== null);
  return { bridge, bench };
}

const judged = (bridge: FakeBridge): Record<number, string> =>
  Object.fromEntries(bridge.rows.flatMap((row) => (row.verdict === null ? [] : [[row.id, row.verdict.kind]])));
const told = (bench: AppState): string[] => bench.notices.items.map(({ message }) => message);

describe('after another filter, text or order', () => {
  it.each([
    [
      'a filter',
      (bench: AppState) => {
        bench.gallery.setFilter(filterOf('label:#2'));
      },
    ],
    [
      'a facet',
      (bench: AppState) => {
        bench.gallery.toggle('label', 2);
      },
    ],
    [
      'a text',
      (bench: AppState) => {
        bench.gallery.search('shirt');
      },
    ],
  ])('the first match of %s is selected when the selected image is none', async (_, change) => {
    const { bench, bridge } = await open();
    const place = [...bench.gallery.ids].findIndex((id) => bridge.rows[id - 1]?.label === 0);
    bench.gallery.selectIndex(place);
    change(bench);
    await vi.waitUntil(() => !bench.gallery.waiting);
    expect(bench.gallery.selectedIndex).toBe(0);
    runCommand(bench, 'verdict-2');
    await vi.waitUntil(() => Object.keys(judged(bridge)).length > 0);
    expect(judged(bridge)).toEqual({ [bench.gallery.ids[0] ?? 0]: 'right-label' });
  });

  it('nothing is selected where nothing matches, and the first again once something does', async () => {
    const { bench, bridge } = await open();
    bench.gallery.search('no such thing');
    await vi.waitUntil(() => !bench.gallery.waiting);
    expect(bench.gallery.selectedId).toBeNull();
    runCommand(bench, 'verdict-2');
    expect(told(bench)).toEqual(['No image is selected']);
    bench.gallery.setFilter([]);
    await vi.waitUntil(() => bench.gallery.selectedIndex === 0);
    expect(judged(bridge)).toEqual({});
  });

  it('keys do nothing while the list is loading, and say so', async () => {
    const { bench, bridge } = await open({ listing: 30 });
    bench.gallery.selectIndex(3);
    bench.gallery.setOrder({ by: 'file', descending: false });
    expect(bench.gallery.waiting).toBe(true);
    for (const key of ['verdict-2', 'verdict-1', 'clear-verdict', 'right', 'end']) runCommand(bench, key);
    expect(told(bench)).toEqual(['The list is still loading']);
    expect(bench.verdicts.correction).toBeNull();
    await vi.waitUntil(() => !bench.gallery.waiting);
    expect(judged(bridge)).toEqual({});
  });

  it('an image that left the list by its verdict gives way to the one after it', async () => {
    const { bench, bridge } = await open();
    bench.gallery.setFilter(filterOf('verdict:none label:#1'));
    await vi.waitUntil(() => !bench.gallery.waiting);
    const before = [...bench.gallery.ids];
    bench.gallery.selectIndex(before.length - 1);
    await bench.verdicts.press('unsure');
    await bench.gallery.reload();
    expect(bench.gallery.selectedId).toBe(before.at(-2));
    bench.gallery.selectIndex(4);
    await bench.verdicts.press('unsure');
    await bench.gallery.reload();
    expect(bench.gallery.selectedId).toBe(before[5]);
    expect(judged(bridge)).toEqual({ [before.at(-1) ?? 0]: 'unsure', [before[4] ?? 0]: 'unsure' });
  });

  it('the last image of a list stays on screen when the list is empty, and is not judged again', async () => {
    const { bench, bridge } = await open();
    const [first = imageId(1)] = bench.gallery.ids;
    const file = bridge.rows[first - 1]?.file ?? '';
    bench.gallery.setFilter([...filterOf('verdict:none'), { column: 'text', op: 'has', value: file }]);
    await vi.waitUntil(() => !bench.gallery.waiting);
    expect([...bench.gallery.ids]).toEqual([first]);
    await bench.verdicts.press('unsure');
    await bench.gallery.reload();
    expect([...bench.gallery.ids]).toEqual([]);
    expect(bench.gallery.selectedId).toBe(first);
    runCommand(bench, 'verdict-2');
    expect(told(bench)).toEqual(['No image is left in this list']);
    expect(judged(bridge)).toEqual({ [first]: 'unsure' });
  });
});

describe('where the image is not on screen', () => {
  it('in other views no verdict is given', async () => {
    const { bench, bridge } = await open();
    for (const view of ['confusion', 'compare', 'model', 'report'] as const) {
      bench.show(view);
      runCommand(bench, 'verdict-2');
      runCommand(bench, 'verdict-1');
      runCommand(bench, 'clear-verdict');
    }
    expect([judged(bridge), bench.verdicts.correction, told(bench)]).toEqual([
      {},
      null,
      ['Verdicts are given in the gallery'],
    ]);
  });

  it('with the inspector closed it is brought into view first', async () => {
    const { bench, bridge } = await open();
    let seen = false;
    bench.layOut({ move: () => undefined, inView: () => seen });
    bench.inspector.mode = 'closed';
    const revealed = bench.gallery.revealed;
    runCommand(bench, 'verdict-2');
    expect([told(bench), bench.gallery.revealed]).toEqual([['The selected image was out of view'], revealed + 1]);
    seen = true;
    await bench.verdicts.press('right-label');
    expect(Object.keys(judged(bridge))).toHaveLength(1);
  });

  it('the field for a right label opens the inspector', async () => {
    const { bench } = await open();
    bench.layOut({ move: () => undefined, inView: () => true });
    bench.inspector.mode = 'closed';
    runCommand(bench, 'verdict-1');
    expect([bench.inspector.mode, bench.verdicts.correction?.kind]).toEqual(['side', 'wrong-label']);
  });
});

describe('quick keys', () => {
  it('are about the image shown at the press, while earlier verdicts are written', async () => {
    const { bench, bridge } = await open({ writing: 5 });
    const kinds = ['right-label', 'unsure', 'bad-image', 'ambiguous'] as const;
    const shown: Record<number, string> = {};
    for (const kind of kinds) {
      shown[bench.gallery.selectedId ?? 0] = kind;
      void bench.verdicts.press(kind);
    }
    expect(bench.gallery.selectedIndex).toBe(4);
    await vi.waitUntil(() => Object.keys(judged(bridge)).length === kinds.length);
    expect(judged(bridge)).toEqual(shown);
  });

  it('go back to the first image whose verdict could not be written, with its note', async () => {
    const { bench, bridge } = await open({ writing: 5 });
    bench.gallery.selectIndex(2);
    const lost = bench.gallery.selectedId ?? expect.fail();
    bridge.failures.set('verdict.give', new AppError('DISK_FULL', 'The disk is full.'));
    bench.verdicts.note = 'two shoes';
    void bench.verdicts.press('ambiguous');
    await bench.verdicts.press('unsure');
    expect([bench.gallery.selectedId, bench.gallery.selectedIndex]).toEqual([lost, 2]);
    expect(bench.verdicts.noteOf(lost, '')).toBe('two shoes');
    expect(judged(bridge)).toEqual({ [bench.gallery.ids[3] ?? 0]: 'unsure' });
  });
});

describe('a correction', () => {
  it('says what is missing and stays, until it is given up', async () => {
    const { bench, bridge } = await open();
    runCommand(bench, 'verdict-1');
    expect(bench.verdicts.trouble([' '])).toBe('Name the right label, or Esc to give no verdict.');
    await bench.verdicts.accept([' ']);
    expect(bench.verdicts.correction).not.toBeNull();
    runCommand(bench, 'close');
    expect([bench.verdicts.correction, bench.focus, judged(bridge)]).toEqual([null, { on: 'gallery' }, {}]);
  });

  it('is not the label that the image has', async () => {
    const { bench } = await open();
    const label = bench.project.labels[bench.rows.slot(bench.gallery.selectedId ?? 0).row?.label ?? 0] ?? '';
    runCommand(bench, 'verdict-1');
    expect(bench.verdicts.trouble([label])).toBe(`It is labelled ${label} already. Name another label.`);
    runCommand(bench, 'verdict-3');
    expect(bench.verdicts.trouble([label])).toContain(`Name another label besides ${label}`);
    expect(bench.verdicts.trouble([label, 'Owl'])).toBeNull();
  });

  it('is given up when another image is selected', async () => {
    const { bench } = await open();
    runCommand(bench, 'verdict-1');
    bench.gallery.step(1);
    expect(bench.verdicts.correction).toBeNull();
  });

  it('offers every class of the model, those that no label means as the labels are written', async () => {
    const { bench } = await open();
    const { model, ...summary } = bench.project.summary ?? expect.fail();
    const wnids = ['n01440764', 'n01443537'];
    bench.project.set({
      ...summary,
      labels: wnids,
      mapping: summary.mapping.slice(0, 2),
      model: { ...model, classes: ['tench', 'goldfish', 'tiger shark'], synsets: [...wnids, 'n01491361'] },
    });
    runCommand(bench, 'verdict-1');
    const options = bench.verdicts.correction?.options ?? [];
    expect(options.map(({ name }) => name).sort()).toEqual(['goldfish', 'tench', 'tiger shark']);
    expect(options.find(({ name }) => name === 'tiger shark')?.label).toBe('n01491361');
    expect(bench.project.labelName(labelIndex(0))).toBe('tench');
  });
});

describe('picked images', () => {
  it('get one verdict together, in one step', async () => {
    const { bench, bridge } = await open();
    bench.gallery.selectIndex(5);
    bench.picks.extendTo(8);
    const picked = [...bench.picks.ids];
    bench.gallery.selectIndex(20);
    await bench.verdicts.press('bad-image');
    expect(judged(bridge)).toEqual(Object.fromEntries(picked.map((id) => [id, 'bad-image'])));
    expect([bench.picks.ids, bench.gallery.selectedIndex, told(bench)]).toEqual([[], 20, ['Bad image on 4 images']]);
    await bench.verdicts.undo();
    expect(judged(bridge)).toEqual({});
    expect(bench.notices.items[0]).toMatchObject({
      message: 'Undone: Bad image on 4 images',
      hint: expect.stringMatching(/\(6 of 60\) and 3 more\. Now: no verdict\.$/) as string,
    });
    await bench.verdicts.redo();
    expect(Object.keys(judged(bridge))).toHaveLength(4);
  });

  it('are asked for the right label once', async () => {
    const { bench, bridge } = await open();
    bench.picks.extendTo(3);
    runCommand(bench, 'verdict-1');
    expect(bench.verdicts.correction).toMatchObject({ picked: true, ids: [...bench.picks.ids] });
    const given = bench.rows.slot(bench.picks.ids[0] ?? 0).row?.label ?? 0;
    expect(bench.verdicts.trouble([names[given] ?? ''])).toMatch(/of the 4 are labelled .* already/);
    bench.gallery.step(1);
    await bench.verdicts.accept(['Owl']);
    expect(Object.keys(judged(bridge))).toHaveLength(4);
    expect(bench.notices.items[0]?.message).toBe('Wrong label → Owl on 4 images');
  });

  it('outside the filter are left alone', async () => {
    const { bench, bridge } = await open();
    bench.picks.extendTo(5);
    bench.gallery.setFilter(filterOf('label:#1'));
    await vi.waitUntil(() => !bench.gallery.waiting);
    const listed = [...bench.picks.listed];
    expect(listed.length).toBeLessThan(6);
    await bench.verdicts.press('unsure');
    expect(Object.keys(judged(bridge)).map(Number).sort()).toEqual([...listed].map(Number).sort());
    const left = bench.picks.ids.length;
    expect(left).toBe(6 - listed.length);
    await bench.verdicts.press('unsure');
    expect(bench.notices.items.at(-1)?.message).toBe(`${String(left)} picked images are outside the filter`);
  });

  it('are not judged while a single image fills the screen', async () => {
    const { bench, bridge } = await open();
    bench.picks.extendTo(2);
    bench.inspector.mode = 'full';
    const shown = bench.gallery.selectedId ?? expect.fail();
    await bench.verdicts.press('unsure');
    expect([judged(bridge), bench.picks.ids.length]).toEqual([{ [shown]: 'unsure' }, 3]);
  });

  it('are picked again when the verdict could not be written', async () => {
    const { bench, bridge } = await open();
    bench.picks.extendTo(2);
    const picked = [...bench.picks.ids];
    bridge.failures.set('verdict.give', new AppError('DISK_FULL', 'The disk is full.'));
    await bench.verdicts.press('unsure');
    expect([bench.picks.ids, judged(bridge)]).toEqual([picked, {}]);
  });
});

describe('undo', () => {
  it('names the verdict, the label, the file and the place', async () => {
    const { bench } = await open();
    bench.gallery.selectIndex(11);
    const row = bench.rows.slot(bench.gallery.selectedId ?? 0).row ?? expect.fail();
    runCommand(bench, 'verdict-1');
    await bench.verdicts.accept(['Owl']);
    await bench.verdicts.undo();
    const label = names[row.label ?? 0] ?? '';
    expect(bench.notices.items[0]).toMatchObject({
      message: 'Undone: Wrong label → Owl',
      hint: `${label}, ${row.file} (12 of 60). Now: no verdict.`,
    });
    expect(bench.gallery.selectedIndex).toBe(11);
    await bench.verdicts.redo();
    await bench.verdicts.clear();
    await bench.verdicts.undo();
    expect(bench.notices.items[0]).toMatchObject({
      message: 'Undone: taking back Wrong label → Owl',
      hint: `${label}, ${row.file} (12 of 60). Now: Wrong label → Owl.`,
    });
  });

  it('of an image outside the filter says that it is not shown', async () => {
    const { bench } = await open();
    const place = [...bench.gallery.ids].findIndex((id) => bench.rows.slot(id).row?.label === 0);
    bench.gallery.selectIndex(place);
    await bench.verdicts.press('unsure');
    bench.gallery.setFilter(filterOf('label:#1'));
    await vi.waitUntil(() => !bench.gallery.waiting);
    await bench.verdicts.undo();
    expect(bench.notices.items[0]?.hint).toContain('(not among those shown)');
    expect(bench.gallery.selectedIndex).toBe(-1);
  });

  it('of images that left the dataset says which, and knows what can be undone and done again', async () => {
    const { bench, bridge } = await open();
    const [one, two] = bench.gallery.ids;
    const [first, second] = [imageId(one ?? 0), imageId(two ?? 0)];
    const file = bench.rows.slot(first).row?.file ?? expect.fail();
    bench.gallery.selectIndex(0);
    bench.picks.toggle(first);
    bench.picks.toggle(second);
    await bench.verdicts.press('unsure');
    bridge.lost.add(second);
    await bench.verdicts.undo();
    expect(bench.notices.items[0]?.hint).toContain('1 other image is not in the dataset any more.');
    await bench.verdicts.redo();
    bridge.lost.add(first);
    const place = bench.gallery.selectedIndex;
    await bench.verdicts.undo();
    expect(bench.notices.items[0]).toMatchObject({
      message: 'Undone: Unsure on 2 images',
      hint: `${file} and 1 more are not in the dataset any more.`,
    });
    expect([bench.verdicts.canUndo, bench.verdicts.canRedo]).toEqual([false, true]);
    await bench.verdicts.redo();
    expect(bench.notices.items[0]?.message).toBe('Redone: Unsure on 2 images');
    expect([bench.verdicts.canUndo, bench.verdicts.canRedo]).toEqual([true, false]);
    expect(bench.gallery.selectedIndex).toBe(place);
  });

  it('says when there is no verdict to take back', async () => {
    const { bench } = await open();
    await bench.verdicts.clear();
    expect(told(bench)).toEqual(['There is no verdict of yours to take back']);
  });
});
