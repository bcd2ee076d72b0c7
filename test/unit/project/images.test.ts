/** Images, predictions and mapping of a project. */

import { filterOf } from '../../support/filter.js';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classIndex, type ImageId, imageId } from '../../../src/shared/audit.js';
import { Project } from '../../../src/main/project/project.js';
import { identity, ids, image, info, model, predicted, sha256, temporaryFolder } from './sample.js';
import { idsByFile } from '../../support/ids-by-file.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;

beforeEach(() => {
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info);
});
afterEach(() => {
  project.close();
  temporary.remove();
});

const id = (file: string): ImageId => idsByFile(project).get(file) ?? imageId(0);
const pending = (): string[] => project.pendingPredictions(0, 100).map((entry) => entry.file);

function record(file: string, content: string, probabilities: readonly number[]): void {
  project.recordPredictions([{ id: id(file), outcome: predicted(content, probabilities) }]);
}

describe('images', () => {
  it('are added once, whatever their names', () => {
    const names = [
      "it's.png",
      'say "hi".png',
      'two\nlines.png',
      '🦉 owl.png',
      '<img onerror=alert(1)>.png',
      '=cmd.png',
      "';--",
    ];
    const images = names.map((name) => image(name, 'cat'));
    project.addImages(images);
    project.addImages(images);
    expect(project.imageCount()).toBe(names.length);
    expect(project.rows(names.map(id)).map((row) => row.file)).toEqual(names);
    expect(project.source(id('two\nlines.png'))).toEqual({ path: '/data/animals/two\nlines.png' });
  });

  it('keep sources outside the dataset and members of containers', () => {
    project.addImages([
      { file: 'x#7', source: { path: '/data/x.gz', member: 7 }, label: 'cat', split: 'test' },
      { file: 'far.png', source: { path: '/elsewhere/far.png' }, label: null, split: null },
    ]);
    expect(project.source(id('x#7'))).toEqual({ path: '/data/x.gz', member: 7 });
    expect(project.source(id('far.png'))).toEqual({ path: '/elsewhere/far.png' });
    expect(() => project.source(imageId(99))).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
  });

  it('that a scan no longer finds are removed; the others keep id and results', () => {
    project.beginScan();
    project.addImages([image('a.png', 'cat'), image('b.png', 'cat')]);
    expect(project.finishScan([])).toBe(0);
    const before = id('b.png');
    record('b.png', 'b', [0.5, 0.3, 0.2]);
    project.beginScan();
    expect(project.scanned).toBe(false);
    project.addImages([image('b.png', 'cat'), image('c.png', 'cat')]);
    expect(project.finishScan(['a.png is gone'])).toBe(1);
    expect(project.imageCount()).toBe(2);
    expect(project.warnings).toEqual(['a.png is gone']);
    expect(project.rows([before])[0]).toMatchObject({ file: 'b.png', prediction: { labelRank: 1 } });
  });

  it('with a label that the dataset did not list extend the labels, unmapped', () => {
    project.addImages([image('a.png', 'cat'), image('e.png', 'eel')]);
    expect(project.info.labels).toEqual(['cat', 'dog', 'owl', 'eel']);
    expect(project.info.mapping[3]).toEqual({ label: 3, labelName: 'eel', classIndex: null, by: 'none' });
    record('e.png', 'e', [0.5, 0.3, 0.2]);
    expect(project.rows([id('e.png')])[0]).toMatchObject({ label: 3, prediction: { labelClass: null }, scores: {} });
  });

  it('whose label changed get new scores', () => {
    project.addImages([image('a.png', 'cat')]);
    record('a.png', 'a', [0.5, 0.3, 0.2]);
    project.addImages([image('a.png', 'owl')]);
    expect(project.rows([id('a.png')])[0]).toMatchObject({ label: 2, prediction: { labelClass: 2, labelRank: 3 } });
  });

  it('tell of others with the same content', () => {
    project.addImages([image('a.png', 'cat'), image('b.png', 'dog'), image('c.png', 'owl')]);
    record('a.png', 'same', [0.5, 0.3, 0.2]);
    record('b.png', 'same', [0.5, 0.3, 0.2]);
    record('c.png', 'other', [0.5, 0.3, 0.2]);
    const detail = project.detail(id('a.png'));
    expect(detail).toMatchObject({
      sha256: sha256('same'),
      bytes: 1000,
      width: 30,
      height: 40,
      modelView: { left: 0, top: 0.125, width: 1, height: 0.75 },
      history: [],
    });
    expect(detail.duplicates).toEqual([{ id: id('b.png'), file: 'b.png', label: 1 }]);
  });
});

describe('predictions', () => {
  beforeEach(() => {
    project.addImages([image('a.png', 'cat'), image('b.png', 'dog'), image('c.png', null)]);
  });

  it('are pending until recorded, in portions by id', () => {
    expect(pending()).toEqual(['a.png', 'b.png', 'c.png']);
    expect(project.pendingPredictions(id('a.png'), 1)).toEqual([
      { id: id('b.png'), file: 'b.png', source: { path: '/data/animals/b.png' } },
    ]);
    record('b.png', 'b', [0.2, 0.5, 0.3]);
    expect(pending()).toEqual(['a.png', 'c.png']);
  });

  it('say label, rank and scores', () => {
    record('a.png', 'a', [0.25, 0.5, 0.25]);
    const row = project.rows([id('a.png')])[0];
    expect(row?.prediction).toMatchObject({
      top: [
        { classIndex: 1, probability: 0.5 },
        { classIndex: 0, probability: 0.25 },
        { classIndex: 2, probability: 0.25 },
      ],
      labelClass: 0,
      labelProbability: 0.25,
      labelRank: 2,
    });
    expect(row?.scores).toMatchObject({ 'label-rank': 2, 'self-confidence': 0.25, 'normalised-margin': 0.375 });
    expect(project.probabilities(id('a.png'))).toEqual(Float32Array.of(0.25, 0.5, 0.25));
  });

  it('of unreadable images are the reason, and can be tried again', () => {
    const error = { code: 'IMAGE_UNREADABLE' as const, message: 'b.png ends too early', hint: 'Replace it.' };
    project.recordPredictions([{ id: id('b.png'), outcome: { ok: false, error } }]);
    expect(pending()).toEqual(['a.png', 'c.png']);
    expect(project.rows([id('b.png')])[0]).toMatchObject({ error: 'b.png ends too early', prediction: null });
    expect(project.counts()).toMatchObject({ unreadable: 1, predicted: 0 });
    expect(project.retryUnreadable()).toBe(1);
    expect(pending()).toEqual(['a.png', 'b.png', 'c.png']);
    expect(project.counts().unreadable).toBe(0);
  });

  it('are recorded whole batches at a time', () => {
    const nameless = { code: 'IMAGE_UNREADABLE' as const, message: null as unknown as string, hint: '' };
    const bad = { id: id('b.png'), outcome: { ok: false as const, error: nameless } };
    expect(() => {
      project.recordPredictions([{ id: id('a.png'), outcome: predicted('a', [1, 0, 0]) }, bad]);
    }).toThrow(/NOT NULL/);
    expect(project.counts()).toMatchObject({ predicted: 0, unreadable: 0 });
    expect(project.rows([id('a.png')])[0]).toMatchObject({ prediction: null, width: null });
    expect(pending()).toEqual(['a.png', 'b.png', 'c.png']);
  });

  it('are compared where the label has a class', () => {
    record('a.png', 'a', [0.25, 0.5, 0.25]);
    record('c.png', 'c', [1, 0, 0]);
    expect(project.probabilities(id('a.png'))).toEqual(Float32Array.of(0.25, 0.5, 0.25));
    expect(project.counts()).toMatchObject({ predicted: 2, compared: 1 });
    const { value } = project.noise().next();
    expect(value).toMatchObject({ images: 1, classes: [{ labelClass: 0, images: 1 }] });
  });

  it('of another model are kept apart and found again', () => {
    record('a.png', 'a', [0.25, 0.5, 0.25]);
    project.setModel({ path: '/models/other' }, { ...model, hash: 'b'.repeat(64) }, identity);
    expect(pending()).toEqual(['a.png', 'b.png', 'c.png']);
    record('a.png', 'a', [1, 0, 0]);
    project.setModel({ path: '/models/tiny-vit' }, model, identity);
    expect(pending()).toEqual(['b.png', 'c.png']);
    expect(project.rows([id('a.png')])[0]?.prediction?.labelProbability).toBe(0.25);
  });
});

describe('the mapping', () => {
  beforeEach(() => {
    project.addImages([image('a.png', 'cat'), image('b.png', 'dog')]);
    record('a.png', 'a', [0.25, 0.5, 0.25]);
    record('b.png', 'b', [0.125, 0.75, 0.125]);
  });

  it('recomputes class, probability, rank and scores of every image when it changes', () => {
    const swapped = identity.map((row) => ({
      ...row,
      classIndex: classIndex([1, 0, 2][row.label] ?? 0),
      by: 'person' as const,
    }));
    project.setMapping(swapped);
    const rows = project.rows([id('a.png'), id('b.png')]);
    expect(
      rows.map((row) => [row.prediction?.labelClass, row.prediction?.labelProbability, row.prediction?.labelRank]),
    ).toEqual([
      [1, 0.5, 1],
      [0, 0.125, 2],
    ]);
    expect(project.counts().disagreements).toBe(1);
    expect(ids(project.query(filterOf('state:disagree'), { by: 'file', descending: false }))).toEqual([id('b.png')]);
  });

  it('may leave a label without a class', () => {
    project.setMapping(
      identity.map((row) => (row.label === 0 ? { ...row, classIndex: null, by: 'none' as const } : row)),
    );
    expect(project.rows([id('a.png')])[0]?.prediction).toMatchObject({
      labelClass: null,
      labelRank: null,
    });
    expect(project.rows([id('a.png')])[0]?.scores).toEqual({});
    expect(project.counts().disagreements).toBe(0);
  });

  it('that changed right before a crash is caught up when the project opens', async () => {
    const { readProjectInfo, writeProjectInfo } = await import('../../../src/main/project/project-info.js');
    const { folder } = project;
    project.close();
    const stored = readProjectInfo(folder);
    writeProjectInfo(folder, { ...stored, mapping: identity.map((row) => ({ ...row, classIndex: classIndex(1) })) });
    project = Project.open(folder);
    expect(project.rows([id('a.png')])[0]?.prediction?.labelProbability).toBe(0.5);
  });

  it('of 10,000 images is recomputed in under a second', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => image(`many/${String(index)}.png`, 'cat'));
    project.addImages(many);
    const known = idsByFile(project);
    project.recordPredictions(
      many.map(({ file }) => ({ id: known.get(file) ?? imageId(0), outcome: predicted(file, [0.25, 0.5, 0.25]) })),
    );
    const start = performance.now();
    project.setMapping(identity.map((row) => ({ ...row, classIndex: classIndex(2 - row.label) })));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(project.counts().disagreements).toBe(10_001);
  });
});
