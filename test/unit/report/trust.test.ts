/** What a report says of its own figures: of how much they are, split by split, and what speaks against trusting them. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId, type MappingRow } from '../../../src/shared/audit.js';
import { Project } from '../../../src/main/project/project.js';
import { projectSources, readReportInput } from '../../../src/main/report/report-input.js';
import { writeReport } from '../../../src/main/report/write-report.js';
import { identity, image, info, predicted, temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;

beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => {
  project.close();
  temporary.remove();
});

/** An image to be listed, and its probabilities; null while it is not predicted. */
type Listed = readonly [label: string | null, split: string | null, probabilities: readonly number[] | null];

function make(mapping: readonly MappingRow[], images: readonly Listed[]): void {
  project = Project.create(join(temporary.path, 'a.hognose'), { ...info, mapping });
  project.addImages(images.map(([label, split], at) => image(`${String(at)}.png`, label, split)));
  project.recordPredictions(
    images.flatMap(([, , probabilities], at) =>
      probabilities === null ? [] : [{ id: imageId(at + 1), outcome: predicted(String(at), probabilities) }],
    ),
  );
}

/** The report's first page as text, and its JSON. */
async function written(): Promise<{ readonly page: string; readonly json: Record<string, unknown> }> {
  const folder = join(temporary.path, 'report');
  const input = await readReportInput(inThisProcess(project), {
    limit: 0,
    title: 'T',
    terms: project.info,
    appVersion: '1',
    generatedAt: 0,
  });
  const picture = () => Promise.reject(new Error('No picture is wanted.'));
  await writeReport(folder, input, ['html', 'json'], {
    ...projectSources(inThisProcess(project), project.info),
    picture,
  });
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  return { page, json: JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Record<string, unknown> };
}

const cat = [0.8, 0.1, 0.1];
const dog = [0.1, 0.8, 0.1];
const unmapped = identity.map((row): MappingRow => ({ ...row, classIndex: null, by: 'none' }));
const repeated = (count: number, row: Listed): Listed[] => Array.from({ length: count }, () => row);

describe('labels without a class', () => {
  it('make dashes, not zeros, and are named with the way out', async () => {
    make(unmapped, [...repeated(3, ['cat', null, cat]), ['dog', null, dog]]);
    const { page, json } = await written();
    expect(page).toContain('Prediction differs from label – no label has a class of the model');
    expect(page).toContain('estimated by the model alone – nothing was compared');
    expect(page).toContain(
      'None of the 3 labels has a class of the model (cat, dog, owl): their 4 images are not compared',
    );
    expect(page).toContain('hognose mapping propose');
    expect(page).toContain('Labels and predictions were not compared: no label has a class of the model.');
    expect(page).not.toContain('No prediction differs');
    expect(page).not.toContain('Most frequent disagreements');
    expect(json).toMatchObject({
      summary: {
        counts: { images: 4, withoutClass: 4, compared: 0, disagreements: null },
        notices: [{ kind: 'no-class' }],
      },
      noise: null,
      labelCounts: [
        { name: 'cat', images: 3, compared: 0, disagreements: null },
        { name: 'dog', images: 1, compared: 0, disagreements: null },
      ],
    });
  });

  it('of a part of the images leave an all-clear to the others', async () => {
    const rows = identity.map((row): MappingRow => (row.label === 1 ? { ...row, classIndex: null, by: 'none' } : row));
    make(rows, [...repeated(3, ['cat', null, cat]), ['dog', null, dog]]);
    const { page, json } = await written();
    expect(page).toContain('Prediction differs from label 0 0.0 % of 3 compared of 4');
    expect(page).toContain('No prediction differs from its label (of 3 compared of 4 images)');
    expect(page).toContain('1 of 3 labels has no class of the model (dog): its 1 image is not compared');
    expect(json).toMatchObject({ summary: { counts: { compared: 3, disagreements: 0 } } });
  });
});

describe('a part of the images', () => {
  it('is said beside the count', async () => {
    make(identity, [...repeated(4, ['cat', null, cat]), ['cat', null, dog], ...repeated(5, ['dog', null, null])]);
    const { page } = await written();
    expect(page).toContain('Prediction differs from label 1 20.0 % of 5 predicted of 10');
    expect(page).not.toContain('By split');
  });

  it('is counted split by split and label by label, and a learned split is named', async () => {
    make(identity, [
      ...repeated(300, ['cat', 'train', cat]),
      ...repeated(60, ['cat', 'test', cat]),
      ...repeated(20, ['cat', 'test', dog]),
      ...repeated(40, ['dog', 'train', dog]),
      ['dog', 'test', null],
    ]);
    const { page, json } = await written();
    expect(page).toContain('By split Split Images Predicted Compared Prediction differs Of the compared');
    expect(page).toContain('test 81 80 80 20 25.0 % train 340 340 340 0 0.0 %');
    expect(page).toContain('The split “train” looks learned');
    expect(page).toContain('cat 380 380 380 20 5.3 %');
    expect(json).toMatchObject({
      summary: {
        splits: [
          { split: 'test', images: 81, predicted: 80, compared: 80, disagreements: 20 },
          { split: 'train', images: 340, predicted: 340, compared: 340, disagreements: 0 },
        ],
        doubts: [expect.stringContaining('looks learned')],
      },
    });
  });
});

describe('what speaks against the figures', () => {
  it('stands on the first page: classes matched by position', async () => {
    make(
      identity.map((row): MappingRow => ({ ...row, by: 'position' })),
      repeated(3, ['cat', null, cat]),
    );
    expect((await written()).page).toContain(
      'About the data 3 labels were matched to classes by position (cat is cat, dog is dog, owl is owl), which is a guess.',
    );
  });

  it('stands on the first page: predictions that tell nothing', async () => {
    make(identity, [...repeated(20, ['cat', null, [0, 1, 0]]), ...repeated(20, ['owl', null, [0, 1, 0]])]);
    const { page } = await written();
    expect(page).toContain('40 of 40 predictions have a probability of 99.99');
    expect(page).toContain('40 of 40 predictions are “dog”, although 40 of 40 labels mean another class');
  });

  it('is no interval: the estimate is the model’s alone', async () => {
    make(identity, repeated(9, ['cat', null, cat]));
    const { page, json } = await written();
    expect(page).not.toMatch(/interval \d|Wilson/);
    expect(json).toMatchObject({ noise: { errorRate: 0, images: 9 } });
  });
});
