/** Maps kept before there was evidence: computed again when they are looked at, and shown as they are where that fails. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Explainer } from '../../../src/main/audit/explain.js';
import type { ExplainTask } from '../../../src/main/audit/explain-task.js';
import { Project } from '../../../src/main/project/project.js';
import { imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { PatientEngine } from '../../support/patient-engine.js';
import { explanation, image, info, map, model, predicted, temporaryFolder } from '../project/sample.js';

const one = imageId(1);
const options = { signal: new AbortController().signal, ahead: false };
let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
let engine: PatientEngine;
let task: ExplainTask;

beforeEach(() => {
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info);
  project.addImages([image('a.png', 'cat')]);
  project.recordPredictions([{ id: one, outcome: predicted('a.png', [0.25, 0.5, 0.25]) }]);
  const former = [0, 1, 2].map((index) => ({ ...map(index, 0.25, [1, 2, 3, 4], [0, 0, 0, 0]), evidence: null }));
  project.saveExplanation(one, explanation(former), project.info);
  engine = new PatientEngine(model);
  task = { image: one, classes: [], terms: project.info };
});
afterEach(() => {
  project.close();
  temporary.remove();
});

/** Whether a report has nothing to compute for an image that it tells of. */
function isDone(explainer: Explainer, image = one): boolean {
  const steps = project.reportPlan({ limit: 9, explain: 9 }, project.info);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done !== true) continue;
    const kept = step.value.kept.find(({ id }) => id === image) ?? expect.fail();
    return explainer.isDone(kept, project.info);
  }
}

describe('maps without evidence', () => {
  it('are computed again when they are looked at, and have it then', async () => {
    const explainer = new Explainer(inThisProcess(project), engine);
    expect(await explainer.cached(task)).toBeNull();
    // A job that explains the most suspicious images does not pass them over.
    expect(project.suspicious(9, { unexplainedOnly: true })).toEqual([one]);
    expect(project.counts().explained).toBe(0);
    expect(isDone(explainer)).toBe(false);
    const made = await explainer.compute(task, options);
    expect(engine.calls).toHaveLength(1);
    expect(made.maps.every(({ evidence }) => evidence !== null)).toBe(true);
    expect((await explainer.cached(task))?.maps.every(({ evidence }) => evidence !== null)).toBe(true);
    expect(project.counts().explained).toBe(1);
    expect(isDone(explainer)).toBe(true);
  });

  it('are shown as they are where they cannot be made again', async () => {
    engine.explainTis = () => Promise.reject(new AppError('MODEL_NOT_FOUND', 'The model is gone.'));
    const shown = await new Explainer(inThisProcess(project), engine).compute(task, options);
    expect(shown.maps).toHaveLength(3);
    expect(shown.maps.every(({ evidence }) => evidence === null)).toBe(true);
    expect(shown.disagreement).toBeNull();
  });

  it('tell of a duplicate, too, which has maps and no kind yet', async () => {
    const evident = [0, 1, 2].map((index) => map(index, [0.25, 0.5, 0.25][index] ?? 0, [1, 2, 3, 4], [0, 0, 0, 0]));
    project.addImages([image('b.png', 'cat')]);
    const two = imageId(2);
    project.recordPredictions([{ id: two, outcome: predicted('a.png', [0.25, 0.5, 0.25]) }]);
    project.saveExplanation(one, explanation(evident), project.info);
    const explainer = new Explainer(inThisProcess(project), engine);
    expect(project.rows([two])[0]).toMatchObject({ explained: true, disagreement: null });
    expect(project.suspicious(9, { unexplainedOnly: true })).toContain(two);
    expect(isDone(explainer, two)).toBe(false);
    expect((await explainer.cached({ ...task, image: two }))?.disagreement).not.toBeNull();
    expect(project.rows([two])[0]?.disagreement).not.toBeNull();
    expect(engine.calls).toEqual([]);
  });

  it.each(['CANCELLED', 'ENGINE_STOPPED'] as const)(
    'are not shown in place of %s, after which the same may succeed',
    async (code) => {
      engine.explainTis = () => Promise.reject(new AppError(code, 'Not now.'));
      await expect(new Explainer(inThisProcess(project), engine).compute(task, options)).rejects.toMatchObject({
        code,
      });
    },
  );

  it('do not stand in for a class that they do not hold', async () => {
    const other = Project.create(join(temporary.path, 'b.hognose'), info);
    other.addImages([image('a.png', 'cat')]);
    other.recordPredictions([{ id: one, outcome: predicted('a.png', [0.25, 0.5, 0.25]) }]);
    other.saveExplanation(
      one,
      explanation([{ ...map(1, 0.5, [1, 2, 3, 4], [0, 0, 0, 0]), evidence: null }]),
      other.info,
    );
    engine.explainTis = () => Promise.reject(new AppError('MODEL_NOT_FOUND', 'The model is gone.'));
    await expect(
      new Explainer(inThisProcess(other), engine).compute({ ...task, terms: other.info }, options),
    ).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
    other.close();
  });
});
