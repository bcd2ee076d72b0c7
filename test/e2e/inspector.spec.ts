/** The inspector on a small screen: what fits it, what stays where it is, how pictures are zoomed, and which colour scale they have. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ElectronApplication, Locator, Page } from '@playwright/test';
import sharp from 'sharp';

import { expect, test } from '../support/app.js';
import { DemoPictures } from '../support/demo-pictures.js';
import { predictionsDone, startAudit, startSmallAudit } from '../support/new-audit.js';
import { writeLongNamedModel, writeShapedPictures } from '../support/shaped-pictures.js';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function resize(app: ElectronApplication, width: number, height: number): Promise<void> {
  await app.evaluate(
    ({ BrowserWindow }, size) => {
      BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height);
    },
    { width, height },
  );
}

/** Boxes of everything that matches, in whole pixels. */
function boxes(of: Locator): Promise<Box[]> {
  return of.evaluateAll((elements) =>
    elements.map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
    }),
  );
}

/** The box of the one element that matches. */
async function boxOf(of: Locator): Promise<Box> {
  const [box] = await boxes(of);
  if (box === undefined) throw new Error('Nothing matches on the screen.');
  return box;
}

/** Texts of the maps' captions, legend and tools that are cut, without a title that gives them whole. */
function cutTexts(window: Page): Promise<string[]> {
  return window.getByTestId('inspector').evaluate((inspector) =>
    [...inspector.querySelectorAll<HTMLElement>('figcaption *, .controls *, .decide *')]
      .filter(({ scrollWidth, clientWidth, scrollHeight, clientHeight, title, childElementCount }) => {
        const cut = scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
        return childElementCount === 0 && clientWidth > 0 && cut && title === '';
      })
      .map((element) => element.textContent),
  );
}

/** Waits until the picture at this place of the gallery is on screen with its maps. */
async function shown(window: Page, place: number): Promise<void> {
  await expect(window.locator('.place')).toContainText(new RegExp(`^${String(place)} of `));
  await expect(window.getByTestId('map-canvas')).toHaveCount(3, { timeout: 60_000 });
  await expect(window.getByTestId('settling')).toHaveCount(0, { timeout: 60_000 });
}

test('pictures of every shape and long names fit 1366 x 768, and nothing moves from one to the next', async ({
  app,
  window,
  folder,
}) => {
  const [dataset, model] = [join(folder, 'shapes'), join(folder, 'model')];
  await writeShapedPictures(dataset, 16);
  await writeLongNamedModel(model);
  await resize(app, 1366, 768);
  await startAudit(app, window, dataset, model);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  const inspector = window.getByTestId('inspector');
  const places: unknown[] = [];
  const shapes = new Set<string>();
  for (let place = 1; place <= 8; place += 1) {
    await shown(window, place);
    const frames = await boxes(window.getByTestId('frame'));
    expect(frames.length).toBe(4);
    for (const { width, height } of frames) expect(Math.min(width, height)).toBeGreaterThanOrEqual(140);
    const pictures = await boxes(inspector.locator('.picture'));
    for (const { width, height } of pictures) {
      expect(Math.max(width, height)).toBeGreaterThanOrEqual(140);
      shapes.add((width / height).toFixed(1));
    }
    expect(await cutTexts(window)).toEqual([]);
    const sentence = await boxOf(window.getByTestId('sentence'));
    const verdicts = await boxes(window.locator('[data-testid^=verdict-]'));
    expect(sentence.y + 38).toBeLessThan(Math.min(...verdicts.map(({ y }) => y)));
    places.push({ frames, verdicts, sentence: sentence.y, legend: await boxes(window.getByTestId('legend')) });
    await window.keyboard.press('ArrowRight');
  }
  for (const place of places) expect(place).toEqual(places[0]);
  expect([...shapes].sort()).toEqual(['0.5', '1.0', '1.3', '2.0']);

  await window.keyboard.press('Space');
  await shown(window, 9);
  const large = await boxes(window.getByTestId('frame'));
  const narrow = (places[0] as { frames: Box[] }).frames[0]?.height ?? 0;
  for (const { width, height } of large) expect(Math.min(width, height)).toBeGreaterThan(1.3 * narrow);
  expect(await cutTexts(window)).toEqual([]);
  await window.keyboard.press('ArrowRight');
  await shown(window, 10);
  expect(await boxes(window.getByTestId('frame'))).toEqual(large);
});

test('all pictures zoom and move together, by wheel, pointer and keys, and the next one is seen whole', async ({
  app,
  window,
  folder,
}) => {
  await resize(app, 1366, 768);
  await startSmallAudit(app, window, folder, 40);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  await shown(window, 1);
  const pictures = window.getByTestId('inspector').locator('.picture');
  const whole = await boxes(pictures);
  const frames = await boxes(window.getByTestId('frame'));
  const frame = await boxOf(window.getByTestId('frame').nth(1));
  const offsets = async (): Promise<Box[]> =>
    (await boxes(pictures)).map((box, at) => ({
      ...box,
      x: box.x - (frames[at]?.x ?? 0),
      y: box.y - (frames[at]?.y ?? 0),
    }));

  // The wheel away from the person, at the upper left quarter: that point stays.
  await window.mouse.move(frame.x + frame.width / 4, frame.y + frame.height / 4);
  await window.mouse.wheel(0, -500);
  await expect(window.getByTestId('zoom')).toBeVisible();
  const near = await offsets();
  expect(near[0]?.width).toBeGreaterThan(2 * (whole[0]?.width ?? 0));
  for (const offset of near) expect(offset).toEqual(near[0]);
  const { x = 0, width = 1 } = near[0] ?? {};
  expect((frame.width / 4 - x) / width).toBeCloseTo(0.25, 1);
  await expect(window.getByTestId('zoom')).toHaveText(/^1,\d{3}\u202f% Whole$/);
  expect(
    await pictures
      .first()
      .locator('img')
      .evaluate((img) => getComputedStyle(img).imageRendering),
  ).toBe('pixelated');

  // Dragging moves all of them, arrow keys with shift too; arrow keys alone go on.
  await window.mouse.down();
  await window.mouse.move(frame.x + frame.width / 4 - 30, frame.y + frame.height / 4 - 20, { steps: 3 });
  await window.mouse.up();
  const dragged = await offsets();
  expect([dragged[3]?.x, dragged[3]?.y]).toEqual([(near[0]?.x ?? 0) - 30, (near[0]?.y ?? 0) - 20]);
  await window.keyboard.press('Shift+ArrowRight');
  expect((await offsets())[0]?.x).toBeLessThan(dragged[0]?.x ?? 0);
  expect(await window.getByTestId('inspector').getAttribute('data-image-id')).not.toBeNull();
  await expect(window.locator('.place')).toContainText('1 of ');
  await window.mouse.dblclick(frame.x + 20, frame.y + 20);
  await expect(window.getByTestId('zoom')).toHaveCount(0);
  expect(await boxes(pictures)).toEqual(whole);

  // Keys: in, out, 1:1, whole; also in the large view.
  await window.keyboard.press('.');
  await window.keyboard.press('.');
  await window.keyboard.press(',');
  expect((await boxes(pictures))[2]?.width).toBeCloseTo(1.5 * (whole[0]?.width ?? 0), -1);
  await window.keyboard.press('e');
  await expect(window.getByTestId('zoom')).toContainText('100\u202f%');
  expect((await boxes(pictures))[1]?.width).toBe(28);
  await window.keyboard.press('w');
  await expect(window.getByTestId('zoom')).toHaveCount(0);
  await window.keyboard.press('Space');
  await window.keyboard.press('.');
  await expect(window.getByTestId('zoom')).toBeVisible();
  await window.keyboard.press('ArrowRight');
  await shown(window, 2);
  await expect(window.getByTestId('zoom')).toHaveCount(0);
  await window.keyboard.press('.');
  await window.getByTestId('zoom').click();
  await expect(window.getByTestId('zoom')).toHaveCount(0);

  await window.keyboard.press('?');
  await expect(window.getByTestId('keys')).toContainText('Actual pixels (1:1)');
});

test('the wheel scrolls where the whole picture is seen, and 1:1 shows the pixels of the file', async ({
  app,
  window,
  folder,
}) => {
  const pictures = await DemoPictures.open();
  const dataset = join(folder, 'photographs');
  await mkdir(join(dataset, 'Bag'), { recursive: true });
  for (let index = 0; index < 4; index += 1) {
    const picture = sharp(await pictures.png(index)).resize(2600, 2000, { fit: 'fill' });
    await writeFile(join(dataset, 'Bag', `${String(index)}.jpg`), await picture.jpeg().toBuffer());
  }
  await resize(app, 1000, 700);
  await startAudit(app, window, dataset);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  await shown(window, 1);
  const frame = await boxOf(window.getByTestId('frame').first());
  await window.mouse.move(frame.x + 20, frame.y + 20);
  await window.mouse.wheel(0, 90);
  const body = window.getByTestId('inspector').locator('.body');
  await expect.poll(() => body.evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(0);
  await expect(window.getByTestId('zoom')).toHaveCount(0);

  await window.keyboard.press('e');
  await expect(window.getByTestId('zoom')).toContainText('100\u202f%');
  await expect(window.getByTestId('copy-note')).toHaveText('');
  const served = window.getByTestId('inspector').locator('img.closer').first();
  await expect.poll(() => served.evaluate((img) => (img as HTMLImageElement).naturalWidth)).toBe(2600);
  await window.keyboard.press('w');
  await expect(window.getByTestId('inspector').locator('img.closer')).toHaveCount(0);
});

test('the scale that shows most comes first, the legend says which, and what a person chooses stays', async ({
  app,
  window,
  folder,
}) => {
  await resize(app, 1366, 768);
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  const words = window.getByTestId('scale-words');
  const scale = window.getByRole('group', { name: 'Colour scale' });
  const pressed = (name: string): Locator => scale.getByRole('button', { name, pressed: true });
  // The first images in order of suspicion and the last, which are sure: both scales come up.
  const seen = new Set<string>();
  for (let place = 1; place <= 12; place += 1) {
    await shown(window, place);
    const text = (await words.textContent()) ?? '';
    const own = text.startsWith('Own scale each: ');
    seen.add(own ? 'own' : 'one');
    expect(text).toMatch(
      own ? /on one scale [1-3] of 3 maps would use under a quarter$/ : /each uses a quarter of it or more$/,
    );
    await expect(pressed(own ? 'Own scale' : 'One scale')).toBeVisible();
    await window.keyboard.press('ArrowRight');
  }
  expect(seen.has('own')).toBe(true);

  await scale.getByRole('button', { name: 'One scale' }).click();
  for (let place = 13; place <= 15; place += 1) {
    await shown(window, place);
    await expect(pressed('One scale')).toBeVisible();
    await expect(words).toHaveText(/^One scale for all maps/);
    await window.keyboard.press('ArrowRight');
  }
  const stored = await window.evaluate(async () => {
    const { hognose } = globalThis as unknown as {
      hognose: { call(name: string, input: unknown): Promise<{ value: { mapScale: string } }> };
    };
    return (await hognose.call('settings.get', undefined)).value.mapScale;
  });
  expect(stored).toBe('one');
  await expect(window.getByTestId('scale-auto')).toHaveAttribute('aria-pressed', 'false');
  await window.getByTestId('scale-auto').click();
  await expect(window.getByTestId('scale-auto')).toHaveAttribute('aria-pressed', 'true');
});

test('an image that cannot be read has no tools for maps, and the way on is in view', async ({
  app,
  window,
  folder,
}) => {
  const pictures = await DemoPictures.open();
  const dataset = join(folder, 'clothes');
  await pictures.write(dataset, 0, 12);
  await DemoPictures.writeBroken(dataset);
  await resize(app, 1000, 700);
  await startAudit(app, window, dataset);
  await predictionsDone(window);
  await window.keyboard.press('f');
  await window.getByTestId('facet-unreadable').click();
  await window.getByTestId('tile').first().click();
  await expect(window.getByTestId('inspector')).toContainText('The picture cannot be shown');
  await expect(window.getByTestId('legend')).toHaveCount(0);
  await expect(window.getByTestId('toggle-maps')).toHaveCount(0);
  const way = window.getByTestId('inspector').getByRole('button', { name: 'Try unreadable images again' });
  await expect(way).toBeInViewport({ ratio: 1 });
  const button = await boxOf(way);
  expect(button.y + button.height).toBeLessThan((await boxOf(window.getByTestId('verdict-1'))).y);
});
