/** A project folder: made, opened, locked, damaged, newer, read-only. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId } from '../../../src/shared/audit.js';
import { Project } from '../../../src/main/project/project.js';
import { image, info, predicted, temporaryFolder } from './sample.js';

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
let open: Project[] = [];

beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, "Ann's <b> 🦉.hognose");
});
afterEach(() => {
  for (const project of open) project.close();
  open = [];
  temporary.remove();
});

function kept(project: Project): Project {
  open.push(project);
  return project;
}

/** A closed project with three images, one of them predicted, and one verdict. */
function makeClosed(): void {
  const project = Project.create(folder, info);
  project.beginScan();
  project.addImages([image('a.png', 'cat'), image('b.png', 'dog'), image('c.png', null)]);
  project.finishScan(['one warning']);
  project.recordPredictions([{ id: imageId(1), outcome: predicted('a', [0.1, 0.7, 0.2]) }]);
  project.setReviewer('Ann');
  project.give([imageId(1)], { kind: 'wrong-label', correctedLabels: ['dog'], note: 'barks' }, 5);
  project.close();
}

const failure = (code: string, text = ''): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string });

describe('making and opening', () => {
  it('keeps facts, images, predictions and verdicts', () => {
    makeClosed();
    const project = kept(Project.open(folder));
    expect(project.info).toEqual(info);
    expect(project.scanned).toBe(true);
    expect(project.summary().counts).toEqual({
      images: 3,
      labelled: 2,
      withoutClass: 0,
      predicted: 1,
      compared: 1,
      unreadable: 0,
      disagreements: 1,
      explained: 0,
      reviewed: 1,
      unsettled: 0,
    });
    expect(project.warnings).toEqual(['one warning']);
    expect(project.detail(imageId(1)).verdict).toEqual({
      kind: 'wrong-label',
      correctedLabels: ['dog'],
      note: 'barks',
      reviewer: 'Ann',
      at: 5,
    });
  });

  it('refuses to make a second project in the same folder', () => {
    makeClosed();
    expect(() => Project.create(folder, info)).toThrow(failure('OUTPUT_UNWRITABLE', folder));
  });

  it('says when there is no project', () => {
    expect(() => Project.open(temporary.path)).toThrow(failure('NO_PROJECT', temporary.path));
    expect(Project.exists(temporary.path)).toBe(false);
  });

  it('goes on where an interrupted making stopped, keeping verdicts that lie there', () => {
    makeClosed();
    rmSync(join(folder, 'project.json'));
    const project = kept(Project.create(folder, info));
    expect(project.detail(imageId(1)).verdict?.kind).toBe('wrong-label');
  });
});

describe('one writer', () => {
  it('refuses a second one in this process and lets it in after closing', () => {
    makeClosed();
    const first = Project.open(folder);
    expect(() => Project.open(folder)).toThrow(failure('PROJECT_IN_USE', folder));
    first.close();
    kept(Project.open(folder));
  });

  it('says who holds it: machine, process, since when; and only as long as somebody does', () => {
    makeClosed();
    const note = join(folder, 'lock.json');
    // Left behind by a process that died.
    writeFileSync(note, '{"machine":"ghost","process":1,"since":0}');
    const first = Project.open(folder);
    const year = String(new Date().getFullYear());
    const refused = (): string => {
      try {
        Project.open(folder);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    expect(refused()).toContain(`(on ${hostname()}, process ${String(process.pid)}, since `);
    expect(refused()).toContain(year);
    for (const text of ['', '{', '{"machine":7,"process":1,"since":0}', '{"machine":"a","process":1,"since":9e99}']) {
      writeFileSync(note, text);
      expect(refused()).toContain('is open in another Hognose.');
    }
    first.close();
    expect(existsSync(note)).toBe(false);
  });

  it('refuses another process, and its death unlocks', () => {
    makeClosed();
    // What a second Hognose does first, in plain statements.
    const script = `
      const Database = require('better-sqlite3');
      const lock = new Database(process.argv[1], { timeout: 0 });
      try { lock.exec('BEGIN EXCLUSIVE'); console.log('got it'); process.kill(process.pid, 'SIGKILL'); }
      catch (error) { console.log(error.code); }`;
    const second = (): string => {
      try {
        return execFileSync(process.execPath, ['-e', script, join(folder, 'lock.sqlite')], { encoding: 'utf8' }).trim();
      } catch (error) {
        return (error as { stdout: string }).stdout.trim();
      }
    };
    const project = Project.open(folder);
    expect(second()).toBe('SQLITE_BUSY');
    project.close();
    expect(second()).toBe('got it');
    kept(Project.open(folder));
  });
});

describe('trouble', () => {
  it.each(['audit.sqlite', 'verdicts.sqlite'])('refuses a newer %s and leaves it as it is', (name) => {
    makeClosed();
    const path = join(folder, name);
    const file = new Database(path);
    file.pragma('user_version = 99');
    file.close();
    expect(() => Project.open(folder)).toThrow(failure('PROJECT_NEWER', name));
    const again = new Database(path);
    expect(again.pragma('user_version', { simple: true })).toBe(99);
    again.close();
  });

  it('refuses newer facts, and names damaged ones', () => {
    makeClosed();
    const path = join(folder, 'project.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"version": 2', '"version": 3'));
    expect(() => Project.open(folder)).toThrow(failure('PROJECT_NEWER', folder));
    writeFileSync(path, text.slice(0, 100));
    expect(() => Project.open(folder)).toThrow(failure('PROJECT_DAMAGED', path));
    writeFileSync(path, text.replace('"format": "folder-per-class"', '"format": "papyrus"'));
    expect(() => Project.open(folder)).toThrow(failure('PROJECT_DAMAGED', 'format'));
  });

  it.each([
    ['deleted', (path: string) => rmSync(path)],
    ['overwritten', (path: string) => writeFileSync(path, Buffer.alloc(8192, 'noise'))],
    ['truncated', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 9000))],
    [
      'scribbled over in the middle',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.fill(0xaa, 4096, bytes.length - 4096);
        writeFileSync(path, bytes);
      },
    ],
  ])('rebuilds a cache that was %s and keeps every verdict', (how, harm) => {
    makeClosed();
    harm(join(folder, 'audit.sqlite'));
    const project = kept(Project.open(folder));
    expect(project.imageCount()).toBe(0);
    expect(project.scanned).toBe(false);
    expect(project.warnings).toHaveLength(how === 'deleted' ? 0 : 1);
    // Scanned in another order: verdicts go by file, not by id.
    project.addImages([image('c.png', null), image('b.png', 'dog'), image('a.png', 'cat')]);
    expect(project.rows([imageId(3)])[0]).toMatchObject({
      file: 'a.png',
      verdict: { kind: 'wrong-label', note: 'barks' },
    });
    expect(project.counts().reviewed).toBe(1);
  });

  it('rebuilds a cache whose damage was met while working', () => {
    makeClosed();
    writeFileSync(join(folder, 'audit.damaged'), '');
    expect(kept(Project.open(folder)).imageCount()).toBe(0);
    expect(existsSync(join(folder, 'audit.damaged'))).toBe(false);
  });

  it('never rebuilds damaged verdicts', () => {
    makeClosed();
    const path = join(folder, 'verdicts.sqlite');
    const noise = Buffer.alloc(8192, 'noise');
    writeFileSync(path, noise);
    expect(() => Project.open(folder)).toThrow(failure('PROJECT_DAMAGED', path));
    expect(readFileSync(path)).toEqual(noise);
  });

  it('names the place that cannot be written', () => {
    const taken = join(temporary.path, 'file');
    writeFileSync(taken, '');
    expect(() => Project.create(join(taken, 'x.hognose'), info)).toThrow(failure('OUTPUT_UNWRITABLE', taken));
    // A folder in the place of the lock cannot be opened as a file, not even by root.
    mkdirSync(join(folder, 'lock.sqlite'), { recursive: true });
    expect(() => Project.create(folder, info)).toThrow(failure('READ_ONLY', 'lock.sqlite'));
  });

  it('unlocks again when opening fails', () => {
    makeClosed();
    const path = join(folder, 'verdicts.sqlite');
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.alloc(8192, 'noise'));
    expect(() => Project.open(folder)).toThrow(failure('PROJECT_DAMAGED'));
    writeFileSync(path, whole);
    expect(kept(Project.open(folder)).imageCount()).toBe(3);
  });
});
