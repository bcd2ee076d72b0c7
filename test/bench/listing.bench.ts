/** How long it takes to recognise, open and list many files in each layout, how long that holds the event loop, and what memory it needs; `IMAGES=1000000` for a million. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { dataHere } from '../../src/main/data/data-here.js';
import { inThisProcess } from '../../src/main/data/in-this-process.js';
import { openDataset } from '../../src/main/dataset/registry.js';
import { proposeMapping } from '../../src/main/mapping/mapping.js';
import { Project } from '../../src/main/project/project.js';
import { info } from '../unit/project/sample.js';

const total = Number(process.env.IMAGES ?? '100000');
/** Labels of the dataset of a folder a label, and images of each. */
const [wideLabels, wideImages] = [20_000, 3];
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

async function makeWide(place: string): Promise<void> {
  for (let label = 0; label < wideLabels; label += 1) {
    const folder = join(place, `species ${String(label).padStart(5, '0')} of plant`);
    await mkdir(folder, { recursive: true });
    for (let at = 0; at < wideImages; at += 1) await writeFile(join(folder, `${String(at)}.jpg`), '');
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use once what nobody needs is gone. */
function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-bench-'));
  await makeFolders(join(root, 'folders'), 1000);
  await makeFlat(join(root, 'flat'));
  await makeWide(join(root, 'wide'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

test.each([
  ['folder-per-class', 'folders', undefined],
  ['imagenet-names', 'flat', undefined],
  ['label-table', 'flat', 'labels.csv'],
])('%s: a hundred thousand files in under 5 s, with less than 100 bytes kept of each', async (format, place, table) => {
  const before = bytesInUse();
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
  const kept = (bytesInUse() - before) / total;
  const figures = {
    format,
    images,
    labelled,
    keptBytesAnImage: kept,
    openMs: opened,
    listMs: listed,
    longestHoldMs: loop.max / 1e6,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(dataset.format).toBe(format);
  expect({ images, labelled, labels: dataset.labels.length }).toEqual({ images: total, labelled: total, labels: 1000 });
  expect(listed).toBeLessThan(5000 * Math.max(1, total / 100_000));
  expect(kept).toBeLessThan(100);
});

test('20,000 labels are described, mapped and scanned', async () => {
  const start = performance.now();
  const path = join(root, 'wide');
  const described = await dataHere.describeDataset({ path, labelsFile: null, format: null });
  const describedMs = performance.now() - start;
  const labels = described.labels.map(({ name }) => name);
  const model = { ...info.model, classes: labels.map((name) => name.toUpperCase()) };
  const mapping = proposeMapping(labels, model);
  const mappedMs = performance.now() - start - describedMs;
  const facts = { ...info, datasetPath: path, format: described.format, labelsFile: null, labels, model, mapping };
  const project = Project.create(join(root, 'wide.hognose'), facts);
  await inThisProcess(project).scanDataset({});
  const scannedMs = performance.now() - start - describedMs - mappedMs;
  project.close();
  process.stdout.write(`${JSON.stringify({ labels: labels.length, describedMs, mappedMs, scannedMs })}\n`);
  expect([labels.length, described.images]).toEqual([wideLabels, wideLabels * wideImages]);
  expect(mapping.filter(({ classIndex }) => classIndex === null)).toEqual([]);
  expect(describedMs + mappedMs).toBeLessThan(3000);
});
