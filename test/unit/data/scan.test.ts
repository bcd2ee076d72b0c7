import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { scanDataset } from '../../../src/main/data/scan.js';
import { inSlices } from '../../../src/main/data/slices.js';
import { Project } from '../../../src/main/project/project.js';
import type { ProjectInfo } from '../../../src/main/project/project-info.js';
import { imageId } from '../../../src/shared/audit.js';
import type { Progress } from '../../../src/shared/progress.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { type FileTree, named, writeTree } from '../../support/file-tree.js';
import { info, temporaryFolder } from '../project/sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => {
  vi.restoreAllMocks();
  temporary.remove();
});

/** A project without images whose dataset lies in a folder. */
function projectOf(datasetPath: string, more: Partial<ProjectInfo> = {}): Project {
  const facts = { ...info, format: 'folder-per-class', datasetPath, labelsFile: null, ...more };
  return Project.create(join(temporary.path, 'a.hognose'), facts);
}

/** What the project knows of its images: their labels, by file. */
function known(project: Project): Readonly<Record<string, string | null>> {
  const ids = Array.from({ length: 5000 }, (_, at) => imageId(at + 1));
  const { labels } = project.info;
  return Object.fromEntries(project.rows(ids).map(({ file, label }) => [file, labels[label ?? -1] ?? null]));
}

const scan = (project: Project): Promise<unknown> => inSlices(scanDataset(project), {});

describe('a scan', () => {
  it('adds every image of a random tree with its label, telling how far it is', async () => {
    const random = seededRandom(3);
    const files: string[] = [];
    for (let k = 0; k < 1300; k += 1) {
      files.push(`${['cat', 'dog', 'owl'][Math.floor(random() * 3)] ?? ''}/${String(Math.floor(random() * 1e6))}.png`);
    }
    const expected = Object.fromEntries(files.map((file) => [file, file.slice(0, 3)]));
    const project = projectOf(await writeTree(named(...files)));
    const told: Progress[] = [];
    const outcome = await inThisProcess(project).scanDataset({ onProgress: (progress) => told.push(progress) });
    expect(outcome).toEqual({ removed: 0 });
    expect(known(project)).toEqual(expected);
    const total = Object.keys(expected).length;
    expect(told.at(-1)).toEqual({ done: total, total });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
    project.close();
  });

  it('writes labels that the project does not have once, before the first image, and maps those of a known name', async () => {
    const folders = Array.from({ length: 700 }, (_, at) => `species ${String(at)}/1.png`);
    const root = await writeTree(named('cat/1.png', 'dog/1.png', 'owl/1.png', 'cat/2.png', ...folders));
    const project = projectOf(root, { labels: ['cat', 'dog'], mapping: info.mapping.slice(0, 2) });
    const written = vi.spyOn(project, 'addLabels');
    const before = new Set<number>();
    const added = vi.spyOn(project, 'addImages').mockImplementation(function (this: Project, images) {
      before.add(this.info.labels.length);
      Project.prototype.addImages.call(this, images);
    });
    await scan(project);
    expect(written).toHaveBeenCalledTimes(1);
    expect(added.mock.calls.length).toBeGreaterThan(1);
    // The list is whole before any image is added.
    expect([...before]).toEqual([703]);
    expect(project.info.labels.slice(0, 4)).toEqual(['cat', 'dog', 'owl', 'species 0']);
    expect(project.info.mapping[2]).toMatchObject({ labelName: 'owl', classIndex: 2, by: 'name' });
    expect(project.info.mapping[3]).toMatchObject({ classIndex: null, by: 'none' });
    project.close();
  });

  it('says how many images of an earlier one are gone, and takes over other labels', async () => {
    const root = await writeTree(named('cat/1.png', 'cat/2.png', 'dog/3.png'));
    const project = projectOf(root);
    await scan(project);
    await rm(join(root, 'cat/1.png'));
    await mkdir(join(root, 'owl'));
    await writeFile(join(root, 'owl/4.png'), '');
    expect(await scan(project)).toEqual({ removed: 1 });
    expect(known(project)).toEqual({ 'cat/2.png': 'cat', 'dog/3.png': 'dog', 'owl/4.png': 'owl' });
    project.close();
  });

  it('changes nothing where all images would be lost', async () => {
    const root = await writeTree(named('cat/1.png', 'dog/2.png'));
    const project = projectOf(root);
    await scan(project);
    await rm(join(root, 'cat'), { recursive: true });
    await rm(join(root, 'dog'), { recursive: true });
    await expect(scan(project)).rejects.toMatchObject({ code: 'DATASET_EMPTY' });
    expect(known(project)).toEqual({ 'cat/1.png': 'cat', 'dog/2.png': 'dog' });
    project.close();
  });

  it('can be given up while it lists, and keeps what it has', async () => {
    const files = Array.from({ length: 2200 }, (_, at) => `cat/${String(at)}.png`);
    const project = projectOf(await writeTree(named(...files)));
    const giving = new AbortController();
    vi.spyOn(project, 'addImages').mockImplementation(function (this: Project, images) {
      Project.prototype.addImages.call(this, images);
      giving.abort();
    });
    const work = inThisProcess(project).scanDataset({ signal: giving.signal });
    await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(project.imageCount()).toBeGreaterThan(0);
    expect(project.imageCount()).toBeLessThan(files.length);
    expect(project.scanned).toBe(false);
    vi.restoreAllMocks();
    await scan(project);
    expect([project.imageCount(), project.scanned]).toEqual([files.length, true]);
    project.close();
  });
});

describe('relinking', () => {
  const tree: FileTree = named('cat/1.png', 'cat/2.png', 'dog/3.png', 'owl/4.png');

  it('takes the folder that holds the project’s images, or one of the old name in it', async () => {
    const root = await writeTree(tree);
    const project = projectOf(join(root, '..', 'animals'));
    await mkdir(join(temporary.path, 'drive'));
    project.beginScan();
    project.addImages(
      Object.keys(tree).map((file) => ({
        file,
        source: { path: join(root, file) },
        label: file.slice(0, 3),
        split: null,
      })),
    );
    project.finishScan([]);
    const now = join(temporary.path, 'drive', 'animals');
    await mkdir(now);
    for (const label of ['cat', 'dog', 'owl']) await rename(join(root, label), join(now, label));
    const open = inThisProcess(project);
    await open.relinkDataset(join(temporary.path, 'drive'), {});
    expect(project.info.datasetPath).toBe(now);
    await open.scanDataset({});
    expect(Object.keys(known(project))).toHaveLength(4);
    project.close();
  });

  it('refuses a folder with fewer than half of the images, and leaves the project as it was', async () => {
    const root = await writeTree(tree);
    const project = projectOf(root);
    await scan(project);
    const other = await writeTree(named('cat/1.png', 'cat/9.png', 'dog/8.png'));
    const relinked = inThisProcess(project).relinkDataset(other, {});
    await expect(relinked).rejects.toMatchObject({
      code: 'DATASET_NOT_FOUND',
      message: expect.stringContaining('Only 1 of the 4 images') as string,
    });
    expect(project.info.datasetPath).toBe(root);
    project.close();
  });
});
