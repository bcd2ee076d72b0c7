/** Projects made when a model's hash depended on the JavaScript engine: they find what they computed, whichever hash they know. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openProjectModel } from '../../../src/main/audit/open-model.js';
import { Project } from '../../../src/main/project/project.js';
import { imageId } from '../../../src/shared/audit.js';
import type { ModelSummary } from '../../../src/shared/model.js';
import { engineWith } from '../../support/unused-engine.js';
import { contradicted, explanation, image, info, map, model, predicted } from './sample.js';

const byNode = 'b'.repeat(64);
const byElectron = 'c'.repeat(64);
const today: ModelSummary = { ...model, formerHashes: [byNode, byElectron] };
const engine = engineWith({ openModel: () => Promise.resolve(today) });

const root = mkdtempSync(join(tmpdir(), 'hognose-former-'));
let folder: string;
let made = 0;
beforeEach(() => {
  folder = join(root, `${String(made++)}.hognose`);
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function location(): { path: string } {
  return { path: info.modelPath };
}

/** A project of three images whose model has this hash, with a prediction and maps of the first. */
function projectOf(hash: string): Project {
  const project = Project.create(folder, { ...info, model: { ...model, hash } });
  project.beginScan();
  project.addImages([image('a.png', 'cat'), image('b.png', 'dog'), image('c.png', 'owl')]);
  project.finishScan([]);
  project.recordPredictions([{ id: imageId(1), outcome: predicted('a', [0.1, 0.7, 0.2]) }]);
  project.saveExplanation(imageId(1), explanation([map(0, 0.1, [1, 2, 3, 4], [0, 0, 0, 0])]), project.info);
  project.setDisagreement(imageId(1), contradicted, project.info);
  return project;
}

function modelsInCache(): unknown[] {
  const database = new Database(join(folder, 'audit.sqlite'), { readonly: true });
  const rows = database.prepare('SELECT hash FROM models').all();
  database.close();
  return rows;
}

describe('a project that knows its model by a former hash', () => {
  it.each([byNode, byElectron])('keeps predictions and maps, without a word (%#)', async (hash) => {
    projectOf(hash).close();
    const project = Project.open(folder);
    expect(await openProjectModel(inThisProcess(project), engine)).toBeNull();
    expect(project.counts()).toMatchObject({ predicted: 1, disagreements: 1, explained: 1 });
    expect(project.pendingPredictions(0, 9).map(({ file }) => file)).toEqual(['b.png', 'c.png']);
    expect(project.disagreement(imageId(1), project.info)).toEqual(contradicted);
    project.close();
    expect(readFileSync(join(folder, 'project.json'), 'utf8')).toContain(`"hash": "${today.hash}"`);
    expect(modelsInCache()).toEqual([{ hash: today.hash }]);
  });

  it('gathers what two engines computed under two hashes, and what was predicted twice once', async () => {
    const project = projectOf(byNode);
    project.setModel(location(), { ...model, hash: byElectron }, info.mapping);
    project.recordPredictions([
      { id: imageId(1), outcome: predicted('a', [0.1, 0.7, 0.2]) },
      { id: imageId(2), outcome: predicted('b', [0.2, 0.2, 0.6]) },
    ]);
    expect(await openProjectModel(inThisProcess(project), engine)).toBeNull();
    expect(project.counts()).toMatchObject({ predicted: 2, disagreements: 2, explained: 1 });
    project.close();
    expect(modelsInCache()).toEqual([{ hash: today.hash }]);
    const again = Project.open(folder);
    expect(again.counts()).toMatchObject({ predicted: 2, explained: 1 });
    again.close();
  });

  it('finds results of a former hash when it comes back to the model', () => {
    const project = projectOf(byNode);
    project.setModel({ path: '/models/other' }, { ...model, hash: 'd'.repeat(64) }, info.mapping);
    expect(project.counts().predicted).toBe(0);
    project.setModel(location(), today, info.mapping);
    expect(project.counts()).toMatchObject({ predicted: 1, explained: 1 });
    project.close();
  });

  it('is another model to a model that never had that hash', async () => {
    const project = projectOf('e'.repeat(64));
    expect((await openProjectModel(inThisProcess(project), engine))?.message).toContain(
      'is not the one that this project was made with',
    );
    expect(project.counts().predicted).toBe(0);
    project.close();
  });
});
