/** Projects of the first version: they open, and their model's summary is brought up to date. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openProjectModel } from '../../../src/main/audit/open-model.js';
import type { Engine, ModelLocation } from '../../../src/main/engine/engine.js';
import { modelLocation, readProjectInfo } from '../../../src/main/project/project-info.js';
import { lacksAnatomy } from '../../../src/main/project/model-schema.js';
import { Project } from '../../../src/main/project/project.js';
import { classIndex, labelIndex } from '../../../src/shared/audit.js';
import type { ModelSummary } from '../../../src/shared/model.js';
import { engineWith } from '../../support/unused-engine.js';
import { info, model } from './sample.js';

const root = mkdtempSync(join(tmpdir(), 'hognose-early-'));
let folder: string;
let made = 0;
beforeEach(() => {
  folder = join(root, `${String(made++)}.hognose`);
  Project.create(folder, info).close();
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

/** Turns the project's facts into those that version 1 wrote. */
function makeEarly(): void {
  const path = join(folder, 'project.json');
  const facts = JSON.parse(readFileSync(path, 'utf8')) as { model: Record<string, unknown> } & Record<string, unknown>;
  const { anatomy: _, ...earlyModel } = facts.model;
  const { modelChoice: __, ...early } = facts;
  writeFileSync(path, JSON.stringify({ ...early, version: 1, model: earlyModel }));
}

/** An engine whose model has this summary; it notes what it was asked for. */
function engineOf(summary: ModelSummary, asked: ModelLocation[] = []): Engine {
  return engineWith({
    openModel: ({ model: location }) => {
      asked.push(location);
      return Promise.resolve(summary);
    },
  });
}

describe('a project of version 1', () => {
  it('opens with an anatomy that is known to be a stand-in', () => {
    makeEarly();
    const early = readProjectInfo(folder);
    expect(early.modelChoice).toBeNull();
    expect(modelLocation(early)).toEqual({ path: info.modelPath, choice: undefined });
    expect(early.model.anatomy).toMatchObject({ prefix: ['cls'], channels: 3, headWidth: 4, weightTypes: [] });
    expect([lacksAnatomy(early.model), lacksAnatomy(model)]).toEqual([true, false]);
  });

  it('gets the model’s anatomy when that is opened, without a word, and keeps it', async () => {
    makeEarly();
    const project = Project.open(folder);
    expect(await openProjectModel(inThisProcess(project), engineOf(model))).toBeNull();
    project.close();
    expect(readProjectInfo(folder).model).toEqual(model);
  });
});

describe('the model of a project', () => {
  it('is opened with the choice that is stored with it', async () => {
    const choice = { preprocessing: { preset: 'clip' }, classNames: null, values: { tokens: 'x' } } as const;
    const project = Project.open(folder);
    project.setModel({ path: '/models/odd.onnx', choice }, model, info.mapping);
    project.close();
    const again = Project.open(folder);
    const asked: ModelLocation[] = [];
    await openProjectModel(inThisProcess(again), engineOf(model, asked));
    expect(asked).toEqual([{ path: '/models/odd.onnx', choice }]);
    again.close();
  });

  it('may call its classes otherwise: results and a person’s choices stay', async () => {
    const project = Project.open(folder);
    const [first] = info.mapping;
    project.setMapping(
      info.mapping.map((row) => (row === first ? { ...row, classIndex: classIndex(2), by: 'person' } : row)),
    );
    const renamed = { ...model, classes: model.classes.map((_, index) => `class ${String(index)}`) };
    expect(await openProjectModel(inThisProcess(project), engineOf(renamed))).toBeNull();
    expect(project.info.model.classes[0]).toBe('class 0');
    expect(project.info.mapping[0]).toMatchObject({ label: labelIndex(0), classIndex: 2, by: 'person' });
    project.close();
  });

  it('says so when its preprocessing is another', async () => {
    const project = Project.open(folder);
    const other = {
      ...model,
      hash: 'b'.repeat(64),
      preprocessing: { ...model.preprocessing, interpolation: 'bilinear' },
    } as const;
    const notice = await openProjectModel(inThisProcess(project), engineOf(other));
    expect(notice?.message).toMatch(/^The preprocessing of .* is not the one that this project was made with/);
    project.close();
  });
});
