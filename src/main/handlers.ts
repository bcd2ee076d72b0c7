/** Answers the calls that need the system around the window: dialogs, the user's settings, recent projects, the shell. */

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import {
  app,
  type BrowserWindow,
  dialog,
  nativeTheme,
  type OpenDialogOptions,
  type SaveDialogOptions,
  shell,
} from 'electron';

import { AppError } from '../shared/errors.js';
import type { ProviderInfo } from '../shared/provider.js';
import type { SheetFormat } from '../shared/sheet.js';
import type { MappingOwner, Workspace } from './audit/workspace.js';
import type { CallHandlers, ElectronOnlyCalls } from './call-handlers.js';
import type { RecentProjects } from './recent.js';
import { fileToOpen, reportFormatChoices } from './report/report-formats.js';
import type { SettingsStore } from './settings.js';

/** What the handlers work with. */
export interface Surroundings {
  readonly window: () => BrowserWindow;
  readonly workspace: Workspace;
  readonly settings: SettingsStore;
  readonly recent: RecentProjects;
  /** What runs the graphs, as far as it is known. */
  readonly provider: () => ProviderInfo;
}

type NewAuditChoice = Parameters<CallHandlers['newAudit.pick']>[0]['what'];

/** What the system's dialog asks for, for each part of a newAudit. */
const newAuditDialogs: Readonly<Record<NewAuditChoice, OpenDialogOptions>> = {
  'dataset-folder': { title: 'Folder with the images', properties: ['openDirectory'] },
  'dataset-file': { title: 'File with the images', properties: ['openFile'] },
  labels: {
    title: 'Table of labels',
    properties: ['openFile'],
    filters: [
      { name: 'Tables', extensions: ['csv', 'tsv', 'txt', 'jsonl', 'json'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'model-file': {
    title: 'ONNX or safetensors file',
    properties: ['openFile'],
    filters: [
      { name: 'Models', extensions: ['onnx', 'safetensors'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'model-folder': { title: 'Folder with a Hugging Face or timm model', properties: ['openDirectory'] },
  'class-names': {
    title: 'Class names',
    properties: ['openFile'],
    filters: [
      { name: 'Text and JSON', extensions: ['txt', 'json'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  place: { title: 'Where the project is kept', properties: ['openDirectory', 'createDirectory'] },
};

/** Asks the person for one path; null when they cancel. */
async function ask(window: BrowserWindow, options: OpenDialogOptions): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, options);
  return canceled ? null : (filePaths[0] ?? null);
}

const mappingImport: OpenDialogOptions = {
  title: 'Mapping from labels to classes',
  properties: ['openFile'],
  filters: [
    { name: 'Mappings', extensions: ['csv', 'tsv', 'json'] },
    { name: 'All files', extensions: ['*'] },
  ],
};
const mappingExport: SaveDialogOptions = {
  title: 'Write the mapping to',
  defaultPath: 'mapping.csv',
  filters: [
    { name: 'CSV', extensions: ['csv'] },
    { name: 'JSON', extensions: ['json'] },
  ],
};

/** Writes a mapping where the person says; the name of the file, null when they cancel. */
async function exportMapping(window: BrowserWindow, workspace: Workspace, of: MappingOwner): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, mappingExport);
  if (canceled || filePath === '') return null;
  await workspace.exportMapping(of, filePath);
  return basename(filePath);
}

const sheetFormatNames: Readonly<Record<SheetFormat, string>> = {
  png: 'Picture (PNG)',
  svg: 'Vector drawing (SVG)',
  pdf: 'Document (PDF)',
};

/** Where a sheet is written; null when the person cancels. */
async function askForSheet(window: BrowserWindow, format: SheetFormat, name: string): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Write the sheet to',
    defaultPath: `${name}.${format}`,
    filters: [{ name: sheetFormatNames[format], extensions: [format] }],
  });
  return canceled || filePath === '' ? null : filePath;
}

/** The answers; together with the workspace's they are all of {@link CallHandlers}. */
export function electronHandlers({
  window,
  workspace,
  settings,
  recent,
  provider,
}: Surroundings): Pick<CallHandlers, ElectronOnlyCalls> {
  return {
    'app.info': () =>
      Promise.resolve({
        version: app.getVersion(),
        platform: process.platform,
        provider: provider(),
        reportFormats: reportFormatChoices,
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
    'project.rename': async ({ name }) => {
      const before = workspace.projectFolder;
      const summary = await workspace.renameProject(name);
      const after = workspace.projectFolder;
      if (before !== null && after !== null) await recent.moved(before, after, summary.name);
      return summary;
    },
    'project.saveCopy': async () => {
      const place = await ask(window(), {
        title: 'Folder for the copy of the project',
        properties: ['openDirectory', 'createDirectory'],
      });
      return place === null ? null : workspace.saveCopy(place);
    },
    'newAudit.pick': async ({ what }) => {
      const path = await ask(window(), newAuditDialogs[what]);
      return path === null ? workspace.newAudit() : workspace.chooseForNewAudit(what, path);
    },
    'newAudit.importMapping': async () => {
      const path = await ask(window(), mappingImport);
      if (path !== null) await workspace.importMapping('newAudit', path);
      return workspace.newAudit();
    },
    'newAudit.exportMapping': () => exportMapping(window(), workspace, 'newAudit'),
    'project.importMapping': async () => {
      const path = await ask(window(), mappingImport);
      if (path !== null) await workspace.importMapping('project', path);
      return workspace.summary();
    },
    'project.exportMapping': () => exportMapping(window(), workspace, 'project'),
    'project.relink': async () => {
      const { datasetPath } = workspace.summary();
      const path = await ask(window(), {
        title: `Where ${basename(datasetPath)} is now`,
        properties: ['openDirectory'],
      });
      return path === null ? null : workspace.relink(path);
    },
    'model.compare': async ({ what }) => {
      const path = await ask(window(), newAuditDialogs[what]);
      return path === null ? null : workspace.reportOn(path);
    },
    'compare.export': async ({ format, ...wish }) => {
      const path = await askForSheet(window(), format, 'maps');
      if (path === null) return null;
      await workspace.writeImageSheet(wish, path, format);
      return basename(path);
    },
    'compare.contact': async ({ format, ...wish }) => {
      const path = await askForSheet(window(), format, 'contact-sheet');
      return path === null ? null : workspace.createContactSheet(wish, path, format);
    },
    'report.create': async ({ place: where, ...wishes }) => {
      const options: OpenDialogOptions = {
        title: 'Where the folder of the report is made',
        properties: ['openDirectory', 'createDirectory'],
      };
      const place = where === 'ask' ? await ask(window(), options) : null;
      if (where === 'ask' && place === null) return null;
      return workspace.createReport({ place, ...wishes });
    },
    'report.open': async ({ format }) => {
      await openReport(workspace, format);
      return null;
    },
  };
}

/** Opens a format of the last report, or the folder of all. @throws AppError `BAD_USAGE`, `OUTPUT_UNWRITABLE`, `REFUSED`. */
async function openReport(workspace: Workspace, format: string | null): Promise<void> {
  const folder = workspace.reportFolder();
  const path = format === null ? folder : join(folder, fileToOpen(format, workspace.summary()));
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
