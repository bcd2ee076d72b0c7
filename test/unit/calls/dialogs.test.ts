/** What calls ask the system for: the questions of the dialogs, what a cancelled dialog leaves as it was, the person's own programs. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CallInput, CallName, CallResult } from '../../../src/shared/calls/calls.js';
import { startBackend, type Started } from '../../support/made-up-backend.js';

let started: Started;
const call = <N extends CallName>(name: N, input: CallInput<N>): Promise<CallResult<N>> =>
  started.backend.client.call(name, input);
const look = { transposed: false, scale: 'method', colourMap: 'magma', opacity: 1 } as const;

beforeEach(async () => {
  started = await startBackend({ names: ['Boot', 'Coat'], labels: [0, 1, 0, 1] });
});
afterEach(() => started.close());

describe('a dialog that is cancelled', () => {
  it('leaves the new audit as it was', async () => {
    const before = await call('newAudit.create', undefined);
    expect(await call('newAudit.pick', { what: 'dataset-folder' })).toEqual(before);
    expect(await call('newAudit.importMapping', undefined)).toEqual(before);
    expect(await call('newAudit.exportMapping', undefined)).toBeNull();
    expect(started.backend.system.asked.map(({ title }) => title)).toEqual([
      'Folder with the images',
      'Mapping from labels to classes',
      'Write the mapping to',
    ]);
  });

  it('leaves the project as it was', async () => {
    const { backend, project } = started;
    expect(await call('project.openDialog', undefined)).toBeNull();
    const before = await backend.workspace.openProject(project);
    for (const name of ['project.saveCopy', 'project.relink', 'project.exportMapping'] as const) {
      expect(await call(name, undefined)).toBeNull();
    }
    expect(await call('project.importMapping', undefined)).toEqual(before);
    expect(await call('model.compare', { what: 'model-file' })).toBeNull();
    const sheet = { methods: ['tis' as const], look, format: 'svg' as const };
    expect(await call('compare.export', { id: 1, classes: [0], ...sheet })).toBeNull();
    expect(await call('compare.contact', { ids: [1], of: 'label', ...sheet })).toBeNull();
    const report = { formats: ['json' as const], name: 'report', findings: 1, explain: 0 };
    expect(await call('report.create', { place: 'ask', ...report })).toBeNull();
    expect(await call('project.current', undefined)).toEqual(before);
    expect(await call('jobs.list', undefined)).toEqual([]);
    expect(backend.system.asked).toHaveLength(9);
  });
});

describe('a dialog that is answered', () => {
  it('names the file that a sheet is written to', async () => {
    await started.backend.workspace.openProject(started.project);
    const file = join(started.dataset, '../boot.svg');
    started.backend.system.chosen.push(file);
    const wish = { id: 1, methods: ['chefer1' as const], classes: [0, 1], look, format: 'svg' as const };
    expect(await call('compare.export', wish)).toBe('boot.svg');
    expect(await readFile(file, 'utf8')).toContain('<svg');
    expect(started.backend.system.asked.at(-1)).toEqual({
      title: 'Write the sheet to',
      name: 'maps.svg',
      kinds: [{ name: 'Vector drawing (SVG)', extensions: ['svg'] }],
    });
  });

  it('has a mapping written and read again', async () => {
    await started.backend.workspace.openProject(started.project);
    const file = join(started.dataset, '../mapping.csv');
    started.backend.system.chosen.push(file, file);
    await call('project.setMapping', { rows: [{ label: 0, classIndex: null }] });
    expect(await call('project.exportMapping', undefined)).toBe('mapping.csv');
    await call('project.setMapping', { rows: [{ label: 0, classIndex: 1 }] });
    const { mapping } = await call('project.importMapping', undefined);
    expect(mapping.map(({ labelName, classIndex }) => [labelName, classIndex])).toEqual([
      ['Boot', null],
      ['Coat', 1],
    ]);
  });
});

describe('the system’s programs', () => {
  it('open what was written of the report, and nothing else', async () => {
    const { backend, project } = started;
    await expect(call('report.open', { format: 'html' })).rejects.toMatchObject({ code: 'NO_PROJECT' });
    await backend.workspace.openProject(project);
    await expect(call('report.open', { format: null })).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    backend.system.chosen.push(join(project, '..'));
    const job = await call('report.create', {
      ...{ place: 'ask', name: 'owls', formats: ['html'], findings: 4, explain: 0 },
    });
    await backend.workspace.audit().jobs.completed(job?.id ?? expect.fail());
    await call('report.open', { format: 'html' });
    expect(backend.system.opened).toEqual([join(project, '../owls/index.html')]);
    await expect(call('report.open', { format: 'pdf' })).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      hint: 'Write the report once more with this format.',
    });
  });
});

describe('settings', () => {
  it('reach the system, the folder and the open project at once', async () => {
    const { backend, project } = started;
    await backend.workspace.openProject(project);
    const told: (number | undefined)[] = [];
    backend.on('project', (summary) => told.push(summary?.tis.masks));
    await call('settings.set', { theme: 'dark', masks: 32 });
    expect(backend.system.theme).toBe('dark');
    expect(JSON.parse(await readFile(join(project, '../settings.json'), 'utf8'))).toMatchObject({ masks: 32 });
    expect(told).toEqual([32]);
    await call('settings.set', { theme: 'light' });
    expect(told).toEqual([32]);
  });

  it('are kept, and a project that cannot take them says so, once', async () => {
    const { backend, project } = started;
    await backend.workspace.openProject(project);
    const notices: string[] = [];
    backend.on('notice', ({ code }) => notices.push(code));
    await rm(project, { recursive: true });
    expect(await call('settings.set', { masks: 32 })).toMatchObject({ masks: 32 });
    await call('settings.set', { theme: 'light' });
    expect(notices).toEqual(['PROJECT_GONE']);
  });
});

describe('recent projects', () => {
  it('are those that were opened, follow a new name, and can be forgotten', async () => {
    const { backend, project } = started;
    await backend.workspace.openProject(project);
    await vi.waitUntil(async () => (await call('project.recent', undefined)).length > 0);
    await call('project.rename', { name: 'Owls' });
    expect(await call('project.recent', undefined)).toMatchObject([{ recent: 0, name: 'Owls', exists: true }]);
    await call('project.close', undefined);
    expect(await call('project.openRecent', { recent: 0 })).toMatchObject({ name: 'Owls' });
    expect(await call('project.forget', { recent: 0 })).toEqual([]);
    await expect(call('project.openRecent', { recent: 0 })).rejects.toMatchObject({ code: 'REFUSED' });
  });
});
