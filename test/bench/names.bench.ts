/** What a million file names take: to add, store, find, search by each letter, and put in order. */

import { expect, test } from 'vitest';

import { FileNames } from '../../src/main/table/file-names.js';
import { seededRandom } from '../../src/shared/seeded-random.js';

const count = Number(process.env.IMAGES ?? '1000000');
const folders = ['train/cat', 'train/Dog', 'val/horse', 'test/n01440764'];
const random = seededRandom(1);
const nameOf = (index: number): string =>
  `${folders[Math.floor((index * folders.length) / count)] ?? ''}/IMG_${String(index).padStart(7, '0')}_${Math.floor(random() * 1e6).toString(36)}.JPEG`;

/** The least of several rounds: other programs may hold the processor up, never speed it up. */
function milliseconds(work: () => void, rounds = 1, before: () => void = () => undefined): number {
  const times = Array.from({ length: rounds }, () => {
    before();
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Number(Math.min(...times).toFixed(1));
}

test('a million file names', { timeout: 0 }, () => {
  const names = Array.from({ length: count }, (_, index) => nameOf(index));
  let files = new FileNames();
  const add = milliseconds(() => {
    files = new FileNames();
    for (const name of names) files.add(name);
  });
  const stored = files.bytesOf(0, count);
  let again = new FileNames();
  const append = milliseconds(() => {
    again = new FileNames();
    again.append(stored);
  }, 3);
  const firstLookup = milliseconds(() => again.slotOf(names[5] ?? ''));
  const lookups = milliseconds(() => {
    for (const name of names) again.slotOf(name);
  });
  const searches = Object.fromEntries(
    ['e', 'q', '@', '7', '.jpeg', 'img_', '99999', 'cat', 'zz9', 'é', 'horse/img_0712345'].map((text) => {
      let hits = 0;
      const look = (): void => {
        hits = files.containing(text).reduce((sum, hit) => sum + hit, 0);
      };
      // Another text before each, so that nothing is remembered.
      const time = milliseconds(look, 7, () => files.containing('\u0001'));
      return [text, { hits, milliseconds: time }];
    }),
  );
  const mixed = new FileNames();
  const shuffled = names.map((name) => `${String(Math.floor(random() * 1e6))}/${name}`);
  for (const name of shuffled) mixed.add(name);
  const ordered = milliseconds(() => files.ranks());
  const shuffledOrder = milliseconds(() => mixed.ranks());
  mixed.add('m/new.png');
  const oneMore = milliseconds(() => mixed.ranks());
  const figures = { count, bytes: stored.bytes.length, add, append, firstLookup, lookups, searches };
  process.stdout.write(`${JSON.stringify({ ...figures, ordered, shuffledOrder, oneMore }, null, 2)}\n`);
  expect(files.size).toBe(count);
});
