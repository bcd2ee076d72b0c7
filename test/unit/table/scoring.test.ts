/** Scores are kept with what they were computed from, and computed anew where that is another: mapping, labels, model, version, a new score. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { Project } from '../../../src/main/project/project.js';
import { classIndex, type ImageId, imageId } from '../../../src/shared/audit.js';
import { confidentJoint, labelIssues } from '../../../src/shared/statistics/confident-joint.js';
import { ids, image, info, predicted, temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;

/** Five thousand images, so that they lie in three chunks; the class of the label has `(id % 997) / 1000`. */
const many = 5000;

beforeEach(() => {
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info);
  const images = Array.from({ length: many }, (_, index) =>
    image(`${String(index)}.png`, index % 2 === 0 ? 'cat' : 'dog'),
  );
  project.addImages(images);
  project.recordPredictions(
    images.map((_, index) => {
      const own = ((index + 1) % 997) / 1000;
      const rest = 1 - own;
      const probabilities = index % 2 === 0 ? [own, rest * 0.75, rest * 0.25] : [rest * 0.75, own, rest * 0.25];
      return { id: imageId(index + 1), outcome: predicted(String(index), probabilities) };
    }),
  );
});
afterEach(() => {
  project.close();
  temporary.remove();
});

/** Computes what is stale; how many steps that took. */
function score(): number {
  const steps = project.staleScores('all');
  for (const _ of project.score('all'));
  return steps;
}

const worst = (): ImageId => imageId(project.query([], { by: 'self-confidence', descending: false })[0] ?? 0);

function reopen(change: (audit: SqliteFile) => void = () => undefined): void {
  const { folder } = project;
  project.close();
  const audit = new SqliteFile(join(folder, 'audit.sqlite'), { synchronous: 'NORMAL' });
  change(audit);
  audit.close();
  project = Project.open(folder);
}

const swapped = info.mapping.map((row) => ({ ...row, classIndex: classIndex([1, 0, 2][row.label] ?? 0) }));

describe('scores', () => {
  it('are put aside after every few images, and told in parts of them', () => {
    const told = [...project.score('all')];
    const total = told[0]?.total ?? 0;
    // Own scores are there with the predictions; what rests on all images goes through three parts several times.
    expect(total % 3).toBe(0);
    expect(told.length).toBeGreaterThan(many / 64);
    expect(told.every((step, at) => step.total === total && step.done - (told[at - 1]?.done ?? 0) <= 1)).toBe(true);
    expect(told.at(-1)).toEqual({ done: total, total });
  });

  it('of a part that changes while it is gone through stay stale, and nothing of before is kept', () => {
    score();
    project.setMapping(swapped);
    const steps = project.score('own');
    // In the middle of the first part.
    for (let step = 0; step < 5; step += 1) expect(steps.next().value).toMatchObject({ done: 0 });
    project.recordPredictions([{ id: imageId(3), outcome: predicted('another', [0.25, 0.5, 0.25]) }]);
    for (const _ of steps);
    expect(project.staleScores('own')).toBe(1);
    expect(project.rows([imageId(3)])[0]?.scores['self-confidence']).toBe(0.5);
    score();
    expect(project.rows([imageId(3)])[0]?.scores['self-confidence']).toBe(0.5);
    reopen();
    expect(score()).toBe(0);
  });

  it('are there with the predictions, and when the project is opened again', () => {
    score();
    const before = project.rows([imageId(3), imageId(4999)]);
    expect(before[0]?.scores).toMatchObject({ 'self-confidence': Math.fround(0.003), 'label-rank': 3 });
    expect(score()).toBe(0);
    reopen();
    expect(score()).toBe(0);
    expect(project.rows([imageId(3), imageId(4999)])).toEqual(before);
    expect(worst()).toBe(997);
  });

  it('follow another mapping, and the one before again', () => {
    score();
    const before = project.rows([imageId(3)])[0]?.scores;
    project.setMapping(swapped);
    // An image is never shown without what is known of it, computed or not.
    expect(project.rows([imageId(3)])[0]?.prediction?.labelProbability).toBeCloseTo(0.997 * 0.75, 6);
    expect(score()).toBeGreaterThan(0);
    expect(project.rows([imageId(3)])[0]?.scores['self-confidence']).toBeCloseTo(0.997 * 0.75, 6);
    project.setMapping(info.mapping);
    expect(score()).toBeGreaterThan(0);
    expect(project.rows([imageId(3)])[0]?.scores).toEqual(before);
  });

  it('of an earlier version are computed anew when the project is opened', () => {
    score();
    reopen((audit) => {
      audit.exec(
        `UPDATE scores SET basis = '0' || substr(basis, 2), "values" = zeroblob(16384) WHERE score = 'self-confidence'`,
      );
    });
    expect(project.staleScores('all')).toBeGreaterThanOrEqual(3);
    expect(worst()).toBe(1);
    score();
    expect(worst()).toBe(997);
    reopen();
    expect(score()).toBe(0);
    expect(worst()).toBe(997);
  });

  it('that a project does not have yet are computed, and no others', () => {
    score();
    reopen((audit) => {
      audit.exec(`DELETE FROM scores WHERE score = 'normalised-margin' AND chunk = 1`);
    });
    expect(score()).toBe(1);
    expect(project.rows([imageId(3000)])[0]?.scores['normalised-margin']).toBeDefined();
    reopen();
    expect(score()).toBe(0);
  });

  it('of several models stay side by side', () => {
    score();
    const before = project.rows([imageId(3)])[0]?.scores;
    const other = { ...info.model, hash: 'b'.repeat(64) };
    project.setModel({ path: '/models/b' }, other, info.mapping);
    expect(project.rows([imageId(3)])[0]?.scores).toEqual({});
    project.recordPredictions([{ id: imageId(3), outcome: predicted('2', [0.5, 0.25, 0.25]) }]);
    score();
    expect(project.rows([imageId(3)])[0]?.scores['self-confidence']).toBe(0.5);
    project.setModel({ path: '/models/a' }, info.model, info.mapping);
    expect(score()).toBe(0);
    expect(project.rows([imageId(3)])[0]?.scores).toEqual(before);
  });

  it('are given up where the mapping changes while they are computed', () => {
    score();
    project.setMapping(swapped);
    const steps = project.score('all');
    steps.next();
    project.setMapping(info.mapping);
    expect(steps.next().done).toBe(true);
    score();
    expect(worst()).toBe(997);
    reopen();
    expect(score()).toBe(0);
    expect(worst()).toBe(997);
  });

  it('that are damaged on the disk are computed anew', () => {
    score();
    reopen((audit) => {
      audit.exec(`UPDATE scores SET "values" = zeroblob(12) WHERE score = 'loss' AND chunk = 0`);
    });
    expect(score()).toBe(1);
    expect(project.rows([imageId(3)])[0]?.scores.loss).toBeCloseTo(-Math.log(0.003), 4);
  });

  it('of the images themselves can be had alone', () => {
    score();
    project.setMapping(swapped);
    expect(project.staleScores('own')).toBe(3);
    for (const _ of project.score('own'));
    expect(project.staleScores('own')).toBe(0);
    expect(project.staleScores('all')).toBeGreaterThan(0);
  });

  it('of a model whose former hash is given up go by no row that is given out again', () => {
    const former = { ...info.model, hash: 'b'.repeat(64) };
    project.setModel({ path: '/models/b' }, former, info.mapping);
    project.recordPredictions([{ id: imageId(1), outcome: predicted('0', [0.9, 0.05, 0.05]) }]);
    score();
    project.setModel({ path: '/models/a' }, { ...info.model, formerHashes: [former.hash] }, info.mapping);
    project.recordPredictions([{ id: imageId(1), outcome: predicted('another', [0.1, 0.8, 0.1]) }]);
    reopen();
    expect(project.rows([imageId(1)])[0]?.scores['self-confidence']).toBe(Math.fround(0.1));
    score();
    expect(project.rows([imageId(1)])[0]?.scores['self-confidence']).toBe(Math.fround(0.1));
  });

  it('of an image whose content changed are gone, those of its neighbours stay', () => {
    score();
    project.identify([{ id: imageId(3), outcome: { ok: true, sha256: 'c'.repeat(64), bytes: 3, stamp: 'new' } }]);
    const keys = (id: number): string[] => Object.keys(project.rows([imageId(id)])[0]?.scores ?? {});
    expect(keys(3)).toEqual([]);
    expect(keys(5)).toContain('self-confidence');
    // What rests on all images rests on others now.
    expect(keys(5)).not.toContain('label-issue');
    score();
    expect(keys(5)).toContain('label-issue');
  });

  it('that rest on all images are those of confident learning on the whole', () => {
    score();
    const rows = Array.from({ length: many }, (_, index) => ({
      id: index + 1,
      labelClass: index % 2,
      probabilities: project.probabilities(imageId(index + 1)) ?? expect.fail(),
    }));
    const joint = confidentJoint(() => rows, 3);
    const issues = labelIssues(() => rows, joint);
    const flagged = project.query([{ column: 'label-issue', op: 'is', value: 1 }], { by: 'file', descending: false });
    expect(ids(flagged).sort((x, y) => x - y)).toEqual(issues);
    expect(issues.length).toBeGreaterThan(1000);
    const counts = project.facets([], ['label-issue']).values['label-issue'];
    expect(counts).toEqual([
      { value: 0, count: many - issues.length },
      { value: 1, count: issues.length },
    ]);
  });
});
