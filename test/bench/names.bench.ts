/** What a million file names take: to add, store, find, search by each letter, and put in order. */

import { expect, test } from 'vitest';

import { FileNames } from '../../src/main/table/file-names.js';
import { seededRandom } from '../../src/shared/seeded-random.js';
import { quickest } from './measure.js';

const count = Number(process.env.IMAGES ?? '1000000');
const folders = ['train/cat', 'train/Dog', 'val/horse', 'test/n01440764'];
const random = seededRandom(1);
const nameOf = (index: number): string =>
  `${folders[Math.floor((index * folders.length) / count)] ?? ''}/IMG_${String(index).padStart(7, '0')}_${Math.floor(random() * 1e6).toString(36)}.JPEG`;

test('a million file names', { timeout: 0 }, () => {
  const names = Array.from({ length: count }, (_, index) => nameOf(index));
  let files = new FileNames();
  const add = quickest(1, () => {
    files = new FileNames();
    for (const name of names) files.add(name);
  });
  const stored = files.bytesOf(0, count);
  let again = new FileNames();
  const append = quickest(3, () => {
    again = new FileNames();
    again.append(stored);
  });
  const firstLookup = quickest(1, () => again.slotOf(names[5] ?? ''));
  const lookups = quickest(1, () => {
    for (const name of names) again.slotOf(name);
  });
  const searches = Object.fromEntries(
    ['e', 'q', '@', '7', '.jpeg', 'img_', '99999', 'cat', 'zz9', 'é', 'horse/img_0712345'].map((text) => {
      let found: Uint8Array = new Uint8Array();
      const look = (): void => {
        found = files.containing(text);
      };
      // Another text before each, so that nothing is remembered.
      const time = quickest(7, look, () => files.containing('\u0001'));
      return [text, { hits: found.reduce((sum, hit) => sum + hit, 0), ...time }];
    }),
  );
  const mixed = new FileNames();
  const shuffled = names.map((name) => `${String(Math.floor(random() * 1e6))}/${name}`);
  for (const name of shuffled) mixed.add(name);
  const ordered = quickest(1, () => files.ranks());
  const shuffledOrder = quickest(1, () => mixed.ranks());
  mixed.add('m/new.png');
  const oneMore = quickest(1, () => mixed.ranks());
  const figures = { count, bytes: stored.bytes.length, add, append, firstLookup, lookups, searches };
  process.stdout.write(`${JSON.stringify({ ...figures, ordered, shuffledOrder, oneMore }, null, 2)}\n`);
  expect(files.size).toBe(count);
});
