/** File names as bytes say what plain strings say: looked up, searched, put in order, added, removed, stored. */

import { describe, expect, it } from 'vitest';

import { FileNames } from '../../../src/main/table/file-names.js';
import { type Random, seededRandom } from '../../../src/shared/seeded-random.js';

const letters = [
  'a',
  'B',
  'b',
  'ß',
  'É',
  'é',
  'Ж',
  'ж',
  '猫',
  '😀',
  '"',
  "'",
  '\n',
  '/',
  '#',
  '1',
  '07',
  '.',
  '\u212a',
  'İ',
  'Σ',
  ' ',
];

function drawn(random: Random, most: number): string {
  const length = Math.floor(random() * (most + 1));
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? '').join('');
}

/** Different names, some of them members of containers. */
function drawnNames(random: Random, count: number): string[] {
  const names = new Set<string>();
  while (names.size < count) {
    const name = drawn(random, 8);
    names.add(random() < 0.2 ? `z#${String(Math.floor(random() * 100))}` : `${name}${String(names.size % 7)}.png`);
  }
  return [...names];
}

function filled(names: readonly string[]): FileNames {
  const files = new FileNames();
  for (const name of names) files.add(name);
  return files;
}

/** The order that names are in, by the words of the glossary: written down apart from the product's code. */
function compared(a: string, b: string): number {
  const parts = (name: string): readonly [string, number] => {
    const found = /^([^]+)#(\d{1,15})$/u.exec(name);
    return found === null ? [name, -1] : [found[1] ?? '', Number(found[2])];
  };
  const [[aText, aMember], [bText, bMember]] = [parts(a), parts(b)];
  return (
    Buffer.compare(Buffer.from(aText), Buffer.from(bText)) ||
    aMember - bMember ||
    Buffer.compare(Buffer.from(a), Buffer.from(b))
  );
}

function ranksOf(names: readonly string[]): number[] {
  const sorted = [...names].sort(compared);
  const rank = new Map(sorted.map((name, place) => [name, place]));
  return names.map((name) => rank.get(name) ?? -1);
}

describe('file names', () => {
  it('are found, and given back as they were', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const names = drawnNames(seededRandom(seed), 300);
      const files = filled(names);
      expect(files.size).toBe(300);
      expect(names.map((_, slot) => files.at(slot))).toEqual(names);
      expect(names.map((name) => files.slotOf(name))).toEqual(names.map((_, slot) => slot));
      expect(files.slotOf('no such name')).toBeUndefined();
      expect(files.slotOf('')).toBeUndefined();
      expect(files.at(300)).toBe('');
    }
  });

  it('are found among those that were added after the last question', () => {
    const files = new FileNames();
    for (let slot = 0; slot < 5000; slot += 1) {
      expect(files.slotOf(`${String(slot)}.png`)).toBeUndefined();
      files.add(`${String(slot)}.png`);
    }
    expect(files.slotOf('4321.png')).toBe(4321);
  });

  it('contain a text as strings in small letters do', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const random = seededRandom(seed);
      const names = drawnNames(random, 120);
      const files = filled(names);
      for (let text = drawn(random, 2); text.length < 8; text += drawn(random, 1) || 'b') {
        const wanted = text.toLowerCase();
        const expected = names.map((name) => (name.toLowerCase().includes(wanted) ? 1 : 0));
        expect(Array.from(files.containing(text)), JSON.stringify({ seed, text })).toEqual(expected);
        if (random() < 0.3) {
          const added = `${drawn(random, 5)}${String(names.length)}`;
          names.push(added);
          files.add(added);
        }
      }
    }
  });

  it('do not contain what lies across two of them', () => {
    const files = filled(['ab', 'cd', 'ef', 'cde', 'é', 'è']);
    expect(Array.from(files.containing('bc'))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Array.from(files.containing('de'))).toEqual([0, 0, 0, 1, 0, 0]);
    expect(Array.from(files.containing('éè'))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('have an order, which follows what is added', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = seededRandom(seed);
      const names = drawnNames(random, 400);
      const cut = Math.floor(random() * 401);
      const files = filled(names.slice(0, cut));
      expect(Array.from(files.ranks())).toEqual(ranksOf(names.slice(0, cut)));
      for (const name of names.slice(cut)) files.add(name);
      expect(Array.from(files.ranks())).toEqual(ranksOf(names));
    }
  });

  it('have an order by member and code point', () => {
    const files = filled(['z#10', 'z#9', 'b.png', 'z#2', 'a😀', 'a\uffee', 'z', 'B.png', 'z#2b']);
    const ranks = files.ranks();
    const inOrder = Array.from(ranks.keys()).sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0));
    expect(inOrder.map((slot) => files.at(slot))).toEqual([
      'B.png',
      'a\uffee',
      'a😀',
      'b.png',
      'z',
      'z#2',
      'z#9',
      'z#10',
      'z#2b',
    ]);
  });

  it('are put in order in portions, which names that are added meanwhile do not disturb', () => {
    const random = seededRandom(7);
    const names = Array.from({ length: 60_000 }, (_, at) => `${String(Math.floor(random() * 1e9))}/${String(at)}`);
    const files = filled(names);
    const ordering = files.ordering();
    let portions = 0;
    for (const _ of ordering) {
      portions += 1;
      if (portions === 3) files.add('000');
    }
    expect(portions).toBeGreaterThan(10);
    const ranks = files.ranks();
    expect(ranks.length).toBe(60_001);
    expect(ranks[60_000]).toBe(Array.from(names).filter((name) => compared(name, '000') < 0).length);
    expect(Array.from(ranks.subarray(0, 1000))).toEqual(ranksOf([...names, '000']).slice(0, 1000));
  });

  it('are the same once they were stored', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const random = seededRandom(seed);
      const names = drawnNames(random, 200);
      const files = filled(names);
      const again = new FileNames();
      for (let first = 0; first < 200;) {
        const end = Math.min(200, first + Math.floor(random() * 60));
        again.append(files.bytesOf(first, end));
        first = end;
      }
      expect(names.map((_, slot) => again.at(slot))).toEqual(names);
      expect(Array.from(again.containing('ж'))).toEqual(Array.from(files.containing('ж')));
      again.putRanks(files.ranks().slice());
      again.add('0');
      expect(Array.from(again.ranks())).toEqual(ranksOf([...names, '0']));
    }
  });

  it('move up where some are removed', () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const random = seededRandom(seed);
      const names = drawnNames(random, 200);
      const files = filled(names);
      if (seed % 2 === 0) files.ranks();
      files.containing('b');
      const kept = Uint8Array.from(names, () => (random() < 0.7 ? 1 : 0));
      files.keep(kept);
      const left = names.filter((_, slot) => kept[slot] === 1);
      expect(left.map((_, slot) => files.at(slot))).toEqual(left);
      expect(left.map((name) => files.slotOf(name))).toEqual(left.map((_, slot) => slot));
      expect(files.size).toBe(left.length);
      expect(Array.from(files.containing('b'))).toEqual(left.map((name) => (/b/iu.test(name) ? 1 : 0)));
      expect(Array.from(files.ranks())).toEqual(ranksOf(left));
      const added = files.add('new');
      expect(files.slotOf('new')).toBe(added);
    }
  });
});

describe('some names of many', () => {
  it('are found without a table of all, as they are with one', () => {
    const random = seededRandom(5);
    const all = Array.from({ length: 3000 }, (_, at) =>
      at % 7 === 0
        ? `é ${String(at)}/0123456789.png`
        : `${String(Math.floor(random() * 9))}/${String(at)}0123456789.png`,
    );
    const wanted = [0, 7, 14, 1, 2, 2999].map((at) => all[at] ?? '');
    const asked = [...wanted, 'no such name', '', '8/0123456789.png', ...wanted];
    const fresh = new FileNames();
    for (const name of all) fresh.add(name);
    const found = fresh.slotsOf(asked);
    expect(found).toEqual(asked.map((name) => (all.includes(name) ? all.indexOf(name) : undefined)));
    // From here on there is the table.
    expect(asked.map((name) => fresh.slotOf(name))).toEqual(found);
    expect(fresh.slotsOf(asked)).toEqual(found);
    expect(fresh.slotsOf(all)).toEqual(all.map((_, slot) => slot));
  });
});
