/** A whole report, read back from disk: hostile names, all formats, trouble. */

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId } from '../../../src/shared/audit.js';
import { finished } from '../../../src/shared/progress.js';
import { AppError } from '../../../src/shared/errors.js';
import { encodePalettePng } from '../../../src/main/drawing/png.js';
import {
  projectSources,
  readReportInput,
  type ReportInput,
  type ReportSources,
} from '../../../src/main/report/report-input.js';
import { fileToOpen, reportFormatChoices } from '../../../src/main/report/report-formats.js';
import { writeReport, type WrittenReport } from '../../../src/main/report/write-report.js';
import { Project } from '../../../src/main/project/project.js';
import { contradicted, explanation, image, info, map, predicted, temporaryFolder } from '../project/sample.js';

const hostile = '<img src=x onerror=alert(1)> "quoted"\n\'.png';
const png = encodePalettePng(2, 2, Uint8Array.of(0, 1, 2, 3), new Uint8Array(768), new Uint8Array(256));

let temporary: ReturnType<typeof temporaryFolder>;
let project: Project;
let folder: string;

beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'report');
  project = Project.create(join(temporary.path, 'a.hognose'), { ...info, name: 'Cats <&> dogs' });
  project.addImages([
    image(hostile, 'cat', 'train'),
    image('=cmd.png', 'dog', 'train'),
    image('@c,d.png', 'owl', 'val'),
    image('fine.png', 'owl', 'val'),
    image('no label.png', null),
    image('broken.png', 'cat'),
    image('several.png', 'cat'),
  ]);
  project.recordPredictions([
    { id: imageId(1), outcome: predicted('1', [0.0625, 0.875, 0.0625]) },
    { id: imageId(2), outcome: predicted('2', [0.75, 0.125, 0.125]) },
    { id: imageId(3), outcome: predicted('3', [0, 0.25, 0.75]) },
    { id: imageId(4), outcome: predicted('4', [0, 0.25, 0.75]) },
    { id: imageId(5), outcome: predicted('5', [0, 0.25, 0.75]) },
    {
      id: imageId(6),
      outcome: { ok: false, error: { code: 'IMAGE_UNREADABLE', message: 'broken.png <ends> early', hint: '' } },
    },
    { id: imageId(7), outcome: predicted('7', [0.75, 0.25, 0]) },
  ]);
  const maps = [
    map(0, 0.0625, [0, 0.1, 0.2, NaN], [0, 0, 0, 0]),
    map(1, 0.875, [0.5, 0.6, 0.7, 0.8], [0.1, 0.1, 0.1, 0.1]),
  ];
  project.saveExplanation(imageId(1), explanation(maps), project.info);
  project.setDisagreement(imageId(1), contradicted, project.info);
  project.setReviewer('Ann <3');
  project.give(
    [imageId(1)],
    { kind: 'wrong-label', correctedLabels: ['=dog'], note: '<script>alert(2)</script>' },
    86_400_000,
  );
  project.give([imageId(3)], { kind: 'none-of-the-classes', correctedLabels: [], note: '' }, 86_400_001);
  project.give([imageId(7)], { kind: 'several-labels', correctedLabels: ['cat', 'dog'], note: '' }, 86_400_002);
});
afterEach(() => {
  project.close();
  temporary.remove();
});

const input = (limit = 100): Promise<ReportInput> =>
  readReportInput(inThisProcess(project), {
    limit,
    title: project.info.name,
    terms: project.info,
    appVersion: '1.2.3',
    generatedAt: Date.UTC(2026, 0, 2, 3, 4),
  });
async function write(formats: readonly string[], more: Partial<ReportSources> = {}): Promise<WrittenReport> {
  const sources: ReportSources = {
    ...projectSources(inThisProcess(project), project.info),
    picture: () => Promise.resolve({ bytes: png, mime: 'image/png', width: 2, height: 2 }),
    ...more,
  };
  return writeReport(folder, await input(), formats, sources);
}
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const table = (name: string): Record<string, string>[] => parse(read(name), { columns: true });

describe('the HTML report', () => {
  it('is a folder whose page refers only to what lies beside it', async () => {
    const written = await write(['html']);
    expect(written).toEqual({
      folder,
      files: { html: join(folder, 'index.html'), 'corrected-labels': join(folder, 'corrected-labels.csv') },
      problems: [],
    });
    const page = read('index.html');
    const references = [...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, reference = '']) => reference);
    expect(references.length).toBeGreaterThan(8);
    for (const reference of references) {
      expect(reference).toMatch(/^assets\/[\w./-]+$/);
      expect(existsSync(join(folder, reference))).toBe(true);
    }
    expect(readdirSync(folder).sort()).toEqual(['.hognose-report', 'assets', 'corrected-labels.csv', 'index.html']);
  });

  it('allows no script, no inline style, no network', async () => {
    await write(['html']);
    const page = read('index.html');
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; img-src &#39;self&#39; data:; style-src &#39;self&#39;"`,
    );
    expect(page).not.toMatch(/<script|\sstyle=|\son\w+="|https?:\/\//i);
    expect(read('assets/report.css')).not.toMatch(/url\(|@import|https?:/);
  });

  it('escapes whatever came from files and people', async () => {
    await write(['html']);
    const page = read('index.html');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt; &quot;quoted&quot;␊&#39;.png');
    expect(page).toContain('&lt;script&gt;alert(2)&lt;/script&gt;');
    expect(page).toContain('The patches that speak most for');
    expect(page).toContain('<h1><bdi>Cats &lt;&amp;&gt; dogs</bdi></h1>');
    expect(page).toContain('Ann &lt;3, 1970-01-02');
    expect(page).toContain('broken.png &lt;ends&gt; early');
    expect(page).not.toMatch(/<img src=x|<script>/);
  });

  it('tells the figures of the first page', async () => {
    await write(['html']);
    const text = read('index.html')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(text).toContain('Images 7 1 could not be read');
    expect(text).toContain('Predicted 6 85.7 % of the images, 1 explained with maps');
    expect(text).toContain('Prediction differs from label 2 40.0 % of 5 compared, 6 predicted of 7');
    expect(text).toContain('Label errors found by people 2 in 3 reviewed, 1 of none of the classes');
    expect(text).toMatch(/Label errors, estimated by the model alone \d+ [\d.]+ % of 5 compared/);
    expect(text).toContain('Model tiny-vit Path /models/tiny-vit SHA-256');
    expect(text).toContain('Wrong label 1 Right label 0 Several labels 1');
    expect(text).toContain('Not reviewed 4');
    expect(text).toContain('a'.repeat(64));
    expect(text).toContain('Signature');
    expect(text).toContain('Englebert');
  });

  it('shows the maps of label, prediction and next class with their probabilities', async () => {
    await write(['html']);
    const [, card = ''] = read('index.html').split('<article');
    expect(
      [...card.matchAll(/<figcaption><small>([^<]*)<\/small><div><bdi>([^<]*)<\/bdi> <span>([^<]*)</g)].map((m) =>
        m.slice(1),
      ),
    ).toEqual([
      ['Label', 'cat', '6.3\u202f%'],
      ['Prediction', 'dog', '88\u202f%'],
    ]);
    expect(statSync(join(folder, 'assets/images/1-map-0.png')).size).toBeGreaterThan(100);
    expect(card).toContain('Wrong label</b> → <bdi class="corrected">=dog</bdi>');
  });

  it('says so when a picture cannot be read, and goes on', async () => {
    const written = await write(['html'], {
      picture: (id) =>
        id === imageId(2)
          ? Promise.reject(new AppError('IMAGE_UNREADABLE', '=cmd.png is gone'))
          : Promise.resolve({ bytes: png, mime: 'image/png', width: 2, height: 2 }),
    });
    expect(written.problems).toEqual([{ code: 'IMAGE_UNREADABLE', message: '=cmd.png is gone', hint: '' }]);
    expect(read('index.html')).toContain('The picture could not be read.');
  });

  it('of a project without labels has no error rate and no findings', async () => {
    project.close();
    project = Project.create(join(temporary.path, 'b.hognose'), { ...info, labels: [], mapping: [] });
    project.addImages([image('a.png', null)]);
    project.recordPredictions([{ id: imageId(1), outcome: predicted('1', [0.5, 0.25, 0.25]) }]);
    await write(['html', 'json']);
    expect(read('index.html')).toContain('Labels and predictions were not compared: no image has a label.');
    expect(read('index.html')).not.toContain('No prediction differs');
    expect(JSON.parse(read('report.json'))).toMatchObject({ noise: null, findings: [] });
  });
});

describe('the tables', () => {
  it('list findings, most suspicious first, harmlessly', async () => {
    await write(['csv']);
    const rows = table('findings.csv');
    expect(rows.map((row) => [row.finding, row.file, row.label, row.top1, row.verdict])).toEqual([
      ['1', hostile, 'cat', 'dog', 'wrong-label'],
      ['2', "'=cmd.png", 'dog', 'cat', ''],
      ['3', "'@c,d.png", 'owl', 'owl', 'none-of-the-classes'],
      ['4', 'several.png', 'cat', 'cat', 'several-labels'],
    ]);
    expect(rows[0]).toMatchObject({
      label_prob: '0.0625',
      label_rank: '2',
      self_confidence: '0.0625',
      normalised_margin: '0.09375',
      top1_prob: '0.875',
      disagreement: 'contradicted',
      corrected_labels: "'=dog",
      verdict_time: '1970-01-02T00:00:00.000Z',
    });
  });

  it('give every labelled image the label after the verdicts', async () => {
    await write(['csv']);
    expect(table('corrected-labels.csv')).toEqual([
      { path: hostile, label: "'=dog", split: 'train', original_label: 'cat', status: 'wrong-label', all_labels: '' },
      {
        path: "'=cmd.png",
        label: 'dog',
        split: 'train',
        original_label: 'dog',
        status: 'not-reviewed',
        all_labels: '',
      },
      {
        path: "'@c,d.png",
        label: '',
        split: 'val',
        original_label: 'owl',
        status: 'none-of-the-classes',
        all_labels: '',
      },
      { path: 'fine.png', label: 'owl', split: 'val', original_label: 'owl', status: 'not-reviewed', all_labels: '' },
      { path: 'broken.png', label: 'cat', split: '', original_label: 'cat', status: 'not-reviewed', all_labels: '' },
      {
        path: 'several.png',
        label: 'cat',
        split: '',
        original_label: 'cat',
        status: 'several-labels',
        all_labels: 'cat|dog',
      },
    ]);
  });
});

it('tells in every form where people decided differently, and corrects no label there', async () => {
  const copy = join(temporary.path, 'b.hognose');
  project.saveCopy(copy);
  const other = Project.open(copy);
  other.setReviewer('=Bo');
  other.give([imageId(3)], { kind: 'wrong-label', correctedLabels: ['dog'], note: '' }, 86_400_003);
  const bad = { kind: 'bad-image', correctedLabels: [], note: '' } as const;
  other.give([imageId(1)], bad, 86_400_004);
  other.close();
  project.give([imageId(3)], { kind: 'right-label', correctedLabels: [], note: '' }, 86_400_005);
  project.give([imageId(1)], bad, 86_400_006);
  finished(project.merge(copy));
  await write(['html', 'csv', 'json']);
  const page = read('index.html')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  expect(page).toContain('Label errors found by people 0 in 2 reviewed, 1 unsettled');
  expect(page).toContain('Bad image Ann &lt;3 and =Bo, 1970-01-02');
  expect(table('findings.csv').find(({ verdict }) => verdict === 'bad-image')?.reviewer).toBe('Ann <3|=Bo');
  expect(page).toContain('1 image is unsettled: people decided differently');
  expect(page).toMatch(/Unsettled : Right label Ann &lt;3, 1970-01-02 against Wrong label → dog =Bo, 1970-01-02/u);
  expect(page).toContain('Unsettled 1 Not reviewed 4');
  expect(table('findings.csv').find(({ file }) => file === "'@c,d.png")).toMatchObject({
    verdict: 'unsettled',
    corrected_labels: '',
    reviewer: 'Ann <3|=Bo',
    verdict_time: '',
  });
  expect(table('corrected-labels.csv').find(({ path }) => path === "'@c,d.png")).toMatchObject({
    label: 'owl',
    original_label: 'owl',
    status: 'unsettled',
  });
  const { findings } = JSON.parse(read('report.json')) as { findings: { file: string; unsettled: unknown[] }[] };
  expect(findings.find(({ file }) => file === '@c,d.png')).toMatchObject({
    verdict: null,
    unsettled: [{ kind: 'right-label' }, { kind: 'wrong-label', reviewer: '=Bo' }],
  });
});

describe('the JSON report', () => {
  it('holds everything with raw maps', async () => {
    await write(['json']);
    const report: unknown = JSON.parse(read('report.json'));
    expect(report).toMatchObject({
      format: 'hognose-report',
      version: 3,
      generatedAt: '2026-01-02T03:04:00.000Z',
      generator: 'Hognose 1.2.3',
      summary: { model: { hash: 'a'.repeat(64) }, tis: { masks: 128 }, counts: { images: 7, disagreements: 2 } },
      unreadable: [{ file: 'broken.png', reason: 'broken.png <ends> early' }],
      findings: [
        {
          file: hostile,
          label: 'cat',
          prediction: { top: [{ class: 'dog', classIndex: 1, probability: 0.875 }, {}, {}], labelRank: 2 },
          disagreement: { kind: 'contradicted' },
          verdict: { kind: 'wrong-label', note: '<script>alert(2)</script>' },
          explanation: {
            parameters: { masks: 128, ratio: 0.5, seed: 7 },
            initIndices: [3, 1],
            maps: [{ class: 'cat', kept: [0, 0.1, 0.2, null] }, { class: 'dog' }],
          },
        },
        { file: '=cmd.png', explanation: null },
        { file: '@c,d.png' },
        { file: 'several.png' },
      ],
    });
  });
});

describe('the PDF', () => {
  it('is printed from one page with all findings, which is then removed', async () => {
    let printed = '';
    const written = await write(['pdf'], {
      printPdf: (html, pdf) => {
        printed = readFileSync(html, 'utf8');
        writeFileSync(pdf, '%PDF-');
        return Promise.resolve();
      },
    });
    expect(printed.match(/<article/g)).toHaveLength(4);
    expect(printed).not.toContain('loading="lazy"');
    expect(written).toEqual({
      folder,
      files: { pdf: join(folder, 'report.pdf'), 'corrected-labels': join(folder, 'corrected-labels.csv') },
      problems: [],
    });
    expect(readdirSync(folder).sort()).toEqual(['.hognose-report', 'corrected-labels.csv', 'report.pdf']);
  });

  it.each([
    ['no browser', undefined, 'no browser'],
    ['a failing one', () => Promise.reject(new Error('it crashed')), 'it crashed'],
  ])('with %s is left out, and the other formats are written', async (_, printPdf, reason) => {
    const written = await write(['html', 'pdf', 'csv', 'json'], { printPdf });
    expect(Object.keys(written.files).sort()).toEqual(['corrected-labels', 'csv', 'html', 'json']);
    expect(written.problems).toEqual([
      expect.objectContaining({ code: 'PDF_UNAVAILABLE', message: expect.stringContaining(reason) as string }),
    ]);
    for (const path of Object.values(written.files)) expect(existsSync(path)).toBe(true);
    expect(existsSync(join(folder, 'report.pdf'))).toBe(false);
    expect(existsSync(join(folder, 'print.html'))).toBe(false);
  });
});

describe('a format', () => {
  const printPdf = (_: string, pdf: string): Promise<void> => {
    writeFileSync(pdf, '%PDF-');
    return Promise.resolve();
  };

  it('is chosen by its id, and read of in this order', () => {
    expect(reportFormatChoices.map(({ id, name }) => [id, name])).toEqual([
      ['html', 'HTML'],
      ['pdf', 'PDF'],
      ['csv', 'CSV'],
      ['json', 'JSON'],
    ]);
  });

  it.each(reportFormatChoices.map(({ id }) => id))(
    '%s alone leaves its own files and the corrected labels',
    async (id) => {
      const { files, problems } = await write([id], { printPdf });
      expect(problems).toEqual([]);
      expect(Object.keys(files).sort()).toEqual(['corrected-labels', id].sort());
      const expected = Object.values(files).map((path) => relative(folder, path));
      const assets = id === 'html' ? ['assets'] : [];
      expect(readdirSync(folder).sort()).toEqual(['.hognose-report', ...assets, ...expected].sort());
    },
  );

  it('that is not known is refused before anything is written', async () => {
    await write(['csv']);
    for (const id of ['doc', 'corrected-labels', '../csv']) {
      await expect(write([id, 'html'])).rejects.toMatchObject({
        code: 'BAD_USAGE',
        message: `There is no report format "${id}".`,
        hint: 'Known formats are html, pdf, csv, json.',
      });
    }
    expect(readdirSync(folder).sort()).toEqual(['.hognose-report', 'corrected-labels.csv', 'findings.csv']);
  });

  it('is opened where people read it, and no other file ever', () => {
    const audited = { format: 'idx' };
    expect(['html', 'pdf'].map((id) => fileToOpen(id, audited))).toEqual(['index.html', 'report.pdf']);
    for (const id of ['csv', 'json', 'corrected-labels', '..', 'index.html']) {
      expect(() => fileToOpen(id, audited)).toThrow(expect.objectContaining({ code: 'BAD_USAGE' }) as Error);
    }
  });

  it('that was being written when the report was cancelled leaves nothing', async () => {
    const stop = new AbortController();
    const writing = write(['pdf'], {
      signal: stop.signal,
      printPdf: (html, pdf) => {
        stop.abort();
        return printPdf(html, pdf);
      },
    });
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readdirSync(temporary.path)).toEqual(['a.hognose']);
  });
});

describe('the place', () => {
  it('of an older report is taken over as a whole', async () => {
    await write(['html', 'csv']);
    await write(['json']);
    expect(readdirSync(folder).sort()).toEqual(['.hognose-report', 'corrected-labels.csv', 'report.json']);
    expect(readdirSync(temporary.path).sort()).toEqual(['a.hognose', 'report']);
  });

  it('may be an empty folder', async () => {
    mkdirSync(folder);
    await write(['csv']);
    expect(existsSync(join(folder, 'findings.csv'))).toBe(true);
  });

  it.each(['a folder', 'a file'])('taken by %s of somebody else is refused untouched', async (what) => {
    if (what === 'a file') writeFileSync(folder, 'mine');
    else {
      mkdirSync(folder);
      writeFileSync(join(folder, 'thesis.txt'), 'mine');
    }
    await expect(write(['html'])).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining(folder) as string,
    });
    expect(what === 'a file' ? readFileSync(folder, 'utf8') : readdirSync(folder)).toEqual(
      what === 'a file' ? 'mine' : ['thesis.txt'],
    );
  });

  it('keeps the older report when the new one is cancelled', async () => {
    await write(['csv']);
    const stop = new AbortController();
    const progress: number[] = [];
    const writing = write(['html'], {
      signal: stop.signal,
      onProgress: ({ done }) => {
        progress.push(done);
        if (done === 2) stop.abort();
      },
    });
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(progress).toEqual([1, 2]);
    expect(readdirSync(folder).sort()).toEqual(['.hognose-report', 'corrected-labels.csv', 'findings.csv']);
    expect(readdirSync(temporary.path).sort()).toEqual(['a.hognose', 'report']);
  });
});

describe('very many findings', () => {
  it('are spread over pages of a thousand', async () => {
    const [one] = (await input()).findings;
    if (one === undefined) throw new Error('no finding');
    const findings = Array.from({ length: 2001 }, () => ({
      ...one,
      row: { ...one.row, prediction: null, error: 'left out' },
    }));
    const sources = {
      ...projectSources(inThisProcess(project), project.info),
      picture: () => Promise.reject(new Error('none')),
    };
    await writeReport(folder, { ...(await input()), findings }, ['html'], sources);
    const cards = ['index.html', 'findings-2.html', 'findings-3.html'].map(
      (name) => read(name).match(/<article/g)?.length,
    );
    expect(cards).toEqual([1000, 1000, 1]);
    expect(read('findings-3.html')).toContain(
      '<a href="findings-3.html" aria-current="page">Findings 2001 to 2001</a>',
    );
    expect(read('findings-2.html')).toContain('<a href="index.html#summary">Summary</a>');
  });
});
