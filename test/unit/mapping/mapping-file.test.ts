/** Mapping files: what is written is read back unchanged, what people write is understood, what is wrong is named. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMappingFile, writeMappingFile } from '../../../src/main/mapping/mapping-file.js';
import { changeMapping, proposeMapping } from '../../../src/main/mapping/mapping.js';
import { classIndex, labelIndex } from '../../../src/shared/audit.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-mapping-'));
});
afterAll(() => rm(folder, { recursive: true }));

const model = { classes: ['cat', 'crane', 'crane', '=dog', 'tabby, striped', '0'], synsets: [] };
const labels = ['Cat', 'crane', '=dog', 'striped', 'cats and dogs', '0', 'a "quoted", label'];

describe('a written mapping', () => {
  it.each(['mapping.csv', 'mapping.json'])('%s is read back unchanged', async (name) => {
    const proposed = proposeMapping(labels, model);
    const rows = changeMapping(proposed, [
      { label: labelIndex(1), classIndex: classIndex(2) },
      { label: labelIndex(5), classIndex: classIndex(5) },
    ]);
    const path = join(folder, name);
    await writeMappingFile(path, rows, model);
    const read = changeMapping(proposeMapping(labels, model), await readMappingFile(path, rows, model));
    expect(read.map((row) => row.classIndex)).toEqual(rows.map((row) => row.classIndex));
    expect(rows.map((row) => row.classIndex)).toEqual([0, 2, 3, 4, null, 5, null]);
  });

  it('says in a comment how a row came about, and asks where it is not sure', async () => {
    const path = join(folder, 'asked.csv');
    const rows = proposeMapping(['cat', 'tabbies', 'unicorn'], { classes: ['cat', 'tabby'], synsets: [] });
    await writeMappingFile(path, rows, { classes: ['cat', 'tabby'], synsets: [] });
    expect(await readFile(path, 'utf8')).toBe(
      [
        'label,class,comment',
        'cat,cat,by name',
        'tabbies,,"open: is this ""tabby""?"',
        'unicorn,,"open: no class fits, or several do"',
        '',
      ].join('\r\n'),
    );
  });

  it('names labels however their accents are composed', async () => {
    const path = join(folder, 'accents.json');
    await writeFile(path, JSON.stringify({ 'caf\u00e9': 'cat' }));
    const rows = proposeMapping(['cafe\u0301'], model);
    expect(await readMappingFile(path, rows, model)).toEqual([{ label: 0, classIndex: 0 }]);
  });

  it('cannot be written where there is no folder', async () => {
    const path = join(folder, 'nowhere', 'mapping.csv');
    await expect(writeMappingFile(path, [], model)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });
});

describe('a mapping file', () => {
  const rows = proposeMapping(['cat', 'dog'], { classes: ['Katze', 'Hund'], synsets: [] });
  const read = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return readMappingFile(join(folder, name), rows, { classes: ['Katze', 'Hund'], synsets: [] });
  };

  it.each([
    ['commas.csv', 'label,class\ncat,Katze\ndog,1\n'],
    ['semicolons.csv', 'label;class;comment\ncat;Katze;x\ndog;Hund\n'],
    ['tabs.tsv', 'cat\tkatze\ndog\tHund\n'],
    ['object.json', '{"cat": "Katze", "dog": 1}'],
  ])('%s is understood', async (name, text) => {
    expect(await read(name, text)).toEqual([
      { label: 0, classIndex: 0 },
      { label: 1, classIndex: 1 },
    ]);
  });

  it.each([
    ['unknown-class.csv', 'cat,Maus', 'the model has no class "Maus" (for the label "cat")'],
    ['unknown-label.csv', 'bird,Hund', 'the dataset has no label "bird"'],
    ['short.csv', 'cat', 'the row of "cat" has no class'],
    ['broken.json', '{', 'it is not JSON'],
  ])('%s is refused', async (name, text, why) => {
    await expect(read(name, text)).rejects.toMatchObject({
      code: 'MAPPING_INVALID',
      message: expect.stringContaining(why) as string,
    });
  });
});
