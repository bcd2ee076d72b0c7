/** Saliency maps and disagreements as a cache: by content, model and parameters. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classIndex, imageId } from '../../../src/shared/audit.js';
import { Project } from '../../../src/main/project/project.js';
import {
  contradicted,
  explanation,
  facts,
  identity,
  image,
  info,
  map,
  model,
  predicted,
  temporaryFolder,
  tis,
} from './sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
const one = imageId(1);
const two = imageId(2);

beforeEach(() => {
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info);
  project.addImages([image('a.png', 'cat'), image('b.png', 'dog')]);
});
afterEach(() => {
  project.close();
  temporary.remove();
});

const record = explanation([
  map(0, 0.25, [0.5, NaN, 0.125, 1 / 3], [0, 0.25, 0.5, 0.75]),
  map(2, 0.75, [1, 0.5, 0.25, 0.125], [0.0625, 0, 0, 1]),
]);

describe('maps', () => {
  it('come back as they were, within a small part of their range', () => {
    project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    expect(project.loadExplanation(one, project.info)).toBeNull();
    project.saveExplanation(one, record, project.info);
    const loaded = project.loadExplanation(one, project.info);
    expect(loaded).toMatchObject({ gridWidth: 2, gridHeight: 2, parameters: tis, milliseconds: 12.5 });
    expect(loaded?.initIndices).toEqual(Int32Array.of(3, 1));
    for (const [at, map] of record.maps.entries()) {
      const { kept, dropped, evidence, ...measures } = loaded?.maps[at] ?? map;
      const { kept: _, dropped: __, evidence: wanted, ...others } = map;
      expect(measures).toEqual(others);
      expect(evidence?.deviations).toEqual(wanted?.deviations);
      for (const [values, given] of [
        [kept, map.kept],
        [dropped, map.dropped],
      ] as const) {
        for (const [cell, value] of given.entries()) {
          if (Number.isNaN(value)) expect(values[cell]).toBeNaN();
          else expect(Math.abs((values[cell] ?? NaN) - value)).toBeLessThan(1 / 120_000);
        }
      }
    }
    expect(project.rows([one])[0]?.explained).toBe(true);
  });

  it('of an improbable class keep their precision', () => {
    project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    const tiny = [3.3e-7, 1.1e-7, 2.2e-8, 0];
    project.saveExplanation(one, explanation([map(0, 1e-7, tiny, [0, 0, 0, 0])]), project.info);
    project.loadExplanation(one, project.info)?.maps[0]?.kept.forEach((value, index) => {
      expect(Math.abs(value - (tiny[index] ?? 0))).toBeLessThanOrEqual((tiny[index] ?? 0) * 2 ** -11);
    });
  });

  it('belong to the content: every image with it is explained', () => {
    project.recordPredictions([
      { id: one, outcome: predicted('same', [0.25, 0.5, 0.25]) },
      { id: two, outcome: predicted('same', [0.25, 0.5, 0.25]) },
    ]);
    project.saveExplanation(one, record, project.info);
    expect(project.rows([two])[0]?.explained).toBe(true);
    expect(project.loadExplanation(two, project.info)?.maps).toHaveLength(2);
    expect(project.counts().explained).toBe(2);
  });

  it('bring the facts of an image that has no prediction yet', () => {
    expect(() => {
      project.saveExplanation(one, record, project.info);
    }).toThrow(/content/);
    project.saveExplanation(one, { ...record, facts: facts('a') }, project.info);
    expect(project.detail(one)).toMatchObject({ explained: true, bytes: 1000 });
    expect(project.pendingPredictions(0, 9).map((entry) => entry.id)).toEqual([one, two]);
  });

  it('are replaced by a newer record with more classes', () => {
    project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    project.saveExplanation(one, explanation(record.maps.slice(0, 1)), project.info);
    project.saveExplanation(one, record, project.info);
    expect(project.loadExplanation(one, project.info)?.maps.map((entry) => entry.classIndex)).toEqual([0, 2]);
  });

  it('under other settings or of another model are others', () => {
    project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    project.saveExplanation(one, record, project.info);
    project.setDisagreement(one, contradicted, project.info);
    project.setTis({ ...tis, masks: 256 });
    expect(project.loadExplanation(one, project.info)).toBeNull();
    expect(project.loadExplanation(one, { ...project.info, tis })).not.toBeNull();
    expect(project.rows([one])[0]).toMatchObject({ explained: false, disagreement: null });
    for (const other of [{ stability: 0.95 }, { estimate: 'regression' }, { precision: 'int8' }] as const) {
      project.setTis({ ...tis, ...other });
      expect(project.loadExplanation(one, project.info)).toBeNull();
    }
    project.setTis(tis);
    expect(project.rows([one])[0]).toMatchObject({ explained: true, disagreement: 'contradicted' });
    project.setModel({ path: '/other' }, { ...model, hash: 'b'.repeat(64) }, identity);
    expect(project.loadExplanation(one, project.info)).toBeNull();
    expect(project.rows([one])[0]).toMatchObject({ explained: false, disagreement: null });
  });

  it('survive closing', () => {
    project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    project.saveExplanation(one, record, project.info);
    project.setDisagreement(one, contradicted, project.info);
    const { folder } = project;
    project.close();
    project = Project.open(folder);
    expect(project.loadExplanation(one, project.info)?.maps).toHaveLength(2);
    expect(project.disagreement(one, project.info)).toEqual(contradicted);
    expect(project.rows([one])[0]).toMatchObject({ explained: true, disagreement: 'contradicted' });
  });

  it('with a wrong number of values are refused', () => {
    project.recordPredictions([{ id: one, outcome: predicted('a', [0.25, 0.5, 0.25]) }]);
    expect(() => {
      project.saveExplanation(one, explanation([map(0, 1, [1, 2, 3], [1, 2, 3, 4])]), project.info);
    }).toThrow(/3 values instead of 4/);
  });
});

describe('a disagreement', () => {
  it('keeps figures that are not numbers', () => {
    const measures = { ...contradicted.measures, spearman: { value: NaN, error: NaN } };
    project.setDisagreement(one, { ...contradicted, measures }, project.info);
    expect(project.disagreement(one, project.info)?.measures).toEqual(measures);
  });

  it('is forgotten when its label gets another class', () => {
    project.setDisagreement(one, contradicted, project.info);
    project.setDisagreement(two, contradicted, project.info);
    project.setMapping(identity.map((row) => (row.label === 0 ? { ...row, classIndex: classIndex(2) } : row)));
    expect(project.disagreement(one, project.info)).toBeNull();
    expect(project.rows([one])[0]?.disagreement).toBeNull();
    expect(project.rows([two])[0]?.disagreement).toBe('contradicted');
  });
});
