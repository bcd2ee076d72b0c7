import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { surveyFolder } from '../../../src/main/dataset/survey.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { named, writeTree } from '../../support/file-tree.js';
import { compareNatural } from '../../support/plain-order.js';

/** The images below a folder, one folder after the other: its own in natural order, then those of its folders. */
async function plainImages(root: string, folder = ''): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const names = (folders: boolean): readonly string[] =>
    entries
      .filter((entry) => entry.isDirectory() === folders)
      .map(({ name }) => name)
      .sort(compareNatural);
  const images = names(false)
    .filter((name) => /\.(?:png|jpg)$/.test(name))
    .map((name) => folder + name);
  for (const name of names(true)) images.push(...(await plainImages(root, `${folder}${name}/`)));
  return images;
}

describe('a survey', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'lists random trees in their order, whatever folder is read first, seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      const below = (end: number): number => Math.floor(random() * end);
      const files = Array.from({ length: 150 }, () => {
        const folders = Array.from({ length: below(5) }, () => `f${String(below(8))}/`);
        return `${folders.join('')}${String(below(100))}${['.png', '.jpg', '.md'][below(3)] ?? ''}`;
      });
      const root = await writeTree(named(...files));
      const survey = await surveyFolder(root);
      expect([...survey.images]).toEqual(await plainImages(root));
      expect(survey.tree.total).toBe(survey.images.size);
    },
  );

  test('of more folders than are read at a time lists all, and says of each what is wrong with it in their order', async () => {
    const places = Array.from({ length: 100 }, (_, at) => String(at));
    const root = await writeTree(named(...places.map((at) => `${at}/1.png`)));
    for (const at of ['5', '40', '7', '88']) await symlink('nowhere', join(root, at, 'lost.png'));
    const survey = await surveyFolder(root);
    expect([...survey.images]).toEqual(places.map((at) => `${at}/1.png`));
    const lost = ['5', '7', '40'].map((at) => JSON.stringify(join(root, at, 'lost.png'))).join(', ');
    expect(survey.warnings.sentences()).toEqual([expect.stringContaining(`(4): ${lost} and 1 more.`)]);
  });

  test('of a folder with thousands of names, read portion by portion, lists all', async () => {
    const root = await writeTree({});
    await mkdir(join(root, 'many'));
    const names = Array.from({ length: 3000 }, (_, at) => `a rather long name of an image ${String(at)}.png`);
    for (const name of names) await writeFile(join(root, 'many', name), '');
    expect([...(await surveyFolder(root)).images]).toEqual(names.map((name) => `many/${name}`));
  });

  test('is given up between two folders', async () => {
    const root = await writeTree(named('a/1.png'));
    await expect(surveyFolder(root, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
