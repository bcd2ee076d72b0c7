/** Answers the calls that need the system around the window: dialogs, the user's settings, recent projects, the shell. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { app, type BrowserWindow, dialog, nativeTheme, type OpenDialogOptions, shell } from 'electron';

import { AppError } from '../shared/errors.js';
import type { Workspace } from './audit/workspace.js';
import type { CallHandlers, ElectronOnlyCalls } from './call-handlers.js';
import type { RecentProjects } from './recent.js';
import type { SettingsStore } from './settings.js';

/** What the handlers work with. */
export interface Surroundings {
  readonly window: () => BrowserWindow;
  readonly workspace: Workspace;
  readonly settings: SettingsStore;
  readonly recent: RecentProjects;
}

type DraftChoice = Parameters<CallHandlers['draft.pick']>[0]['what'];

/** What the system's dialog asks for, for each part of a draft. */
const draftDialogs: Readonly<Record<DraftChoice, OpenDialogOptions>> = {
  'dataset-folder': { title: 'Folder with the images', properties: ['openDirectory'] },
  'dataset-file': { title: 'File with the images', properties: ['openFile'] },
  labels: {
    title: 'Table of labels',
    properties: ['openFile'],
    filters: [
      { name: 'Tables', extensions: ['csv', 'tsv', 'txt'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'model-file': {
    title: 'ONNX model',
    properties: ['openFile'],
    filters: [
      { name: 'ONNX models', extensions: ['onnx'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'model-folder': { title: 'Folder with a Hugging Face model', properties: ['openDirectory'] },
  place: { title: 'Where the project is kept', properties: ['openDirectory', 'createDirectory'] },
};

/** Asks the person for one path; null when they cancel. */
async function ask(window: BrowserWindow, options: OpenDialogOptions): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, options);
  return canceled ? null : (filePaths[0] ?? null);
}

/** The answers; together with the workspace's they are all of {@link CallHandlers}. */
export function electronHandlers({
  window,
  workspace,
  settings,
  recent,
}: Surroundings): Pick<CallHandlers, ElectronOnlyCalls> {
  return {
    'app.info': () =>
      Promise.resolve({
        version: app.getVersion(),
        platform: process.platform,
        provider: { name: 'CPU', note: '' },
      }),
    'settings.get': () => Promise.resolve(settings.current),
    'settings.set': async (part) => {
      const changed = await settings.change(part);
      nativeTheme.themeSource = changed.theme;
      return changed;
    },
    'project.recent': () => recent.list(),
    'project.forget': async ({ recent: row }) => {
      await recent.forget(row);
      return recent.list();
    },
    'project.openRecent': ({ recent: row }) => workspace.openProject(recent.folder(row)),
    'project.openDialog': async () => {
      const folder = await ask(window(), { title: 'Project (NAME.hognose)', properties: ['openDirectory'] });
      return folder === null ? null : workspace.openProject(folder);
    },
    'draft.pick': async ({ what }) => {
      const path = await ask(window(), draftDialogs[what]);
      return path === null ? workspace.draft() : workspace.chooseForDraft(what, path);
    },
    'report.create': async ({ place, ...wishes }) => {
      const options: OpenDialogOptions = {
        title: 'Folder for the report',
        properties: ['openDirectory', 'createDirectory'],
      };
      const folder = place === 'ask' ? await ask(window(), options) : null;
      if (place === 'ask' && folder === null) return null;
      return workspace.createReport({ folder, ...wishes });
    },
    'report.open': async ({ what }) => {
      await openReport(workspace, what);
      return null;
    },
  };
}

async function openReport(workspace: Workspace, what: 'html' | 'pdf' | 'folder'): Promise<void> {
  const folder = workspace.reportFolder();
  const path = { html: join(folder, 'index.html'), pdf: join(folder, 'report.pdf'), folder }[what];
  if (!existsSync(path)) {
    throw new AppError(
      'OUTPUT_UNWRITABLE',
      `The report has no ${path}.`,
      'Write the report once more with this format.',
    );
  }
  const trouble = await shell.openPath(path);
  if (trouble !== '') throw new AppError('REFUSED', `The system cannot open ${path}: ${trouble}`);
}
