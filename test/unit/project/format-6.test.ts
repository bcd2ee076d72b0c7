/** Projects of the version before, in which every image was a row: they open with everything they hold. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate, migrating } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { hashToBlob, toBlob } from '../../../src/main/database/blob.js';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { Project } from '../../../src/main/project/project.js';
import { type ImageId, imageId } from '../../../src/shared/audit.js';
import type { ConfusionCounts } from '../../../src/shared/query.js';
import { finished } from '../../../src/shared/progress.js';
import { moment } from '../../support/moment.js';
import { image, info, model, sha256 } from './sample.js';

const fixture = join(import.meta.dirname, '../../fixtures/projects/format-6');
interface Expected {
  readonly byFile: readonly number[];
  readonly counts: object;
  readonly details: readonly object[];
  readonly explained: readonly ((number | null)[][] | null)[];
}

/** Maps are kept in finer steps since then. */
const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(3)));

/** The order of files is another since then where some lie in containers. */
function expected(name: string): unknown {
  const all = JSON.parse(readFileSync(join(fixture, name), 'utf8')) as Expected;
  return {
    ...all,
    byFile: all.byFile.toSorted((a, b) => a - b),
    // Nobody could decide differently without knowing of the other then.
    counts: { ...all.counts, unsettled: 0 },
    details: all.details.map((detail) => ({ ...detail, agreeing: [], unsettled: [] })),
    explained: all.explained.map((maps) => maps?.map((map) => map.map(rounded)) ?? null),
  };
}
const killedOpening = join(import.meta.dirname, '../../fixtures/project/killed-opening.mjs');
const otherModel = { ...model, name: 'other-vit', hash: 'd'.repeat(64) };

const root = mkdtempSync(join(tmpdir(), 'hognose-format-6-'));
let folder: string;
let made = 0;
beforeEach(() => {
  folder = join(root, `${String(made++)}.hognose`);
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function score(project: Project): void {
  for (const _ of project.score('all')) continue;
}

/** As that version said it. */
function readAt(project: Project, id: ImageId): unknown {
  const [read] = project.readAmong([id]);
  return read === undefined ? null : { path: read.source.path, stamp: read.stamp };
}

/** As that version told it. */
function cellsOf({ labels, predictions, counts }: ConfusionCounts): unknown {
  return Array.from(counts, (count, at) => ({ label: labels[at], prediction: predictions[at], count }));
}

/** What that version told of the project, told by this one. */
function told(project: Project): unknown {
  score(project);
  const byFile = [...project.query([], { by: 'file', descending: false })].toSorted((a, b) => a - b);
  const ids = byFile.map((id) => imageId(id));
  const all = <Value>(of: (id: ImageId) => Value): Value[] => ids.map(of);
  const plain = {
    counts: project.counts(),
    warnings: project.warnings,
    scanned: project.scanned,
    predictionCancelled: project.predictionCancelled,
    labelCounts: project.labelCounts(),
    confusion: cellsOf(project.confusion()),
    byFile,
    bySuspicion: [...project.query([], { by: 'suspicion', descending: false })],
    pending: project.pendingPredictions(0, 100),
    inDoubt: project.imagesInDoubt(0, 100),
    details: all((id) => project.detail(id)),
    probabilities: all((id) => {
      const row = project.probabilities(id);
      return row === null ? null : [...row];
    }),
    readAt: all((id) => readAt(project, id)),
    explained: all(
      (id) =>
        project
          .loadExplanation(id, project.info)
          ?.maps.map((map) => [map.classIndex, ...Array.from(map.kept, rounded)]) ?? null,
    ),
    ofOtherModel: null,
  };
  return JSON.parse(JSON.stringify(plain));
}

describe('a project of the version before', () => {
  it('opens with its images, predictions, maps, verdicts and history', () => {
    cpSync(join(fixture, 'project'), folder, { recursive: true });
    const project = Project.open(folder);
    expect(told(project)).toEqual(expected('expected.json'));
    project.close();
    const again = Project.open(folder);
    expect(told(again)).toEqual(expected('expected.json'));
    again.close();
  });

  it('has the predictions of every model that it was ever predicted with', () => {
    cpSync(join(fixture, 'project'), folder, { recursive: true });
    const project = Project.open(folder);
    const { model: first, modelPath, mapping } = project.info;
    project.setModel({ path: '/models/other' }, otherModel, mapping);
    expect(told(project)).toEqual(expected('expected-other-model.json'));
    project.setModel({ path: modelPath }, first, mapping);
    expect(told(project)).toEqual(expected('expected.json'));
    project.close();
  });

  it('goes on where it was: undo, new images with ids of their own, predictions', () => {
    cpSync(join(fixture, 'project'), folder, { recursive: true });
    const project = Project.open(folder);
    project.setReviewer('Bo');
    expect(project.undo(moment()).changes.map(({ row }) => row.id)).toEqual([34]);
    project.addImages([image('new.png', 'cat')]);
    const [added] = project.pendingPredictions(61, 100).slice(-1);
    expect(added).toMatchObject({ id: 121, file: 'new.png' });
    project.close();
  });
});

/** A cache of the version before with images on several chunks, some taken away, some of the same content. */
function formerCache(path: string, images: number): void {
  const file = new SqliteFile(path, { synchronous: 'NORMAL' });
  migrate(file, auditMigrations, 6);
  file.transaction(() => {
    file.prepare<never>('INSERT INTO models (hash) VALUES (?)').run(model.hash);
    const predict = file.prepare<never>('INSERT INTO predictions (sha256, model, probabilities) VALUES (?, 1, ?)');
    const add = file.prepare<never>(
      'INSERT INTO images (id, file, label, prediction, sha256, scan, width, height, seen, stamp) VALUES (?, ?, ?, ?, ?, 1, ?, 7, ?, ?)',
    );
    for (let id = 1; id <= images; id += 1) {
      // Contents of two neighbours are alike; some images were removed, every seventh waits.
      const content = hashToBlob(sha256(String(id >> 1)));
      const row = Float32Array.of(id / images, 1 - id / images, 0);
      const isFirst = id === 1 || id % 2 === 0;
      const prediction = isFirst ? predict.run(content, toBlob(row)).id : id >> 1;
      if (id % 11 === 0 || (id > 2048 && id <= 4096 && id % 2 === 0)) continue;
      const known = id % 7 !== 0;
      const stamp = `${String(id)}:${String(1_700_000_000_123_456_789n + BigInt(id))}`;
      add.run(
        id,
        `folder ${String(id % 5)}/${String(id)} é.png`,
        id % 3,
        known ? prediction : null,
        known ? content : null,
        id,
        stamp,
        known ? stamp : null,
      );
    }
    file.exec("INSERT INTO meta (key, value) VALUES ('scanned', 'yes'), ('model', '" + model.hash + "')");
  });
  file.close();
}

describe('a large cache of the version before', () => {
  const images = 7000;

  it('tells how far it is brought into the new shape, and holds the same', () => {
    Project.create(folder, info).close();
    const path = join(folder, 'audit.sqlite');
    rmSync(path);
    formerCache(path, images);
    const file = new SqliteFile(path, { synchronous: 'NORMAL' });
    const kept = file.prepare<{ id: number; file: string }>('SELECT id, file FROM images ORDER BY id').all();
    const steps = [...migrating(file, auditMigrations)];
    file.close();
    expect(steps.map(({ total }) => total)).toEqual(steps.map(() => kept.length));
    expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(steps.at(-1)?.done).toBe(kept.length);

    const project = Project.open(folder);
    expect(project.imageCount()).toBe(kept.length);
    const rows = project.rows(kept.map(({ id }) => imageId(id)));
    expect(rows.map(({ id, file: name }) => ({ id, file: name }))).toEqual(kept);
    expect(rows.every(({ id, width, label }) => width === id && label === id % 3)).toBe(true);
    for (const { id, prediction } of rows) {
      // Of two images with one content the first one's row was kept.
      const of = id % 2 === 0 || id === 1 ? id : id - 1;
      const known = id % 7 !== 0;
      const row = Float32Array.of(of / images, 1 - of / images, 0);
      expect(prediction?.top.map(({ probability }) => probability) ?? null).toEqual(
        known ? [...row].toSorted((a, b) => b - a) : null,
      );
      expect(project.probabilities(id)).toEqual(known ? row : null);
    }
    expect(project.pendingPredictions(0, 9000)).toHaveLength(rows.filter(({ id }) => id % 7 === 0).length);
    expect(finished(project.countInDoubt())).toBe(0);
    project.close();
  });

  it('tells how far it has come while it is opened, is given up between two steps, and needs no more room than it holds', () => {
    Project.create(folder, info).close();
    const path = join(folder, 'audit.sqlite');
    rmSync(path);
    formerCache(path, images);
    const given = Project.opening(folder);
    expect(given.next().value).toMatchObject({ done: 1861 });
    given.return(undefined as never);
    // Nobody holds it, and nothing of it is done.
    const steps: number[] = [];
    const opening = Project.opening(folder);
    let step = opening.next();
    for (; step.done !== true; step = opening.next()) steps.push(step.value.done);
    expect(steps).toHaveLength(4);
    step.value.close();
    const made = new SqliteFile(path, { synchronous: 'NORMAL' });
    expect(made.pragma('freelist_count')).toBe(0);
    made.close();
    const again = Project.opening(folder).next();
    expect(again.done).toBe(true);
    if (again.done === true) again.value.close();
  });

  it.each([1, 2, 4])(
    'is left as it was where Hognose is killed at step %i, and opens afterwards with every verdict',
    (at) => {
      const made = Project.create(folder, info);
      made.setReviewer('Ana');
      made.addImages([image('folder 1/1 é.png', 'cat')]);
      made.give([imageId(1)], { kind: 'wrong-label', correctedLabels: ['dog'], note: 'before' }, moment());
      made.close();
      const path = join(folder, 'audit.sqlite');
      rmSync(path);
      formerCache(path, images);
      const child = spawnSync(process.execPath, [killedOpening, folder, String(at)], { encoding: 'utf8' });
      expect(child.signal, child.stderr).toBe('SIGKILL');
      const file = new SqliteFile(path, { synchronous: 'NORMAL' });
      expect(file.pragma('user_version')).toBe(6);
      file.close();
      const project = Project.open(folder);
      expect(project.imageCount()).toBe(5433);
      expect(project.detail(imageId(1)).verdict).toMatchObject({ kind: 'wrong-label', note: 'before' });
      project.close();
    },
  );

  it('is left as it was where that is given up half way', () => {
    Project.create(folder, info).close();
    const path = join(folder, 'audit.sqlite');
    rmSync(path);
    formerCache(path, images);
    const file = new SqliteFile(path, { synchronous: 'NORMAL' });
    const steps = migrating(file, auditMigrations);
    steps.next();
    steps.next();
    steps.return();
    expect(file.pragma('user_version')).toBe(6);
    expect(file.prepare<{ count: number }>('SELECT count(*) AS count FROM images').get()?.count).toBeGreaterThan(5000);
    file.close();
    const project = Project.open(folder);
    expect(project.imageCount()).toBeGreaterThan(5000);
    project.close();
  });
});
