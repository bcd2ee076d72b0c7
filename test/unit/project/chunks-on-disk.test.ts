/** What was not read yet of a project changes as if it had been: images that come, go and get other labels right after opening. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { Project } from '../../../src/main/project/project.js';
import { imageId } from '../../../src/shared/audit.js';
import { finished } from '../../../src/shared/progress.js';
import { contradicted, explanation, facts, image, info, map, predicted, temporaryFolder } from './sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
beforeEach(() => {
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), info);
});
afterEach(() => {
  project.close();
  temporary.remove();
});

function reopen(change: (file: SqliteFile) => void = () => undefined): void {
  const { folder } = project;
  project.close();
  const file = new SqliteFile(join(folder, 'audit.sqlite'), { synchronous: 'NORMAL' });
  change(file);
  file.close();
  project = Project.open(folder);
}

/** Two images, predicted and scored. */
function predict(): void {
  project.addImages([image('a.png', 'cat'), image('b.png', 'dog')]);
  project.recordPredictions(
    [1, 2].map((id) => ({ id: imageId(id), outcome: predicted(`c${String(id)}`, [0.2, 0.7, 0.1]) })),
  );
  finished(project.score('all'));
}

describe('a project whose columns were not read yet', () => {
  it('takes a batch of a scan that gives one image another label and adds one', () => {
    predict();
    const maps = [map(1, 0.7, [1, 0, 0, 0], [0, 0, 0, 0]), map(0, 0.2, [1, 0, 0, 0], [0, 0, 0, 0])];
    project.saveExplanation(imageId(1), explanation(maps), project.info);
    project.setDisagreement(imageId(1), contradicted, project.info);
    reopen();
    project.counts();
    project.addImages([image('a.png', 'owl'), image('b.png', 'dog'), image('c.png', 'cat')]);
    const [first, second, third] = project.rows([1, 2, 3].map(imageId));
    expect([first?.label, first?.disagreement, first?.scores['self-confidence']]).toEqual([
      2,
      null,
      expect.closeTo(0.1),
    ]);
    expect(second?.scores['self-confidence']).toBeCloseTo(0.7);
    expect(third?.scores).toEqual({});
  });

  it('is read ahead while images are added, and while another model takes over', () => {
    predict();
    reopen();
    const ahead = project.readAhead();
    ahead.next();
    project.addImages([image('c.png', 'cat')]);
    ahead.next();
    project.setMapping(project.info.mapping.map((row) => ({ ...row })));
    project.addImages([image('d.png', 'cat')]);
    finished(ahead);
    expect(project.rows([imageId(2)])[0]?.scores['self-confidence']).toBeCloseTo(0.7);
  });

  it('counts no image as in doubt that is gone', () => {
    const scan = (files: Readonly<Record<string, string>>): void => {
      project.beginScan();
      project.addImages(Object.entries(files).map(([file, stamp]) => ({ ...image(file, 'cat'), stamp })));
      project.finishScan([]);
    };
    scan({ 'a.png': '1:1', 'b.png': '1:1' });
    const outcome = (content: string) => ({
      ok: true as const,
      facts: { ...facts(content), stamp: '1:1' },
      probabilities: Float32Array.of(0.2, 0.7, 0.1),
    });
    project.recordPredictions([1, 2].map((id) => ({ id: imageId(id), outcome: outcome(String(id)) })));
    scan({ 'a.png': '1:2', 'b.png': '1:1' });
    expect(finished(project.countInDoubt())).toBe(1);
    scan({ 'b.png': '1:1' });
    expect(finished(project.countInDoubt())).toBe(0);
  });

  it.each([
    ['views that are too long', `UPDATE chunks SET "values" = zeroblob(100000) WHERE name = 'view'`],
    ['probabilities that are cut off', 'UPDATE probabilities SET "values" = zeroblob(7)'],
    ['labels that nothing has', `UPDATE chunks SET "values" = x'7f7f7f7f7f7f7f7f' WHERE name = 'label'`],
  ])('goes on with %s', (_, sql) => {
    predict();
    reopen((file) => {
      file.exec(sql);
    });
    expect(project.counts().images).toBe(2);
    project.addImages([image('a.png', 'cat'), image('b.png', 'dog'), image('c.png', 'cat')]);
    project.recordPredictions([{ id: imageId(3), outcome: predicted('c', [0.2, 0.7, 0.1]) }]);
    finished(project.score('all'));
    expect(project.counts()).toMatchObject({ images: 3, predicted: 3, labelled: 3 });
  });
});
