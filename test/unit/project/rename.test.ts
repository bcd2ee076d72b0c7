/** Names of projects: odd ones become titles and folders on any system, and a project is renamed whole or not at all. */

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageId } from '../../../src/shared/audit.js';
import { fileNameOf, titleOf } from '../../../src/main/project/project-name.js';
import { Project } from '../../../src/main/project/project.js';
import { renameProject } from '../../../src/main/project/rename-project.js';
import { image, info, temporaryFolder } from './sample.js';
import { moment } from '../../support/moment.js';

describe('a title', () => {
  it.each([
    ['  Birds of 2026 ', 'Birds of 2026'],
    ['one\r\ntwo\u2028three\u0000', 'one two three'],
    ['"quoted" / slashed \\ 🦉', '"quoted" / slashed \\ 🦉'],
    ['..', '..'],
    ['half \ud800 a pair', 'half \ufffd a pair'],
    ['🦉'.repeat(200), '🦉'.repeat(200)],
  ])('%j is %j', (typed, title) => {
    expect(titleOf(typed)).toBe(title);
  });

  it.each([[''], [' \n\t'], ['a'.repeat(201)]])('refuses %j with the way out', (typed) => {
    expect(() => titleOf(typed)).toThrow(expect.objectContaining({ code: 'BAD_USAGE' }) as Error);
  });
});

describe('the name of a folder', () => {
  it.each([
    ['Birds of 2026', 'Birds of 2026'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['..', '_'],
    ['../../etc', '__.._etc'],
    ['.hidden', '_hidden'],
    ['dots at the end...  ', 'dots at the end'],
    ['con', '_con'],
    ['LPT1.old', '_LPT1.old'],
    ['console', 'console'],
    ['', 'audit'],
    ['   ', 'audit'],
    ['Vögel 🦉', 'Vögel 🦉'],
  ])('for %j is %j', (title, name) => {
    expect(fileNameOf(title)).toBe(name);
  });

  it('is short enough for any file system, cut between characters', () => {
    const family = '👨‍👩‍👧';
    const name = fileNameOf(family.repeat(50));
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180);
    expect(name.length % family.length).toBe(0);
    expect(fileNameOf('a'.repeat(300))).toBe('a'.repeat(180));
  });
});

describe('renaming a project', () => {
  let temporary: ReturnType<typeof temporaryFolder>;
  let folder: string;
  beforeEach(() => {
    temporary = temporaryFolder();
    folder = join(temporary.path, 'Animals.hognose');
    const project = Project.create(folder, info);
    project.addImages([image('one.png', 'cat')]);
    project.give([imageId(1)], { kind: 'right-label', correctedLabels: [], note: '' }, moment());
    project.close();
  });
  afterEach(() => {
    temporary.remove();
  });
  const entries = (): string[] => readdirSync(temporary.path);

  it.each([
    ['Birds', 'Birds.hognose', 'Birds'],
    ['"a/b" 🦉', '_a_b_ 🦉.hognose', '"a/b" 🦉'],
    ['..', '_.hognose', '..'],
    ['b'.repeat(200), `${'b'.repeat(180)}.hognose`, 'b'.repeat(200)],
    [' Animals ', 'Animals.hognose', 'Animals'],
  ])('to %j makes the folder %j, with everything in it', (name, file, title) => {
    const to = renameProject(folder, name);
    expect([basename(to), entries()]).toEqual([file, [file]]);
    const project = Project.open(to);
    expect(project.info).toEqual({ ...info, name: title });
    expect(project.counts()).toMatchObject({ images: 1, reviewed: 1 });
    project.close();
  });

  it('takes the place of nothing', () => {
    mkdirSync(join(temporary.path, 'Birds.hognose'));
    expect(() => renameProject(folder, 'Birds')).toThrow(
      expect.objectContaining({ code: 'OUTPUT_UNWRITABLE' }) as Error,
    );
    expect(existsSync(join(folder, 'project.json'))).toBe(true);
  });

  it('leaves alone what is open, what is no project, and what has no name', () => {
    const project = Project.open(folder);
    expect(() => renameProject(folder, 'Birds')).toThrow(expect.objectContaining({ code: 'PROJECT_IN_USE' }) as Error);
    project.close();
    const none = expect.objectContaining({ code: 'NO_PROJECT' }) as Error;
    expect(() => renameProject(temporary.path, 'Birds')).toThrow(none);
    expect(() => renameProject(folder, ' ')).toThrow(expect.objectContaining({ code: 'BAD_USAGE' }) as Error);
    expect(entries()).toEqual(['Animals.hognose']);
  });
});
