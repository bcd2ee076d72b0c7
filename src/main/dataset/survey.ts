/** Walks a dataset's folders once and says what lies there: images, tables, the tree of folders, and what is not used. */

import { opendir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { AppError } from '../../shared/errors.js';
import { kindOfName, sayUnread, type UnreadKind } from './file-kinds.js';
import type { FolderContent } from './folder-content.js';
import { FolderReader, type FolderToRead, realPlaces } from './folder-reader.js';
import { sortNaturally } from './natural-order.js';
import { PathList } from './path-list.js';
import { UnknownFiles } from './unknown-files.js';
import { Warnings } from './warnings.js';

/** A folder of the dataset. */
export interface SurveyFolder {
  readonly name: string;
  /** Relative to the root with `/` at its end; empty for the root. */
  readonly path: string;
  /** Images directly in it. */
  readonly images: number;
  /** Images in it and below. */
  readonly total: number;
  readonly folders: readonly SurveyFolder[];
}

/** Files of a kind that is not read here. */
export interface Unread {
  readonly kind: UnreadKind;
  readonly count: number;
  readonly example: string;
}

/** What lies at the place that a person pointed at. */
export interface Survey {
  /** The absolute path that the person pointed at: the root, or a file in it. */
  readonly chosen: string;
  readonly root: string;
  /** Paths of all images relative to the root, with `/`: a folder's own first, then its folders, in natural order. */
  readonly images: PathList;
  /** Paths of the text files that may be tables, relative to the root, those of the nearest folders first. */
  readonly tables: readonly string[];
  /** Paths of the IDX files, relative to the root. */
  readonly containers: readonly string[];
  readonly tree: SurveyFolder;
  readonly unread: readonly Unread[];
  /** Files that are neither picture nor table nor of a kind in {@link unread}; null when there are none. */
  readonly others: { readonly count: number; readonly example: string } | null;
  /** Folders that could not be read, relative to the root with `/` at the end: what lies in them is not known. */
  readonly unlisted: readonly string[];
  /** Links and folders that could not be followed, files that were left out. */
  readonly warnings: Warnings;
}

interface Folder {
  readonly name: string;
  readonly path: string;
  images: number;
  total: number;
  readonly folders: Folder[];
}

interface Pending extends FolderToRead {
  readonly folder: Folder;
  /** Where the folder really lies, followed by all folders it was reached through. */
  readonly real: readonly string[];
}

/** The error for a path that cannot be looked at, by what the system says. */
export function pathError(path: string, error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError(
      'DATASET_UNREADABLE',
      `"${path}" may not be read.`,
      'Change its permissions, or have its owner do so, and choose it again.',
      { cause: error },
    );
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError(
      'DATASET_NOT_FOUND',
      `There is no dataset at "${path}".`,
      'Check the path, and that its drive is connected.',
      { cause: error },
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('DATASET_UNREADABLE', `"${path}" cannot be read: ${reason}`, 'Check the drive that holds it.', {
    cause: error,
  });
}

class Walk {
  readonly images = new PathList();
  readonly tables: string[] = [];
  readonly containers: string[] = [];
  readonly unread = new Map<string, { kind: UnreadKind; count: number; example: string }>();
  others: Survey['others'] = null;
  readonly unlisted: string[] = [];
  readonly warnings = new Warnings();
  readonly tree: Folder = { name: '', path: '', images: 0, total: 0, folders: [] };
  readonly #root: string;
  readonly #unknown = new UnknownFiles();
  readonly #reader = new FolderReader();

  readonly #signal: AbortSignal | undefined;

  constructor(root: string, signal?: AbortSignal) {
    this.#root = root;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const real = [await realpath(this.#root)];
    const pending: Pending[] = [{ absolute: this.#root, folder: this.tree, real, reading: null }];
    const entered: Folder[] = [];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.#signal?.aborted === true) throw new AppError('CANCELLED', 'Listing the dataset was cancelled.');
      entered.push(next.folder);
      this.#reader.ahead(pending);
      const { folders } = await this.#list(next);
      const places = await realPlaces(folders.map((name) => join(next.absolute, name)));
      for (const [at, name] of [...folders.entries()].reverse()) {
        const below = this.#enter(next, name, places[at] ?? null);
        if (below !== null) pending.push(below);
      }
      next.folder.folders.reverse();
    }
    // Every folder was entered after the one above it.
    for (const folder of entered.toReversed()) {
      folder.total = folder.folders.reduce((sum, { total }) => sum + total, folder.images);
    }
  }

  async #list(next: Pending): Promise<FolderContent> {
    const { absolute, folder } = next;
    const content = await this.#reader.read(next, this.warnings);
    if (!content.complete) this.unlisted.push(folder.path);
    const found = [...content.images];
    const unknown: string[] = [];
    // In an order that is the same everywhere, unless there are so many that nobody reads their names.
    const others = content.others.length > othersSorted ? content.others : await sortNaturally(content.others);
    for (const name of others) {
      const kind = kindOfName(name);
      if (kind === 'table') this.tables.push(folder.path + name);
      else if (kind === 'container') this.containers.push(folder.path + name);
      else if (kind === 'unknown') unknown.push(name);
      else if (typeof kind === 'object') this.#noteUnread(kind, folder.path + name);
      else this.#noteOther(folder.path + name);
    }
    const { images, unread, unseen } = await this.#unknown.sort(absolute, unknown);
    found.push(...images);
    for (const [name, kind] of unread) this.#noteUnread(kind, folder.path + name);
    const known = new Set([...images, ...unread.map(([name]) => name)]);
    for (const name of unknown) if (!known.has(name)) this.#noteOther(folder.path + name);
    for (const name of unseen) this.warnings.note('Files of an unknown kind, not all looked into', folder.path + name);
    if (found.length > 0) this.images.enter(folder.path);
    for (const [position, name] of (await sortNaturally(found)).entries()) {
      this.images.add(name);
      if (position % 5000 === 4999) await setImmediate();
    }
    folder.images = found.length;
    return content;
  }

  #noteOther(file: string): void {
    this.others = { count: (this.others?.count ?? 0) + 1, example: this.others?.example ?? file };
  }

  #noteUnread(kind: UnreadKind, file: string): void {
    const { what, wayOut } = sayUnread(kind);
    this.warnings.note(what, file, wayOut);
    const known = this.unread.get(kind.noun);
    if (known === undefined) this.unread.set(kind.noun, { kind, count: 1, example: file });
    else known.count += 1;
  }

  #enter(parent: Pending, name: string, real: string | null): Pending | null {
    const absolute = join(parent.absolute, name);
    if (real === null) {
      this.warnings.note('Folders that could not be read', absolute);
      this.unlisted.push(`${parent.folder.path}${name}/`);
      return null;
    }
    if (parent.real.some((ancestor) => ancestor === real || ancestor.startsWith(real + sep))) {
      this.warnings.note('Links that lead back into themselves', absolute);
      return null;
    }
    const folder: Folder = { name, path: `${parent.folder.path}${name}/`, images: 0, total: 0, folders: [] };
    parent.folder.folders.push(folder);
    return { absolute, folder, real: [real, ...parent.real], reading: null };
  }
}

const othersSorted = 10_000;

const depthOf = (path: string): number => path.split('/').length;

/**
 * Surveys a folder, or the folder around a file. Hidden names are passed over, links are followed but never in a
 * circle, only regular files are listed, and the event loop gets its turn.
 * @throws AppError `DATASET_NOT_FOUND`, `DATASET_UNREADABLE` for a path that cannot be looked at.
 */
export async function surveyFolder(path: string, signal?: AbortSignal): Promise<Survey> {
  const chosen = resolve(path);
  try {
    const root = (await stat(chosen)).isDirectory() ? chosen : dirname(chosen);
    // An unreadable root is an error, an unreadable folder in it a warning.
    const walk = new Walk(root, signal);
    await readable(root);
    await walk.run();
    walk.images.trim();
    return {
      chosen,
      root,
      images: walk.images,
      tables: (await sortNaturally(walk.tables)).toSorted((a, b) => depthOf(a) - depthOf(b)),
      containers: walk.containers,
      tree: walk.tree,
      unread: [...walk.unread.values()],
      others: walk.others,
      unlisted: walk.unlisted,
      warnings: walk.warnings,
    };
  } catch (error) {
    throw error instanceof AppError ? error : pathError(path, error);
  }
}

async function readable(folder: string): Promise<void> {
  const opened = await opendir(folder);
  await opened.close();
}

/** The survey of a file that is read alone: nothing beside it counts. */
export function surveyOfFile(path: string): Survey {
  const chosen = resolve(path);
  return {
    chosen,
    root: dirname(chosen),
    images: new PathList(),
    tables: [],
    containers: [],
    tree: { name: '', path: '', images: 0, total: 0, folders: [] },
    unread: [],
    others: null,
    unlisted: [],
    warnings: new Warnings(),
  };
}
