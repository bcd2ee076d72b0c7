/** What the calls ask of the system around the window: its dialogs, its programs, its theme. */

import type { Settings } from '../shared/settings.js';

/** Files of one kind, as a dialog offers them; `*` is every extension. */
export interface FileKind {
  readonly name: string;
  readonly extensions: readonly string[];
}

/** A question for one file or folder that is there. */
export interface OpenQuestion {
  readonly title: string;
  /** `folder-to-write`: one that may be made in the dialog. */
  readonly what: 'file' | 'folder' | 'folder-to-write';
  readonly kinds?: readonly FileKind[];
}

/** A question for a file to be written. */
export interface SaveQuestion {
  readonly title: string;
  /** Name that the dialog begins with. */
  readonly name: string;
  readonly kinds: readonly FileKind[];
}

export interface System {
  /** Path of what the person chose; null when they cancelled. */
  askToOpen(question: OpenQuestion): Promise<string | null>;
  /** Path of the file to write; null when the person cancelled. */
  askToSave(question: SaveQuestion): Promise<string | null>;
  /** Opens a file or folder with the program that the system has for it. @throws AppError `REFUSED`. */
  openPath(path: string): Promise<void>;
  /** Draws the window's frame and the dialogs in this theme. */
  setTheme(theme: Settings['theme']): void;
}
