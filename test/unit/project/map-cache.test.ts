/** The ceiling of kept maps: what goes, in which order, and that nothing else does. */

import { chmodSync, cpSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import type { MethodRecord } from '../../../src/main/project/method-maps.js';
import { Project } from '../../../src/main/project/project.js';
import { type ImageId, imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { finished } from '../../../src/shared/progress.js';
import { contradicted, explanation, facts, image, info, map, predicted, temporaryFolder } from './sample.js';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 5, 1);
const images = Array.from({ length: 12 }, (_, at) => imageId(at + 1));

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
let project: Project;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  temporary = temporaryFolder();
  folder = join(temporary.path, 'a.hognose');
  project = Project.create(folder, info);
  project.beginScan();
  project.addImages(images.map((id) => image(`${String(id)}.png`, id % 2 === 0 ? 'cat' : 'dog')));
  project.finishScan([]);
  project.recordPredictions(images.map((id) => ({ id, outcome: predicted(String(id), [0.5, 0.25, 0.25]) })));
});
afterEach(() => {
  vi.restoreAllMocks();
  project.close();
  temporary.remove();
  vi.useRealTimers();
});

const maps = explanation([map(0, 0.5, [1, 2, 3, 4], [1, 2, 3, 4])]);

function explain(id: ImageId, classes = 1): void {
  const made = Array.from({ length: classes }, (_, at) => map(at, 0.5, [1, 2, 3, 4], [4, 3, 2, 1]));
  project.saveExplanation(id, explanation(made), info);
}

function method(classIndex: number, size: number): MethodRecord {
  const values = Float32Array.from({ length: size * size }, (_, at) => at);
  const cost = { forward: 1, backward: 1 };
  const parameters = { steps: 20 };
  return {
    method: 'tam',
    parameters,
    width: size,
    height: size,
    maps: [{ classIndex, values }],
    milliseconds: 1,
    cost,
  };
}

const saveMethod = (id: ImageId, classIndex: number, size: number): void => {
  project.saveMethodMaps(id, method(classIndex, size), facts(String(id)), info);
};
const loadMethod = (id: ImageId, classIndex: number): boolean =>
  project.loadMethodMaps(id, method(classIndex, 1), [classIndex], info).length > 0;

/** Rows of a table as another connection reads them. */
function read<Row>(file: string, sql: string): Row[] {
  const database = new SqliteFile(join(folder, file), { synchronous: 'NORMAL' });
  try {
    return database.prepare<Row>(sql).all();
  } finally {
    database.close();
  }
}

/** What is no map, byte by byte. */
function everythingElse(): unknown {
  const all = (file: string): unknown =>
    read<{ name: string }>(
      file,
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('maps', 'sqlite_sequence') ORDER BY name",
    ).map(({ name }) => [name, read(file, `SELECT * FROM ${name}`)]);
  return [all('audit.sqlite'), all('verdicts.sqlite')];
}

/** A map, or those of one explanation, which stay and go together. */
interface Kept {
  readonly key: string;
  readonly maps: number;
  readonly size: number;
  readonly used: number;
}

const keptNow = (): Kept[] =>
  read<Kept>(
    'audit.sqlite',
    `SELECT method || ' ' || hex(sha256) || iif(method = 'tis', '', class) AS key, count(*) AS maps, max(used) AS used,
       sum(length(steps) + coalesce(length(dropped) + length(init_indices) + length(evidence) + length(evidence_scales)
         + length(deviations) + length(deviation_steps), 0)) AS size
     FROM maps GROUP BY 1 ORDER BY used, key`,
  );
const mapsOf = (kept: readonly Kept[]): number => kept.reduce((sum, { maps: rows }) => sum + rows, 0);
const total = (kept: readonly Kept[]): number => kept.reduce((sum, { size }) => sum + size, 0);
const explainedImages = (): ImageId[] => images.filter((id) => project.rows([id])[0]?.explained === true);

describe('the ceiling', () => {
  it.each([1, 2, 3, 4, 5])('holds over a random history, and what was used longest ago goes first (%i)', (seed) => {
    const random = seededRandom(seed);
    const below = (n: number): number => Math.floor(random() * n);
    const ceiling = 4000;
    finished(project.setCeiling(ceiling));
    for (const _ of project.score('all')) continue;
    project.setReviewer('Ann');
    project.give([imageId(1)], { kind: 'right-label', correctedLabels: [], note: 'seen' }, start);
    project.setDisagreement(imageId(2), contradicted, info);
    const before = everythingElse();
    const told = new Set<number>();
    project.onMapsGone((ids) => {
      for (const id of ids) told.add(id);
    });
    let taken = 0;
    for (let step = 0; step < 120; step += 1) {
      vi.setSystemTime(Date.now() + (2 + below(100)) * minute);
      const id = images[below(images.length)] ?? imageId(1);
      const [then, now] = [keptNow(), Date.now()];
      const what = below(4);
      const explained = explainedImages();
      if (what === 0) explain(id, 1 + below(3));
      else if (what === 1) saveMethod(id, below(2), 4 + below(20));
      else if (what === 2) project.loadExplanation(id, info);
      else loadMethod(id, below(2));
      const after = keptNow();
      expect(total(after)).toBeLessThanOrEqual(ceiling);
      expect(project.cacheFigures()).toMatchObject({ bytes: total(after), maps: mapsOf(after), ceiling });
      // Whatever stayed, or came, was used no earlier than what went.
      const keys = new Set(after.map(({ key }) => key));
      const gone = then.filter(({ key }) => !keys.has(key));
      taken += gone.length;
      const oldest = Math.min(...after.map(({ used }) => used));
      for (const { used } of gone) expect(used).toBeLessThanOrEqual(oldest);
      // No more went than was needed.
      const last = gone.at(-1);
      if (last !== undefined) expect(total(after) + last.size).toBeGreaterThan(ceiling * 0.95);
      // Only what was looked at is noted, once an hour.
      const thenUsed = new Map(then.map(({ key, used }) => [key, used]));
      for (const { key, used } of after) {
        const noted = thenUsed.get(key);
        if (noted !== undefined && used !== noted) expect(used).toBe(now);
        if (what > 1 && used === now) expect(now - (noted ?? now)).toBeGreaterThanOrEqual(hour);
      }
      expect(project.counts().explained).toBe(explainedImages().length);
      for (const lost of explained.filter((one) => !explainedImages().includes(one))) expect(told).toContain(lost);
      const withMaps = new Set(after.map(({ key }) => key.slice(4)));
      for (const one of explainedImages()) expect(withMaps).toContain(facts(String(one)).sha256.toUpperCase());
    }
    expect(taken).toBeGreaterThan(5);
    expect(everythingElse()).toEqual(before);
    project.close();
    project = Project.open(folder);
    expect(project.cacheFigures()).toMatchObject({ bytes: total(keptNow()), ceiling });
    expect(project.counts().explained).toBe(explainedImages().length);
  });

  it('leaves what was used within a minute, and takes it later', () => {
    const size = ((): number => {
      explain(imageId(1));
      return project.cacheFigures().bytes;
    })();
    finished(project.setCeiling(size * 1.5));
    vi.setSystemTime(start + 59_000);
    explain(imageId(2));
    expect(project.cacheFigures()).toMatchObject({ maps: 2, bytes: 2 * size });
    vi.setSystemTime(start + 2 * minute + 59_000);
    explain(imageId(3));
    expect(explainedImages()).toEqual([3]);
  });

  it('that is lowered takes the oldest of all methods at once, and in the end those of a clock that was wrong', () => {
    vi.setSystemTime(start + 1000 * hour);
    explain(imageId(1));
    vi.setSystemTime(start);
    explain(imageId(2));
    vi.setSystemTime(start + hour);
    saveMethod(imageId(3), 0, 4);
    vi.setSystemTime(start + 2 * hour);
    explain(imageId(4));
    vi.setSystemTime(start + 3 * hour);
    const { bytes } = project.cacheFigures();
    finished(project.setCeiling(bytes - 1));
    expect(explainedImages()).toEqual([1, 4]);
    expect(loadMethod(imageId(3), 0)).toBe(true);
    vi.setSystemTime(start + 3 * hour + 2 * minute);
    finished(project.setCeiling(140));
    expect(explainedImages()).toEqual([1]);
    vi.setSystemTime(start + 4 * hour);
    finished(project.setCeiling(100));
    expect(project.cacheFigures()).toMatchObject({ maps: 0, bytes: 0, ceiling: 100 });
  });

  it('takes the maps of every image with the content, and says so', () => {
    const told: ImageId[] = [];
    project.onMapsGone((ids) => told.push(...ids));
    const [one, two] = [imageId(1), imageId(2)];
    project.recordPredictions([one, two].map((id) => ({ id, outcome: predicted('same', [0.5, 0.25, 0.25]) })));
    explain(one);
    expect(explainedImages()).toEqual([one, two]);
    vi.setSystemTime(start + hour);
    finished(project.setCeiling(0));
    expect(explainedImages()).toEqual([]);
    expect(told).toEqual([one, two]);
  });

  it('counts what a saving that failed did not keep', () => {
    explain(imageId(1));
    const before = project.cacheFigures();
    expect(() => project.saveExplanation(imageId(99), { ...maps, facts: facts('x') }, info)).toThrow(/no image 99/);
    expect(project.cacheFigures()).toMatchObject({ bytes: before.bytes, maps: before.maps });
  });
});

describe('freeing space', () => {
  it('takes every map, gives the disk space back, and touches nothing else', () => {
    for (const id of images) {
      explain(id, 3);
      saveMethod(id, 0, 100);
    }
    for (const _ of project.score('all')) continue;
    project.setReviewer('Ann');
    project.give([imageId(1)], { kind: 'wrong-label', correctedLabels: ['cat'], note: '' }, start);
    project.setDisagreement(imageId(2), contradicted, info);
    const before = everythingElse();
    const told: ImageId[] = [];
    project.onMapsGone((ids) => told.push(...ids));
    expect(project.counts().explained).toBe(12);
    const { fileBytes, bytes } = project.cacheFigures();
    const { figures, problem } = finished(project.freeSpace());
    expect(problem).toBeNull();
    expect(figures).toMatchObject({ bytes: 0, maps: 0 });
    expect(fileBytes - figures.fileBytes).toBeGreaterThan(bytes);
    expect(figures.fileBytes).toBe(statSync(join(folder, 'audit.sqlite')).size);
    expect(told.toSorted((a, b) => a - b)).toEqual(images);
    expect(project.counts().explained).toBe(0);
    expect(keptNow()).toEqual([]);
    expect(everythingElse()).toEqual(before);
    expect(project.disagreement(imageId(2), info)).toEqual(contradicted);
    explain(imageId(3));
    expect(project.counts().explained).toBe(1);
  });

  it('says where the disk space was not given back; the maps are gone all the same', () => {
    explain(imageId(1));
    vi.spyOn(SqliteFile.prototype, 'shrink').mockImplementation(() => {
      throw new AppError('DISK_FULL', 'The disk is full.', 'Make room.');
    });
    const { figures, problem } = finished(project.freeSpace());
    expect(problem).toMatchObject({ code: 'DISK_FULL' });
    expect(figures).toMatchObject({ maps: 0, bytes: 0 });
    expect(explainedImages()).toEqual([]);
  });
});

describe('a project that is only looked at', () => {
  it('keeps its maps, whatever the ceiling, and notes nothing', () => {
    explain(imageId(1));
    project.close();
    const before = statSync(join(folder, 'audit.sqlite')).mtimeMs;
    chmodSync(folder, 0o500);
    vi.setSystemTime(start + 5 * hour);
    project = Project.openReadOnly(folder);
    finished(project.setCeiling(1));
    expect(project.loadExplanation(imageId(1), info)).not.toBeNull();
    expect(() => finished(project.freeSpace())).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
    expect(project.cacheFigures()).toMatchObject({ maps: 1, ceiling: 1 });
    project.close();
    chmodSync(folder, 0o700);
    expect(statSync(join(folder, 'audit.sqlite')).mtimeMs).toBe(before);
    project = Project.open(folder);
    expect(project.cacheFigures().ceiling).toBe(8e9);
    expect(keptNow().map(({ used }) => used)).toEqual([start]);
  });
});

describe('a disk that refuses', () => {
  it('shows maps all the same', () => {
    explain(imageId(1));
    vi.setSystemTime(start + 2 * hour);
    const blocking = new SqliteFile(join(folder, 'audit.sqlite'), { synchronous: 'NORMAL' });
    blocking.exec('BEGIN IMMEDIATE');
    try {
      expect(project.loadExplanation(imageId(1), info)?.maps).toHaveLength(1);
    } finally {
      blocking.exec('ROLLBACK');
      blocking.close();
    }
    expect(keptNow().map(({ used }) => used)).toEqual([start]);
  });
});

describe('a project of the version before', () => {
  it('knows what its maps take, and they go as others do', () => {
    project.close();
    const old = join(temporary.path, 'old.hognose');
    cpSync(join(import.meta.dirname, '../../fixtures/projects/format-6/project'), old, { recursive: true });
    project = Project.open(old);
    folder = old;
    const stored = keptNow();
    const { bytes, maps: rows } = project.cacheFigures();
    expect(rows).toBe(mapsOf(stored));
    expect(rows).toBeGreaterThan(0);
    expect(bytes).toBe(total(stored));
    expect(bytes).toBeGreaterThan(0);
    const predictions = project.counts().predicted;
    finished(project.setCeiling(0));
    expect(project.cacheFigures()).toMatchObject({ bytes: 0, maps: 0 });
    expect(project.counts()).toMatchObject({ explained: 0, predicted: predictions });
  });
});
