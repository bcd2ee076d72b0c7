import { describe, expect, it } from 'vitest';

import { dataHere } from '../../../src/main/data/data-here.js';
import type { DatasetDescription } from '../../../src/main/data/describe-dataset.js';
import type { DatasetImage } from '../../../src/main/dataset/dataset.js';
import { openDataset } from '../../../src/main/dataset/registry.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { named, writeTree } from '../../support/file-tree.js';

const describeFolder = (path: string, signal?: AbortSignal): Promise<DatasetDescription> =>
  dataHere.describeDataset({ path, labelsFile: null, format: null }, { signal });

describe('the description of a dataset', () => {
  it.each([1, 2, 3, 4, 5])('counts what its images say one by one, and shows ten of them, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const one = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? '';
    const files = Array.from({ length: 5 + Math.floor(random() * 60) }, (_, at) => {
      const split = one(['train', 'val']);
      return random() < 0.1 ? `${split}/loose${String(at)}.png` : `${split}/${one(['a', 'b', 'c'])}/${String(at)}.png`;
    });
    const root = await writeTree({ ...named(...files), 'notes.csv': 'nothing here' });
    const described = await describeFolder(root);

    const dataset = await openDataset(root);
    const images: DatasetImage[] = [];
    for await (const image of dataset.images()) images.push(image);
    const countOf = (name: string): number => images.filter(({ label }) => label === name).length;
    expect(described.images).toBe(images.length);
    expect(dataset.count).toBe(images.length);
    expect(described.labels).toEqual(dataset.labels.map((name) => ({ name, count: countOf(name) })));
    expect(described.labelled).toBe(images.filter(({ label }) => label !== null).length);
    const splits = Map.groupBy(images, ({ split }) => split);
    splits.delete(null);
    expect(described.splits).toEqual(Array.from(splits, ([name, of]) => ({ name, count: of.length })));
    expect(described.warnings).toEqual(dataset.warnings);
    expect([described.path, described.format]).toEqual([root, dataset.format]);
    const shown = Math.min(10, images.length);
    const places = Array.from({ length: shown }, (_, at) => Math.floor(((at + 0.5) * images.length) / shown));
    expect(described.preview).toEqual(places.map((place) => images[place]));
  });

  it('can be given up', async () => {
    const root = await writeTree(named(...Array.from({ length: 3000 }, (_, at) => `a/${String(at)}.png`)));
    await expect(describeFolder(root, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('says what is wrong with a place', async () => {
    await expect(describeFolder(await writeTree({ 'a.md': '' }))).rejects.toMatchObject({ code: 'DATASET_EMPTY' });
  });
});
