import { expect, test } from 'vitest';

import { firstPaths } from '../../../src/main/dataset/first-paths.js';
import { openDataset } from '../../../src/main/dataset/registry.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { type FileTree, named, writeTree } from '../../support/file-tree.js';
import { compareNatural } from '../../support/plain-order.js';

test('the first of random paths are those that sorting all puts first', async () => {
  const random = seededRandom(9);
  const below = (end: number): number => Math.floor(random() * end);
  const paths = Array.from({ length: 5000 }, (_, at) => {
    const folders = Array.from({ length: below(4) }, () => `${String(below(12))}/`);
    return `${folders.join('')}${String(at)}.csv`;
  });
  const rankOf = (path: string): number | null => (path.length % 4 === 0 ? null : path.length % 3);
  const depthOf = (path: string): number => path.split('/').length;
  const sorted = paths
    .filter((path) => rankOf(path) !== null)
    .toSorted((a, b) => Number(rankOf(a)) - Number(rankOf(b)) || depthOf(a) - depthOf(b) || compareNatural(a, b));
  const list = { size: paths.length, at: (index: number) => paths[index] ?? '' };
  for (const most of [1, 7, 60, 6000]) expect(await firstPaths(list, most, rankOf)).toEqual(sorted.slice(0, most));
});

test('of a table for every image sixty are looked into, and the warning counts the others and names the first', async () => {
  const numbers = Array.from({ length: 80 }, (_, at) => at);
  const images = numbers.map((at) => `${['cat', 'dog'][at % 2] ?? ''}/${String(at)}.png`);
  const tables: FileTree = Object.fromEntries(numbers.map((at) => [`boxes/${String(at)}.csv`, 'x,y,w,h\n1,2,3,4\n']));
  const texts = Object.fromEntries(numbers.map((at) => [`boxes/${String(at)}.txt`, '0 1 2 3 4']));
  const dataset = await openDataset(await writeTree({ ...named(...images), ...tables, ...texts }));
  expect(dataset.format).toBe('folder-per-class');
  expect(dataset.warnings).toContain(
    'Tables that were not looked into (20): "boxes/60.csv", "boxes/61.csv", "boxes/62.csv" and 17 more.',
  );
});
