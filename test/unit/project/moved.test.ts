/** A project that is copied or moved with what lies around it opens there, on the pictures and the model that came along. */

import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { Project } from '../../../src/main/project/project.js';
import { renameProject } from '../../../src/main/project/rename-project.js';
import { imageId } from '../../../src/shared/audit.js';
import { image, info, predicted, temporaryFolder } from './sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let first: string;
let project: Project | undefined;

/** A folder with pictures, a container in it, a model, labels and a project of them; one picture lies elsewhere. */
beforeEach(() => {
  temporary = temporaryFolder();
  first = join(temporary.path, 'first');
  mkdirSync(join(first, 'photos'), { recursive: true });
  mkdirSync(join(first, 'model'));
  writeFileSync(join(first, 'labels.csv'), '');
  for (const name of ['a.png', 'all.idx']) writeFileSync(join(first, 'photos', name), name);
  const made = Project.create(join(first, 'audits', 'photos.hognose'), {
    ...info,
    datasetPath: join(first, 'photos'),
    labelsFile: join(first, 'labels.csv'),
    modelPath: join(first, 'model'),
  });
  made.beginScan();
  made.addImages([
    { ...image('a.png', 'cat'), source: { path: join(first, 'photos', 'a.png') } },
    { ...image('all.idx#1', 'dog'), source: { path: join(first, 'photos', 'all.idx'), member: 1 } },
    { ...image('far.png', 'dog'), source: { path: join(temporary.path, 'far', 'far.png') } },
  ]);
  made.finishScan([]);
  made.recordPredictions([{ id: imageId(2), outcome: predicted('two', [1, 0, 0]) }]);
  made.setReviewer('Ann');
  made.give([imageId(1)], { kind: 'unsure', correctedLabels: [], note: '' }, 1);
  made.close();
});
afterEach(() => {
  project?.close();
  temporary.remove();
});

const sources = (opened: Project): unknown[] => [1, 2, 3].map((id) => opened.source(imageId(id)));

/** Where everything lies under a folder. */
function placesUnder(folder: string): unknown {
  return [
    { path: join(folder, 'photos', 'a.png') },
    { path: join(folder, 'photos', 'all.idx'), member: 1 },
    { path: join(temporary.path, 'far', 'far.png') },
  ];
}

it('moved as a whole finds dataset, labels and model, keeps its results and verdicts, and is listed anew', () => {
  const second = join(temporary.path, 'second');
  renameSync(first, second);
  project = Project.open(join(second, 'audits', 'photos.hognose'));
  expect(project.info).toMatchObject({
    datasetPath: join(second, 'photos'),
    labelsFile: join(second, 'labels.csv'),
    modelPath: join(second, 'model'),
  });
  expect(sources(project)).toEqual(placesUnder(second));
  expect(project.detail(imageId(1)).verdict?.kind).toBe('unsure');
  expect(project.counts().predicted).toBe(1);
  expect(project.scanned).toBe(false);
  project.beginScan();
  project.finishScan([]);
  expect(project.scanned).toBe(true);
});

it('copied beside the first one takes what came along, and the first stays as it was', () => {
  const second = join(temporary.path, 'second');
  cpSync(first, second, { recursive: true });
  project = Project.open(join(second, 'audits', 'photos.hognose'));
  expect(sources(project)).toEqual(placesUnder(second));
  const before = Project.open(join(first, 'audits', 'photos.hognose'));
  expect([sources(before), before.scanned]).toEqual([placesUnder(first), true]);
  before.close();
});

it('copied alone, renamed or saved elsewhere stays with what it had', () => {
  const alone = join(temporary.path, 'alone', 'photos.hognose');
  cpSync(join(first, 'audits', 'photos.hognose'), alone, { recursive: true });
  project = Project.open(alone);
  expect([sources(project), project.scanned]).toEqual([placesUnder(first), true]);
  const saved = join(temporary.path, 'saved', 'deep', 'photos.hognose');
  project.saveCopy(saved);
  project.close();
  project = Project.open(saved);
  expect(sources(project)).toEqual(placesUnder(first));
  project.close();
  project = Project.open(renameProject(saved, 'Owls'));
  expect([sources(project), project.scanned]).toEqual([placesUnder(first), true]);
});

it('whose pictures stayed behind says where they were, so that a person can tell where they are', () => {
  const second = join(temporary.path, 'second');
  renameSync(first, second);
  rmSync(join(second, 'photos'), { recursive: true });
  project = Project.open(join(second, 'audits', 'photos.hognose'));
  expect(project.info).toMatchObject({ datasetPath: join(first, 'photos'), modelPath: join(second, 'model') });
});

it('names the ways by slashes', () => {
  const { home } = JSON.parse(readFileSync(join(first, 'audits', 'photos.hognose', 'project.json'), 'utf8')) as {
    home: unknown;
  };
  expect(home).toEqual({
    folder: join(first, 'audits', 'photos.hognose'),
    dataset: '../../photos',
    labels: '../../labels.csv',
    model: '../../model',
  });
});
