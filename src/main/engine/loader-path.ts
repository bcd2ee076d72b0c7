/** Where Linux's loader finds shared libraries, told without loading any. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What the loader searches after everything else. */
const lastFolders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib64', 'usr/lib64', 'lib', 'usr/lib'];

/**
 * The libraries in the loader's cache by file name. The cache holds, among its tables, every path as a text that ends with
 * a zero; empty where there is no cache.
 */
function cachedLibraries(root: string): ReadonlyMap<string, string> {
  let cache: string;
  try {
    cache = readFileSync(join(root, 'etc/ld.so.cache'), 'latin1');
  } catch {
    return new Map();
  }
  const paths = cache.split('\0').filter((text) => text.startsWith('/'));
  return new Map(paths.map((path) => [basename(path), join(root, path)]));
}

/** The loader's search, as it is when a program starts. */
export class LoaderPath {
  readonly #folders: readonly string[];
  readonly #cached: ReadonlyMap<string, string>;
  readonly #last: readonly string[];

  /**
   * @param root what the system's paths lie under
   * @param libraryPath the folders of `LD_LIBRARY_PATH`, apart by colons
   */
  constructor(root: string, libraryPath: string) {
    this.#folders = libraryPath.split(':').filter((folder) => folder !== '');
    this.#cached = cachedLibraries(root);
    this.#last = lastFolders.map((folder) => join(root, folder));
  }

  /**
   * Where a library is found, null when nowhere.
   * @param own folders that the library which needs it names besides
   */
  find(name: string, own: readonly string[] = []): string | null {
    const inFolder = (folder: string): string => join(folder, name);
    const cached = this.#cached.get(name);
    const places = [
      ...[...own, ...this.#folders].map(inFolder),
      ...(cached === undefined ? [] : [cached]),
      ...this.#last.map(inFolder),
    ];
    return places.find((place) => existsSync(place)) ?? null;
  }
}
