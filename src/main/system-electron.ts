/** The system around the window, as Electron gives it. */

import { type BrowserWindow, dialog, nativeTheme, type OpenDialogOptions, shell } from 'electron';

import { AppError } from '../shared/errors.js';
import type { FileKind, OpenQuestion, SaveQuestion, System } from './system.js';

const properties: Readonly<Record<OpenQuestion['what'], OpenDialogOptions['properties']>> = {
  file: ['openFile'],
  folder: ['openDirectory'],
  'folder-to-write': ['openDirectory', 'createDirectory'],
};

function filters(kinds: readonly FileKind[] = []): { name: string; extensions: string[] }[] {
  return kinds.map(({ name, extensions }) => ({ name, extensions: [...extensions] }));
}

/** A {@link System} whose dialogs belong to the window. */
export function electronSystem(window: () => BrowserWindow): System {
  return {
    async askToOpen({ title, what, kinds }: OpenQuestion) {
      const options = { title, properties: properties[what] ?? [], filters: filters(kinds) };
      const { canceled, filePaths } = await dialog.showOpenDialog(window(), options);
      return canceled ? null : (filePaths[0] ?? null);
    },
    async askToSave({ title, name, kinds }: SaveQuestion) {
      const options = { title, defaultPath: name, filters: filters(kinds) };
      const { canceled, filePath } = await dialog.showSaveDialog(window(), options);
      return canceled || filePath === '' ? null : filePath;
    },
    async openPath(path) {
      const trouble = await shell.openPath(path);
      if (trouble !== '') throw new AppError('REFUSED', `The system cannot open ${path}: ${trouble}`);
    },
    setTheme(theme) {
      nativeTheme.themeSource = theme;
    },
  };
}
