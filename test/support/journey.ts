/** The journey of a dataset in train, validation and test folders through everything that can befall it, checked at each stop. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

import { Project } from '../../src/main/project/project.js';
import { type ImageId, imageId, type ImageRow } from '../../src/shared/audit.js';
import type { DemoPictures } from './demo-pictures.js';
import { csvRows, demoModel, hognose, type Outcome } from './hognose.js';
import { figureOf, interrupt } from './interrupt.js';
import { idsByFile } from './ids-by-file.js';
import { moment } from './moment.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const line = (outcome: Outcome, name: string): number =>
  Number(new RegExp(`^${name} +([\\d,]+)$`, 'm').exec(outcome.stdout)?.[1]?.replaceAll(',', ''));

/** What is to be true of a project at every stop. */
export class Journey {
  readonly #pictures: DemoPictures;
  readonly #folder: string;
  /** Images before those that come later. */
  readonly #count: number;
  /** Where the dataset lies. */
  #data: string;
  readonly #out: string;
  readonly #project: string;
  /** SHA-256 of every file's content. */
  readonly #contents = new Map<string, string>();
  /** Files with a standing verdict. */
  readonly #judged = new Map<string, ReturnType<typeof verdictOn>>();

  constructor(folder: string, pictures: DemoPictures, count: number) {
    this.#folder = folder;
    this.#pictures = pictures;
    this.#count = count;
    this.#data = join(folder, 'clothes');
    this.#out = join(folder, 'audit');
    this.#project = join(this.#out, 'clothes.hognose');
  }

  async all(): Promise<void> {
    await this.auditThroughKills();
    this.judge();
    await this.move();
    await this.overwriteTen();
    await this.loseTheFolder();
    await this.compareWithFreshPredictions();
  }

  /** A new audit, killed while it lists, when the first predictions are kept, and in mid-run. */
  async auditThroughKills(): Promise<void> {
    await mkdir(this.#out, { recursive: true });
    await this.#write(0, this.#count);
    await this.#kill(() => figureOf(this.#project, 'listed') > 0);
    await this.#kill(() => figureOf(this.#project, 'predicted') > 0);
    const first = figureOf(this.#project, 'predicted');
    await this.#kill(() => figureOf(this.#project, 'predicted') >= (first + this.#count) / 2);
    expect(figureOf(this.#project, 'predicted')).toBeLessThan(this.#count);
    // And while the report is written.
    await this.#kill(() => readdirSync(this.#out).some((name) => name.startsWith('.report')), '.report');
    expect(existsSync(join(this.#out, 'report'))).toBe(false);
    const last = await this.#audit();
    expect(last.code, last.stderr).toBe(0);
    expect(line(last, 'Predicted')).toBe(this.#count);
    this.#check();
  }

  /** A verdict of every second kind on every fortieth image. */
  judge(): void {
    this.#open((project) => {
      project.setReviewer('Ada');
      const ids = idsByFile(project);
      for (const [place, file] of [...this.#contents.keys()].entries()) {
        if (place % 40 !== 0) continue;
        const verdict = verdictOn(place);
        project.give([idOf(ids, file)], verdict, moment());
        this.#judged.set(file, verdict);
      }
    });
    this.#check();
  }

  /** The dataset lies elsewhere, under another name: one answer relinks it, and nothing is computed again. */
  async move(): Promise<void> {
    const elsewhere = join(this.#folder, 'new place', 'pictures');
    await mkdir(join(elsewhere, '..'));
    await rename(this.#data, elsewhere);
    const gone = await this.#audit();
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain(this.#data);
    this.#data = elsewhere;
    const relinked = await hognose(['audit', '--dataset', elsewhere, ...this.#options()]);
    expect(relinked.code, relinked.stderr).toBe(0);
    expect(relinked.stderr).not.toContain('Predicting');
    expect(readdirSync(this.#out).filter((name) => name.endsWith('.hognose'))).toEqual(['clothes.hognose']);
    this.#check();
  }

  /** Ten files hold other pictures, five of them judged; one is merely touched. Killed while they are read again. */
  async overwriteTen(): Promise<void> {
    const judged = [...this.#judged.keys()].slice(0, 5);
    const others = [...this.#contents.keys()].filter((file) => !this.#judged.has(file));
    const files = [...judged, ...others.slice(0, 5)];
    for (const [place, file] of files.entries()) {
      const bytes = await this.#pictures.png(9000 + place);
      await writeFile(join(this.#data, file), bytes);
      this.#contents.set(file, sha256(bytes));
      this.#judged.delete(file);
    }
    const touched = others[5] ?? '';
    await utimes(join(this.#data, touched), new Date(), new Date());
    await this.#kill(() => figureOf(this.#project, 'in doubt') > 0);
    const again = await this.#audit();
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain('10 images hold other pictures than before');
    expect(again.stderr).toContain('Predicting 10 images');
    this.#check();
    this.#open((project) => {
      const ids = idsByFile(project);
      for (const file of judged) {
        const { history, verdict } = project.detail(idOf(ids, file));
        expect(verdict, file).toBeNull();
        expect(history.at(-1), file).toMatchObject({ action: 'give', ofOtherPicture: true });
      }
    });
  }

  /** New images come, the folder goes away while they are predicted, and comes back. */
  async loseTheFolder(): Promise<void> {
    const before = this.#contents.size;
    await this.#write(this.#count, this.#count + Math.max(320, this.#count / 4));
    const away = join(this.#folder, 'away');
    let moved: Promise<void> = Promise.resolve();
    const lost = await interrupt(['audit', this.#data, ...this.#options()], {
      folder: this.#out,
      when: () => figureOf(this.#project, 'predicted') > before,
      act: () => {
        moved = rename(this.#data, away);
      },
    });
    await moved;
    expect(lost.code, lost.stderr).toBe(1);
    expect(lost.stderr).toContain(this.#data);
    this.#open((project) => {
      expect(project.counts()).toMatchObject({ images: this.#contents.size, unreadable: 0 });
      expect(project.counts().predicted).toBeLessThan(this.#contents.size);
    });
    await rename(away, this.#data);
    const back = await this.#audit();
    expect(back.code, back.stderr).toBe(0);
    expect(line(back, 'Predicted')).toBe(this.#contents.size);
    this.#check();
  }

  /** Every probability is that of a run that never knew anything else. */
  async compareWithFreshPredictions(): Promise<void> {
    const csv = join(this.#folder, 'fresh.csv');
    const fresh = await hognose(['predict', this.#data, '--model', demoModel, '--out', csv]);
    expect(fresh.code, fresh.stderr).toBe(0);
    const rows = csvRows(csv);
    expect(rows.length).toBe(this.#contents.size);
    this.#open((project) => {
      const ids = idsByFile(project);
      for (const row of rows) {
        const probabilities = project.probabilities(idOf(ids, row.file ?? ''));
        expect(probabilities?.[Number(row.top1_index)], row.file).toBeCloseTo(Number(row.top1_prob), 4);
      }
    });
    await rm(csv);
  }

  /** Each file's row is of the content on disk, predicted or pending, and has the verdict it was given and no other. */
  #check(): void {
    this.#open((project) => {
      const { images, unreadable } = project.counts();
      expect({ images, unreadable }).toEqual({ images: this.#contents.size, unreadable: 0 });
      for (const row of allRows(project)) {
        const { sha256: known } = project.detail(row.id);
        expect(known, row.file).toBe(this.#contents.get(row.file));
        expect(row.verdict ?? null, row.file).toEqual(
          this.#judged.has(row.file) ? expect.objectContaining(this.#judged.get(row.file) ?? {}) : null,
        );
      }
    });
  }

  async #write(from: number, to: number): Promise<void> {
    for (const [file, content] of await this.#pictures.write(this.#data, from, to)) this.#contents.set(file, content);
  }

  #open(use: (project: Project) => void): void {
    const project = Project.open(this.#project);
    try {
      use(project);
    } finally {
      project.close();
    }
  }

  #options(): readonly string[] {
    return ['--model', demoModel, '--out', this.#out, '--explain', '0', '--format', 'csv,json'];
  }

  #audit(): Promise<Outcome> {
    return hognose(['audit', this.#data, ...this.#options()]);
  }

  async #kill(when: () => boolean, touched?: string): Promise<void> {
    const outcome = await interrupt(['audit', this.#data, ...this.#options()], {
      folder: this.#out,
      when,
      ...(touched === undefined ? {} : { touched }),
      act: (kill) => {
        kill('SIGKILL');
      },
    });
    expect(outcome.signal, outcome.stderr).toBe('SIGKILL');
  }
}

function verdictOn(place: number): Parameters<Project['give']>[1] {
  return place % 80 === 0
    ? { kind: 'wrong-label', correctedLabels: ['Bag'], note: `note ${String(place)}` }
    : { kind: 'right-label', correctedLabels: [], note: '' };
}

function idOf(ids: ReadonlyMap<string, ImageId>, file: string): ImageId {
  const id = ids.get(file);
  if (id === undefined) throw new Error(`The project does not know ${file}.`);
  return id;
}

function allRows(project: Project): readonly ImageRow[] {
  const ids = Array.from(project.query([], { by: 'file', descending: false }), imageId);
  return project.rows(ids);
}
