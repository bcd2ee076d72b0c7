/** How long it takes to recognise, open and list 100,000 files in each layout, and how long the event loop is held. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openDataset } from '../../src/main/dataset/registry.js';

const total = 100_000;
let root = '';

async function makeFolders(place: string, classes: number): Promise<void> {
  for (let c = 0; c < classes; c += 1) {
    const folder = join(place, `class ${String(c)}`);
    await mkdir(folder, { recursive: true });
    const names = Array.from({ length: total / classes }, (_, index) => join(folder, `image_${String(index * 7)}.jpg`));
    await Promise.all(names.map((name) => writeFile(name, '')));
  }
}

async function makeFlat(place: string): Promise<void> {
  await mkdir(place);
  const rows = ['path,label,split'];
  for (let index = 0; index < total; index += 1) {
    const name = `n${String(10_000_000 + (index % 1000))}_some_class_${String(index)}.JPEG`;
    await writeFile(join(place, name), '');
    rows.push(`${name},class ${String(index % 1000)},train`);
  }
  await writeFile(join(root, 'labels.csv'), rows.join('\n'));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-bench-'));
  await makeFolders(join(root, 'folders'), 1000);
  await makeFlat(join(root, 'flat'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

test.each([
  ['folder-per-class', 'folders', undefined],
  ['imagenet-names', 'flat', undefined],
  ['label-table', 'flat', 'labels.csv'],
])('%s: 100,000 files in under 5 s', async (format, place, table) => {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const start = performance.now();
  const options = table === undefined ? {} : { labelsFile: join(root, table) };
  const dataset = await openDataset(join(root, place), options);
  const opened = performance.now() - start;
  let images = 0;
  let labelled = 0;
  for await (const image of dataset.images()) {
    images += 1;
    if (image.label !== null) labelled += 1;
  }
  const listed = performance.now() - start;
  loop.disable();
  const figures = { format, images, labelled, openMs: opened, listMs: listed, longestHoldMs: loop.max / 1e6 };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(dataset.format).toBe(format);
  expect({ images, labelled, labels: dataset.labels.length }).toEqual({ images: total, labelled: total, labels: 1000 });
  expect(listed).toBeLessThan(5000);
});
