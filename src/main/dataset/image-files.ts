/** Finds image files below a folder by their names alone, in a stable order and without reading or measuring one. */

import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { sortNaturally } from './natural-order.js';
import { Warnings } from './warnings.js';

const extensions: ReadonlySet<string> = new Set([
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
  '.bmp',
  '.pbm',
  '.pgm',
  '.ppm',
  '.pnm',
]);

/** Folders that file managers, archivers and Hognose itself leave beside images. */
const foreignFolder = /^(?:__MACOSX|@eaDir|.*\.hognose)$/;

/** Whether the name's extension is that of an image; what the file really holds shows when it is read. */
export function hasImageExtension(name: string): boolean {
  return extensions.has(extname(name).toLowerCase());
}

/** The visible content of one folder. */
export interface FolderContent {
  /** In natural order. */
  readonly folders: readonly string[];
  /** In no order: there may be a hundred thousand, and who only looks needs none. */
  readonly images: readonly string[];
  /** Names of the other files, in natural order: label tables, containers, class lists. */
  readonly others: readonly string[];
}

interface Sorter {
  readonly folders: string[];
  readonly images: string[];
  readonly others: string[];
}

async function sortEntry(folder: string, entry: Dirent, into: Sorter, warnings: Warnings): Promise<void> {
  const { name } = entry;
  if (name.startsWith('.')) return;
  let kind: { isDirectory(): boolean; isFile(): boolean } = entry;
  if (entry.isSymbolicLink()) {
    try {
      kind = await stat(join(folder, name));
    } catch {
      warnings.note('Links that lead nowhere', join(folder, name));
      return;
    }
  }
  if (kind.isDirectory()) {
    if (!foreignFolder.test(name)) into.folders.push(name);
  } else if (kind.isFile()) {
    (hasImageExtension(name) ? into.images : into.others).push(name);
  }
}

/** Lists one folder; one that cannot be read is noted in `warnings` and counts as empty. */
export async function readFolder(folder: string, warnings: Warnings): Promise<FolderContent> {
  const found: Sorter = { folders: [], images: [], others: [] };
  try {
    for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
      await sortEntry(folder, entry, found, warnings);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    warnings.note(`Folders that could not be read, ${code}`, folder);
  }
  return {
    folders: await sortNaturally(found.folders),
    images: found.images,
    others: await sortNaturally(found.others),
  };
}

interface PendingFolder {
  readonly absolute: string;
  /** Relative to the root, ending with `/` unless empty. */
  readonly relative: string;
  /** Where the folder really lies, followed by all folders it was reached through. */
  readonly real: readonly string[];
}

async function enter(parent: PendingFolder, name: string, warnings: Warnings): Promise<PendingFolder | null> {
  const absolute = join(parent.absolute, name);
  let real: string;
  try {
    real = await realpath(absolute);
  } catch {
    warnings.note('Folders that could not be read', absolute);
    return null;
  }
  if (parent.real.some((ancestor) => ancestor === real || ancestor.startsWith(real + sep))) {
    warnings.note('Links that lead back into themselves', absolute);
    return null;
  }
  return { absolute, relative: `${parent.relative}${name}/`, real: [real, ...parent.real] };
}

/**
 * Streams the paths of all image files below `root`, relative to it with `/`: a folder's own files first, then its
 * folders, each in natural order. Hidden names are passed over, links are followed but never in a circle, and the event
 * loop gets its turn every thousand files.
 */
export async function* walkImages(root: string, warnings: Warnings): AsyncGenerator<string, void, undefined> {
  const pending: PendingFolder[] = [{ absolute: root, relative: '', real: [await realpath(root)] }];
  let count = 0;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const content = await readFolder(folder.absolute, warnings);
    for (const name of await sortNaturally(content.images)) {
      yield folder.relative + name;
      count += 1;
      if (count % 1000 === 0) await setImmediate();
    }
    for (const name of content.folders.toReversed()) {
      const next = await enter(folder, name, warnings);
      if (next !== null) pending.push(next);
    }
  }
}

/** Whether an image lies in `root` or below, looking into at most `limit` folders, the nearest first. */
export async function holdsImage(root: string, limit: number): Promise<boolean> {
  const folders = [root];
  // The list grows while it is walked, up to the limit: breadth first.
  for (const folder of folders) {
    const content = await readFolder(folder, new Warnings());
    if (content.images.length > 0) return true;
    const room = limit - folders.length;
    folders.push(...content.folders.slice(0, Math.max(0, room)).map((name) => join(folder, name)));
  }
  return false;
}
