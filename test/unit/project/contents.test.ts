/** Files that are written to after they were read: what is in doubt, what goes, what stays. */

import { filterOf } from '../../support/filter.js';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IdentifyOutcome, PredictOutcome } from '../../../src/main/engine/engine.js';
import { Project } from '../../../src/main/project/project.js';
import { type ImageId, imageId } from '../../../src/shared/audit.js';
import { finished } from '../../../src/shared/progress.js';
import {
  contradicted,
  explanation,
  facts,
  ids,
  image,
  info,
  map,
  predicted,
  sha256,
  temporaryFolder,
} from './sample.js';
import { moment } from '../../support/moment.js';
import { idsByFile } from '../../support/ids-by-file.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;

beforeEach(() => {
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info);
  project.setReviewer('Ada');
});
afterEach(() => {
  project.close();
  temporary.remove();
});

const id = (file: string): ImageId => idsByFile(project).get(file) ?? imageId(0);
const pending = (): string[] => project.pendingPredictions(0, 100).map((entry) => entry.file);
const inDoubt = (): string[] => project.imagesInDoubt(0, 100).map((entry) => entry.file);

/** Lists a.png and b.png with these stamps. */
function scan(stamps: Readonly<Record<string, string | null>>): number {
  project.beginScan();
  project.addImages(Object.entries(stamps).map(([file, stamp]) => ({ ...image(file, 'cat'), stamp })));
  return project.finishScan([]);
}

function readAs(content: string, stamp: string): PredictOutcome {
  return { ok: true, facts: { ...facts(content), stamp }, probabilities: Float32Array.of(0.5, 0.25, 0.25) };
}

const same = (content: string, stamp: string): IdentifyOutcome => ({
  ok: true,
  sha256: sha256(content),
  bytes: 7,
  stamp,
});
const unreadable: PredictOutcome & IdentifyOutcome = {
  ok: false,
  error: { code: 'IMAGE_UNREADABLE', message: 'It is damaged.', hint: '' },
};

describe('a file with the stamp it was read with', () => {
  it('is not in doubt', () => {
    scan({ 'a.png': '1:1', 'b.png': '1:1' });
    project.recordPredictions([{ id: id('a.png'), outcome: readAs('a', '1:1') }]);
    scan({ 'a.png': '1:1', 'b.png': '2:2' });
    expect(inDoubt()).toEqual([]);
    expect(pending()).toEqual(['b.png']);
  });
});

describe('a file written to since', () => {
  beforeEach(() => {
    scan({ 'a.png': '1:1', 'b.png': '1:1' });
    project.recordPredictions([
      { id: id('a.png'), outcome: readAs('a', '1:1') },
      { id: id('b.png'), outcome: readAs('b', '1:1') },
    ]);
    project.saveExplanation(id('a.png'), explanation([map(0, 0.5, [1, 2, 3, 4], [1, 1, 1, 1])]), info);
    project.setDisagreement(id('a.png'), contradicted, info);
    project.give([id('a.png')], { kind: 'wrong-label', correctedLabels: ['dog'], note: '' }, moment());
    scan({ 'a.png': '1:2', 'b.png': '1:1' });
  });

  it('is in doubt until it was read; the rest is left alone', () => {
    expect(inDoubt()).toEqual(['a.png']);
    expect(finished(project.countInDoubt())).toBe(1);
    expect(pending()).toEqual([]);
  });

  it('keeps everything when its content is the same', () => {
    expect(project.identify([{ id: id('a.png'), outcome: same('a', '1:2') }])).toBe(0);
    expect(inDoubt()).toEqual([]);
    const [row] = project.rows([id('a.png')]);
    expect(row).toMatchObject({ explained: true, disagreement: 'contradicted', verdict: { kind: 'wrong-label' } });
    scan({ 'a.png': '1:2', 'b.png': '1:1' });
    expect(inDoubt()).toEqual([]);
  });

  it('loses what was derived from the old content; the verdict stays, as given for another picture', () => {
    expect(project.counts()).toMatchObject({ predicted: 2, explained: 1, reviewed: 1 });
    expect(project.identify([{ id: id('a.png'), outcome: same('new', '1:2') }])).toBe(1);
    expect(pending()).toEqual(['a.png']);
    const detail = project.detail(id('a.png'));
    expect(detail).toMatchObject({
      prediction: null,
      explained: false,
      disagreement: null,
      verdict: null,
      width: null,
      modelView: null,
    });
    expect(detail.history).toMatchObject([{ verdict: { kind: 'wrong-label' }, ofOtherPicture: true }]);
    expect(project.loadExplanation(id('a.png'), info)).toBeNull();
    expect(project.counts()).toMatchObject({ predicted: 1, explained: 0, reviewed: 0 });
    expect(ids(project.query(filterOf('verdict:wrong-label'), { by: 'file', descending: false }))).toEqual([]);
  });

  it('has results and verdict again when the old content comes back', () => {
    project.identify([{ id: id('a.png'), outcome: same('new', '1:2') }]);
    scan({ 'a.png': '1:3', 'b.png': '1:1' });
    expect(project.identify([{ id: id('a.png'), outcome: same('a', '1:3') }])).toBe(1);
    expect(pending()).toEqual([]);
    const [row] = project.rows([id('a.png')]);
    expect(row).toMatchObject({ explained: true, verdict: { kind: 'wrong-label' }, prediction: { labelRank: 1 } });
  });

  it('takes the prediction of a picture that is known elsewhere at once', () => {
    expect(project.identify([{ id: id('a.png'), outcome: same('b', '1:2') }])).toBe(1);
    expect(pending()).toEqual([]);
    expect(project.detail(id('a.png')).duplicates.map(({ file }) => file)).toEqual(['b.png']);
  });

  it('that is missing stays in doubt, and one that is damaged now is unreadable', () => {
    const missing = { code: 'IMAGE_NOT_FOUND' as const, message: 'a.png is not there', hint: '' };
    expect(project.identify([{ id: id('a.png'), outcome: { ok: false, error: missing } }])).toBe(0);
    expect(inDoubt()).toEqual(['a.png']);
    expect(project.identify([{ id: id('a.png'), outcome: unreadable }])).toBe(1);
    expect(inDoubt()).toEqual([]);
    expect(project.rows([id('a.png')])).toMatchObject([
      { error: 'It is damaged.', prediction: null, explained: false },
    ]);
  });

  it('is noticed by an explanation too, which then mixes nothing', () => {
    const record = explanation([map(0, 0.5, [4, 3, 2, 1], [1, 1, 1, 1])]);
    project.saveExplanation(id('a.png'), { ...record, facts: { ...facts('new'), stamp: '1:2' } }, info);
    expect(pending()).toEqual(['a.png']);
    const [row] = project.rows([id('a.png')]);
    expect(row).toMatchObject({ prediction: null, explained: true, disagreement: null, verdict: null });
    expect(project.loadExplanation(id('a.png'), info)?.maps[0]?.kept[0]).toBe(4);
  });
});

describe('an image that could not be read', () => {
  it('is tried again once its file was written to, or when asked for', () => {
    scan({ 'a.png': '1:1', 'b.png': '1:1' });
    project.recordPredictions(['a.png', 'b.png'].map((file) => ({ id: id(file), outcome: unreadable })));
    expect(pending()).toEqual([]);
    scan({ 'a.png': '1:1', 'b.png': '5:5' });
    expect(pending()).toEqual(['b.png']);
    expect(project.counts().unreadable).toBe(1);
    expect(project.retryUnreadable()).toBe(1);
    expect(pending()).toEqual(['a.png', 'b.png']);
  });

  it('and was judged so has no verdict once it can be read', () => {
    scan({ 'a.png': '1:1' });
    project.recordPredictions([{ id: id('a.png'), outcome: unreadable }]);
    project.give([id('a.png')], { kind: 'bad-image', correctedLabels: [], note: '' }, moment());
    expect(project.rows([id('a.png')])).toMatchObject([{ verdict: { kind: 'bad-image' } }]);
    scan({ 'a.png': '2:2' });
    project.recordPredictions([{ id: id('a.png'), outcome: readAs('a', '2:2') }]);
    expect(project.rows([id('a.png')])).toMatchObject([{ verdict: null }]);
    expect(project.detail(id('a.png')).history).toMatchObject([{ ofOtherPicture: true }]);
  });
});

it('an image whose file is not there stays pending', () => {
  scan({ 'a.png': '1:1' });
  const error = { code: 'IMAGE_NOT_FOUND' as const, message: '"a.png" is not there any more.', hint: '' };
  project.recordPredictions([{ id: id('a.png'), outcome: { ok: false, error } }]);
  expect(pending()).toEqual(['a.png']);
  expect(project.counts()).toMatchObject({ unreadable: 0, predicted: 0 });
});

it('a verdict given before the content was known belongs to the content the file had then', () => {
  scan({ 'a.png': '1:1' });
  project.give([id('a.png')], { kind: 'ambiguous', correctedLabels: [], note: '' }, moment());
  project.recordPredictions([{ id: id('a.png'), outcome: readAs('a', '1:1') }]);
  expect(project.rows([id('a.png')])).toMatchObject([{ verdict: { kind: 'ambiguous' } }]);
  scan({ 'a.png': '2:2' });
  project.identify([{ id: id('a.png'), outcome: same('new', '2:2') }]);
  expect(project.rows([id('a.png')])).toMatchObject([{ verdict: null }]);
  expect(project.detail(id('a.png')).history).toMatchObject([{ ofOtherPicture: true }]);
});

it('a project of before stamps reads every image once at the next scan', () => {
  project.addImages([image('a.png', 'cat')]);
  project.recordPredictions([{ id: id('a.png'), outcome: predicted('a', [0.5, 0.25, 0.25]) }]);
  expect(inDoubt()).toEqual([]);
  scan({ 'a.png': '1:1' });
  expect(inDoubt()).toEqual(['a.png']);
  project.identify([{ id: id('a.png'), outcome: same('a', '1:1') }]);
  expect(inDoubt()).toEqual([]);
  expect(pending()).toEqual([]);
});

it('relinking keeps ids, results and verdicts', () => {
  scan({ 'a.png': '1:1' });
  const before = id('a.png');
  project.recordPredictions([{ id: before, outcome: readAs('a', '1:1') }]);
  project.give([before], { kind: 'right-label', correctedLabels: [], note: '' }, moment());
  project.relink({ datasetPath: '/elsewhere/animals', labelsFile: null });
  expect(project.source(before)).toEqual({ path: '/elsewhere/animals/a.png' });
  expect(project.knownAmong(['a.png', 'c.png'])).toBe(1);
  expect(project.rows([before])).toMatchObject([{ prediction: { labelRank: 1 }, verdict: { kind: 'right-label' } }]);
  const { folder } = project;
  project.close();
  project = Project.open(folder);
  expect(project.info.datasetPath).toBe('/elsewhere/animals');
  expect(project.source(before)).toEqual({ path: '/elsewhere/animals/a.png' });
});

it('images of a folder that could not be read stay when it is scanned', () => {
  scan({ 'cat/a.png': '1:1', 'dog/b.png': '1:1', 'c.png': '1:1' });
  project.beginScan();
  project.addImages([{ ...image('c.png', 'cat'), stamp: '1:1' }]);
  expect(project.finishScan([], ['dog/'])).toBe(1);
  expect(ids(project.query([], { by: 'file', descending: false })).length).toBe(2);
  expect(idsByFile(project).get('dog/b.png')).toBeDefined();
});
