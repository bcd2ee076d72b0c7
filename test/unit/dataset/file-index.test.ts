import { describe, expect, test } from 'vitest';

import { FileIndex } from '../../../src/main/dataset/file-index.js';
import { PathList } from '../../../src/main/dataset/path-list.js';
import { TextList } from '../../../src/main/dataset/text-list.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { PlainFileIndex } from '../../support/plain-file-index.js';

const root = '/data/set';

/** Few words, so that names, stems and ends coincide; two spellings of one character; an extension that is none. */
const folders = ['a', 'b', 'train', 'cafe\u0301', 'caf\u00e9', '1', 'x.y'];
const stems = ['0', '1', 'cat', 'dog.1', 'u\u0308', '\u00fc', '0a1b2c3d-cat', 'a+b', 'c%20d', "'q"];
const extensions = ['.jpg', '.JPG', '.png', '', '.dat'];

class Words {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  one(words: readonly string[]): string {
    return words[this.below(words.length)] ?? '';
  }

  path(): string {
    const above = Array.from({ length: this.below(4) }, () => this.one(folders));
    return [...above, this.one(stems) + this.one(extensions)].join('/');
  }

  /** A path as tables write them: of here, of elsewhere, with other separators, quotes, prefixes. */
  written(files: readonly string[]): string {
    const path = this.below(3) === 0 ? this.path() : this.one(files);
    const forms: readonly ((text: string) => string)[] = [
      (text) => text,
      (text) => `./${text}`,
      (text) => text.replaceAll('/', '\\'),
      (text) => ` ${text} `,
      (text) => `"${text}"`,
      (text) => `${root}/${text}`,
      (text) => `C:\\photos\\${text.replaceAll('/', '\\')}`,
      (text) => text.split('/').at(-1) ?? '',
      (text) => text.replace(/\.[a-zA-Z]+$/, ''),
      (text) => text.normalize('NFC'),
      (text) => text.normalize('NFD'),
      (text) => `https://host/${encodeURIComponent(text)}?d=${encodeURIComponent(text)}`,
      (text) => `'${text}`,
      (text) => text.split('/').slice(1).join('/'),
      () => '',
      () => '/',
    ];
    const form = forms[this.below(forms.length)];
    return form === undefined ? path : form(path);
  }
}

/** Distinct random paths, folder by folder as a listing has them. */
function randomFiles(words: Words, count: number): readonly string[] {
  return [...new Set(Array.from({ length: count }, () => words.path()))].sort();
}

function listOf(files: readonly string[]): PathList {
  const list = new PathList();
  for (const file of files) {
    const name = file.lastIndexOf('/') + 1;
    list.enter(file.slice(0, name));
    list.add(file.slice(name));
  }
  list.trim();
  return list;
}

describe('lists without an object each', () => {
  test('give back what was put in, in any order of asking', () => {
    const words = new Words(1);
    const texts = Array.from({ length: 5000 }, () => words.one(['', 'a', '\u{1F40D}', 'ü', '\u0000', words.path()]));
    const list = new TextList();
    for (const [at, text] of texts.entries()) expect(list.push(text)).toBe(at);
    list.trim();
    expect(list.size).toBe(texts.length);
    for (const _ of texts) {
      const at = words.below(texts.length);
      expect(list.at(at)).toBe(texts[at]);
    }
    expect([list.at(-1), list.at(texts.length)]).toEqual(['', '']);
  });

  test('paths come back with their folders, also of folders without a file', () => {
    const list = new PathList();
    for (const folder of ['', 'empty/', 'a/', 'a/b/', 'none/', 'z/']) {
      list.enter(folder);
      if (folder === 'empty/' || folder === 'none/') continue;
      list.add('1.png');
      list.add('2.png');
    }
    const paths = ['1.png', '2.png', 'a/1.png', 'a/2.png', 'a/b/1.png', 'a/b/2.png', 'z/1.png', 'z/2.png'];
    expect([...list]).toEqual(paths);
    for (const at of [7, 0, 3, 4, 2, 6, 1, 5]) expect(list.at(at)).toBe(paths[at]);
    expect([list.at(-1), list.at(8)]).toEqual(['', '']);
  });
});

describe('an index of random files', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))('finds what the plain way finds, seed %i', async (seed) => {
    const words = new Words(seed);
    const files = randomFiles(words, 1 + words.below(60));
    const index = await FileIndex.of(root, listOf(files));
    const plain = new PlainFileIndex(root, files);
    const places = [[root], [`${root}/a`, root], [root, `${root}/train`], ['/elsewhere', root]];
    for (const [at, file] of files.entries()) expect(index.exact(file)).toBe(at);
    for (let k = 0; k < 200; k += 1) {
      const written = words.written(files);
      const from = places[words.below(places.length)] ?? [];
      const found = index.find(written, from);
      const shown = found.image === null ? found : { file: files[found.image], by: found.by };
      const expected = plain.find(written, from);
      expect({ written, from, ...shown }).toEqual({
        written,
        from,
        ...('why' in expected ? { image: null } : {}),
        ...expected,
      });
    }
    const rows = Array.from({ length: 50 }, () => words.written(files));
    const table = new TextList();
    for (const row of rows) table.push(row);
    const ends = Array.from(await index.findEnds(table), (image) => files[image] ?? null);
    expect(ends).toEqual(plain.findEnds(rows));
  });
});
