/** Names in reports: read by people without WordNet ids, written for programs as they are; notes of every verdict. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { classIndex, imageId, labelIndex, verdictKinds } from '../../../src/shared/audit.js';
import { Project } from '../../../src/main/project/project.js';
import { projectSources, readReportInput } from '../../../src/main/report/report-input.js';
import { writeReport } from '../../../src/main/report/write-report.js';
import { image, info, model, predicted, temporaryFolder } from '../project/sample.js';
import { moment } from '../../support/moment.js';

const wnids = ['n01440764', 'n01443537', 'n01484850'] as const;
const classes = ['tench, Tinca tinca', 'n01443537 goldfish', 'great white shark'];

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
beforeEach(() => {
  temporary = temporaryFolder();
  project = Project.create(join(temporary.path, 'a.hognose'), {
    ...info,
    labels: wnids,
    model: { ...model, classes },
    mapping: wnids.map((labelName, index) => ({
      label: labelIndex(index),
      labelName,
      classIndex: classIndex(index),
      by: 'synset',
    })),
  });
  const images = Array.from({ length: 8 }, (_, index) => image(`${String(index)}.png`, wnids[index % 3] ?? null));
  project.addImages(images);
  project.recordPredictions(
    images.map(({ label }, index) => ({
      id: imageId(index + 1),
      outcome: predicted(
        String(index),
        label === wnids[0] ? [0.2, 0.7, 0.1] : label === wnids[1] ? [0, 1, 0] : [0, 0, 1],
      ),
    })),
  );
  project.setReviewer('Ann');
});
afterEach(() => {
  project.close();
  temporary.remove();
});

async function write(): Promise<{ page: string; rows: Record<string, string>[]; json: string }> {
  const folder = join(temporary.path, 'report');
  const options = { limit: 100, title: 'T', terms: project.info, appVersion: '1', generatedAt: 0 };
  const picture = (): Promise<never> => Promise.reject(new Error('none'));
  const sources = { ...projectSources(inThisProcess(project), project.info), picture };
  await writeReport(folder, await readReportInput(inThisProcess(project), options), ['html', 'csv', 'json'], sources);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const rows = parse<Record<string, string>>(read('findings.csv'), { columns: true });
  return { page: read('index.html'), rows, json: read('report.json') };
}

it('people read names, programs get labels and classes as they are', async () => {
  project.give([imageId(1)], { kind: 'wrong-label', correctedLabels: ['n01443537'], note: '' }, moment());
  const { page, rows, json } = await write();
  const seen = page.replaceAll(/<[^>]*>/g, ' ');
  expect(seen).not.toMatch(/n0\d{7}/);
  expect(seen).toMatch(/tench, Tinca tinca\s+→\s+goldfish/);
  expect(rows[0]).toMatchObject({
    label: 'n01440764',
    top1: 'n01443537 goldfish',
    corrected_labels: 'n01443537',
  });
  expect(json).toContain('"n01440764"');
});

it('a search finds a label by its name and by its id', () => {
  const found = (text: string): number =>
    project.query([{ column: 'text', op: 'has', value: text }], { by: 'file', descending: false }).length;
  expect([found('tench'), found('n01440764'), found('goldfish'), found('shark')]).toEqual([3, 3, 6, 2]);
});

it('the note of every kind of verdict is among the findings', async () => {
  for (const [index, kind] of verdictKinds.entries()) {
    project.give([imageId(index + 1)], { kind, correctedLabels: [wnids[2]], note: `because of ${kind}` }, moment());
  }
  const { rows } = await write();
  expect(rows.map(({ verdict, note }) => [verdict, note]).sort()).toEqual(
    verdictKinds.map((kind) => [kind, `because of ${kind}`]).sort(),
  );
});
