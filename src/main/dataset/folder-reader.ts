/** Reads folders before it is their turn: a drive answers each question after a while, but many at a time. */

import { realpath } from 'node:fs/promises';

import { type FolderContent, readFolder } from './folder-content.js';
import { Warnings } from './warnings.js';

/** Questions asked at a time. */
const atOnce = 16;

interface Read {
  readonly content: FolderContent;
  readonly warnings: Warnings;
}

export interface FolderToRead {
  readonly absolute: string;
  /** What lies in it; null until that is being read. */
  reading: Promise<Read> | null;
}

async function readAlone(folder: string): Promise<Read> {
  const warnings = new Warnings();
  return { content: await readFolder(folder, warnings), warnings };
}

export class FolderReader {
  /** Folders that are being read, or were, before it is their turn. */
  #begun = 0;

  /** Begins to read what comes next: the last of these folders first. */
  ahead(folders: readonly FolderToRead[]): void {
    for (let at = folders.length - 1; at >= 0 && this.#begun < atOnce; at -= 1) {
      const next = folders[at];
      if (next?.reading !== null) return;
      next.reading = readAlone(next.absolute);
      this.#begun += 1;
    }
  }

  /** The content of a folder whose turn it is; what was noted meanwhile is noted in `warnings` now. */
  async read(folder: FolderToRead, warnings: Warnings): Promise<FolderContent> {
    if (folder.reading !== null) this.#begun -= 1;
    const read = await (folder.reading ?? readAlone(folder.absolute));
    warnings.take(read.warnings);
    return read.content;
  }
}

/** Where folders really lie; null for one of which that cannot be told. */
export async function realPlaces(folders: readonly string[]): Promise<readonly (string | null)[]> {
  const places: (string | null)[] = [];
  for (let from = 0; from < folders.length; from += atOnce) {
    const some = folders.slice(from, from + atOnce);
    places.push(...(await Promise.all(some.map((folder) => realpath(folder).catch(() => null)))));
  }
  return places;
}
