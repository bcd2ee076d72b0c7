/** Maps of the version before, explanations in one table and maps to compare in another, are taken over into one store. */

import { afterEach, beforeEach, expect, it } from 'vitest';

import { toBlob } from '../../../src/main/database/blob.js';
import { migrate, migrating } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { Explanations } from '../../../src/main/project/explanations.js';
import { evidenceColumns } from '../../../src/main/project/evidence-columns.js';
import { MapCache } from '../../../src/main/project/map-cache.js';
import { MapStore } from '../../../src/main/project/map-store.js';
import { MethodMaps } from '../../../src/main/project/method-maps.js';
import { halvesBlob } from '../../../src/main/project/scaled-halves.js';
import { fakeEvidence } from '../../support/fake-evidence.js';
import { map, tis } from './sample.js';

const before = 7;
const content = 'ab'.repeat(32);
const blob = Buffer.from(content, 'hex');
let file: SqliteFile;

beforeEach(() => {
  file = new SqliteFile(':memory:', { synchronous: 'NORMAL' });
  migrate(file, auditMigrations, before);
  file.exec("INSERT INTO models (id, hash) VALUES (1, 'one')");
});
afterEach(() => {
  file.close();
});

const kept = [
  [0.5, NaN, 0.125, 0.25],
  [1e-7, 3e-7, 2e-7, 0],
].map((values) => Float32Array.from(values));

function explain(parameters: string, withEvidence: boolean): void {
  const columns = evidenceColumns(withEvidence ? kept.map((values) => fakeEvidence(values, 0.1)) : [null, null]);
  file
    .prepare<never>(
      `INSERT INTO explanations (sha256, model, method, parameters, used, size, grid_width, grid_height, classes, probabilities, kept,
         dropped, scales, statistics, init_indices, scored, milliseconds, evidence, evidence_scales, deviations, deviation_steps)
       VALUES (?, 1, 'tis', ?, 77, 5, 2, 2, ?, ?, ?, ?, ?, ?, ?, ?, 12.5, ?, ?, ?, ?)`,
    )
    .run(
      blob,
      parameters,
      toBlob(Int32Array.of(4, 9)),
      toBlob(Float32Array.of(0.75, 0.25)),
      halvesBlob(kept, [1, 2 ** -22], 4),
      halvesBlob(kept, [1, 2 ** -22], 4),
      toBlob(Float32Array.of(1, 2 ** -22)),
      toBlob(Float32Array.of(1, 2, 3, 4, 5, NaN)),
      toBlob(Int32Array.of(3, 1)),
      withEvidence ? 64 : null,
      columns.evidence,
      columns.evidence_scales,
      columns.deviations,
      columns.deviation_steps,
    );
}

function compare(method: string, parameters: string, index: number): void {
  file
    .prepare<never>(
      `INSERT INTO method_maps (sha256, model, method, parameters, class, used, size, width, height, steps, low, step, milliseconds, forward,
         backward) VALUES (?, 1, ?, ?, ?, 88, 8, 2, 2, ?, 10, 2, 3.5, 6, 7)`,
    )
    .run(blob, method, parameters, index, toBlob(Uint16Array.of(0, 1, 2, 65_535)));
}

const published = 'masks=128;ratio=0.5;seed=7';

it('with everything they hold, a map and its measures a class', () => {
  explain(published, true);
  explain('masks=128;ratio=0.5;seed=8', false);
  compare('tam', '', 4);
  compare('rollout', '', -1);
  // Made by the comparison: of one class there is an explanation as well.
  compare('tis', published, 4);
  compare('tis', published, 5);
  const told = Array.from(migrating(file, auditMigrations));
  expect(told).toEqual([
    { done: 1, total: 2 },
    { done: 2, total: 2 },
  ]);

  const cache = new MapCache(file, 1e9, () => false);
  const store = new MapStore(file, 1, cache);
  const explanations = new Explanations(store);
  const record = explanations.load(content, tis);
  expect(record).toMatchObject({ gridWidth: 2, gridHeight: 2, scored: 64, milliseconds: 12.5, parameters: tis });
  expect(record?.initIndices).toEqual(Int32Array.of(3, 1));
  expect(record?.maps.map(({ classIndex, probability }) => [classIndex, probability])).toEqual([
    [4, 0.75],
    [9, 0.25],
  ]);
  for (const [at, values] of kept.entries()) {
    const found = record?.maps[at] ?? map(0, 0, [], []);
    const largest = Math.max(...values.filter((value) => !Number.isNaN(value)));
    for (const [cell, value] of values.entries()) {
      if (Number.isNaN(value)) expect(found.kept[cell]).toBeNaN();
      else expect(Math.abs((found.kept[cell] ?? NaN) - value)).toBeLessThan(largest / 1000);
    }
    expect(found.evidence?.deviations).toEqual(fakeEvidence(values, 0.1).deviations);
  }
  expect(record?.maps[1]).toMatchObject({ contrast: 4, samplingError: 5, splitHalfCorrelation: NaN });
  expect(explanations.isExplained(content, tis)).toBe(true);
  expect(explanations.load(content, { ...tis, seed: 8 })).toMatchObject({ scored: 2 });
  expect([...explanations.explainedContents({ ...tis, seed: 8 })]).toEqual([]);

  const methods = new MethodMaps(store);
  const [found] = methods.load(content, 'tam', {}, [4]);
  expect(found).toMatchObject({ width: 2, height: 2, milliseconds: 3.5, cost: { forward: 6, backward: 7 } });
  expect(found?.maps[0]?.values).toEqual(Float32Array.of(10, 12, 14, NaN));
  expect(methods.load(content, 'rollout', {}, [0, 1])).toHaveLength(2);
  // What was explained stands for what was compared, and the rest is beside it.
  const { masks, ratio, seed } = tis;
  const compared = methods.load(content, 'tis', { masks, ratio, seed }, [4, 5, 9]);
  expect(compared.map((one) => one.maps[0]?.values[0])).toEqual([0.5, 10, expect.closeTo(1e-7, 9)]);
  expect(cache.taken.maps).toBe(7);
});
