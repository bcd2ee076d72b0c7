/** The cache of the Hugging Face hub: `models--org--name` with `refs`, `snapshots` and `blobs`, and what a model in it is called. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readRegularText } from '../files/regular-file.js';

const repository = /^models--(.+)$/;

/** What a snapshot belongs to, as people call it: `org/name`; null for other folders. */
export function hubName(path: string): string | null {
  const snapshots = dirname(resolve(path));
  const name = repository.exec(basename(dirname(snapshots)))?.[1];
  return basename(snapshots) === 'snapshots' && name !== undefined ? name.replace('--', '/') : null;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

/** Folders in `folder`, by name. */
export async function foldersIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).toSorted();
  const folders = await Promise.all(names.map((name) => isFolder(join(folder, name))));
  return names.filter((_, at) => folders[at]);
}

/** The revision that `refs` of a repository names: `main`, or the only one. */
async function revision(folder: string): Promise<string | undefined> {
  const refs: readonly string[] = await readdir(join(folder, 'refs')).catch(() => []);
  const name = refs.includes('main') ? 'main' : refs.length === 1 ? refs[0] : undefined;
  if (name === undefined) return undefined;
  const place = join(folder, 'refs', name);
  const found = await stat(place).catch(() => null);
  if (found?.isFile() !== true || found.size > 200) return undefined;
  const text = await readRegularText(place).catch(() => '');
  return /^[\w.-]+$/.exec(text.trim())?.[0];
}

/**
 * The snapshot that is meant by a folder of a repository, by its `snapshots`, or by a cache that holds one repository: the
 * one that `refs/main` names, or the only one. Null for other folders, and where several could be meant.
 */
export async function hubSnapshot(folder: string): Promise<string | null> {
  const path = resolve(folder);
  if (basename(path) === 'snapshots' && repository.test(basename(dirname(path)))) return hubSnapshot(dirname(path));
  if (repository.test(basename(path))) {
    const snapshots = await foldersIn(join(path, 'snapshots'));
    const stated = await revision(path);
    const chosen = snapshots.find((name) => name === stated) ?? (snapshots.length === 1 ? snapshots[0] : undefined);
    return chosen === undefined ? null : join(path, 'snapshots', chosen);
  }
  const repositories = (await foldersIn(path)).filter((name) => repository.test(name));
  const [only, another] = repositories;
  if (only !== undefined && another === undefined) return hubSnapshot(join(path, only));
  const hub = join(path, 'hub');
  return repositories.length === 0 && basename(path) === 'huggingface' && (await isFolder(hub))
    ? hubSnapshot(hub)
    : null;
}

/** A link into the blobs of the same repository, written as text where links could not be made. */
const linkText = /^\.\.\/\.\.\/(?:\.\.\/)*blobs\/[\w.-]+$/;

/**
 * Where the bytes of a file of a snapshot lie: systems without links, and copies made there, keep the path of the blob as
 * the file's text. Other files lie where they are.
 */
export async function followed(path: string): Promise<string> {
  const within = /^(.*[\\/]models--[^\\/]+)[\\/]snapshots[\\/]/.exec(resolve(path))?.[1];
  if (within === undefined) return path;
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true || found.size > 300) return path;
  const text = (await readRegularText(path).catch(() => '')).trim();
  if (!linkText.test(text)) return path;
  const target = resolve(dirname(path), text);
  return dirname(target) === join(within, 'blobs') && (await stat(target).catch(() => null))?.isFile() === true
    ? target
    : path;
}
