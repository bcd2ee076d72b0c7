/** Lists one folder by the names in it, without opening or measuring a file. */

import type { Dirent } from 'node:fs';
import { opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { hasImageExtension } from './file-kinds.js';
import { sortNaturally } from './natural-order.js';
import type { Warnings } from './warnings.js';

/** Folders that file managers, archivers and Hognose itself leave beside images. */
const foreignFolder = /^(?:__MACOSX|@eaDir|.*\.hognose)$/;

/** The visible content of one folder. */
export interface FolderContent {
  /** In natural order. */
  readonly folders: readonly string[];
  /** In no order: there may be a hundred thousand, and who only looks needs none. */
  readonly images: readonly string[];
  /** Names of the other files, in no order: label tables, containers, class lists. */
  readonly others: readonly string[];
  /** False when it could not be read to its end. */
  readonly complete: boolean;
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
  } else {
    // To open one may take for ever.
    warnings.note('Pipes, sockets and devices, left out', join(folder, name));
  }
}

/** Bytes of a folder that holds so few names that reading them in one go holds nothing up. */
const smallFolder = 16 * 1024;

/** What lies in a folder: in one go, which is several times as fast, where the folder says that it is small; portion by portion else. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent, void, undefined> {
  const { size } = await stat(folder);
  // Some file systems say nothing of it.
  if (size > 0 && size <= smallFolder) yield* await readdir(folder, { withFileTypes: true });
  else yield* await opendir(folder, { bufferSize: 1024 });
}

/** Lists one folder; one that cannot be read is noted in `warnings`, and what was read of it is listed. */
export async function readFolder(folder: string, warnings: Warnings): Promise<FolderContent> {
  const found: Sorter = { folders: [], images: [], others: [] };
  let complete = true;
  try {
    for await (const entry of entriesOf(folder)) {
      await sortEntry(folder, entry, found, warnings);
    }
  } catch (error) {
    complete = false;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    warnings.note(`Folders that could not be read, ${code}`, folder);
  }
  return {
    folders: await sortNaturally(found.folders),
    images: found.images,
    others: found.others,
    complete,
  };
}
