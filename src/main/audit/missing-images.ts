/** Tells images that were taken out of a dataset from a dataset, or a folder of it, that is not there at the moment. */

import { opendir, stat } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { AppError, type ErrorData } from '../../shared/errors.js';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function holdsAnything(folder: string): Promise<boolean> {
  try {
    for await (const _ of await opendir(folder)) return true;
    return false;
  } catch {
    return false;
  }
}

/**
 * A drive that is not connected must not make images look bad or gone.
 * @throws AppError `DATASET_NOT_FOUND` when a dataset (folder or file) is not there, or an empty folder is in its place.
 */
export async function requireDataset(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found !== null && (!found.isDirectory() || (await holdsAnything(path)))) return;
  throw new AppError(
    'DATASET_NOT_FOUND',
    found === null ? `The dataset ${path} is not there.` : `The dataset ${path} is empty at the moment.`,
    'Connect its drive or put it back and predict again, or say where the dataset is now.',
  );
}

/** The highest folder on the way to `path` that is not there; null when the folder of `path` is. */
async function missingFolder(path: string): Promise<string | null> {
  let missing: string | null = null;
  for (let folder = dirname(path); !(await isThere(folder)); folder = dirname(folder)) {
    missing = folder;
    if (folder === dirname(folder)) break;
  }
  return missing;
}

/** Images that were not found, while the rest of a dataset is predicted. */
export class MissingImages {
  readonly #root: string;
  /** Folders that were found missing, with how many images were not found below. */
  readonly #folders = new Map<string, number>();
  readonly #examples: string[] = [];
  #single = 0;

  /** @param root the dataset's path */
  constructor(root: string) {
    this.#root = root;
  }

  /** Hears of an image file that was not found. */
  async note(path: string): Promise<void> {
    const known = [...this.#folders.keys()].find((folder) => path.startsWith(folder + sep));
    const folder = known ?? (await missingFolder(path));
    if (folder !== null) this.#folders.set(folder, (this.#folders.get(folder) ?? 0) + 1);
    else {
      this.#single += 1;
      if (this.#examples.length < 3) this.#examples.push(relative(this.#root, path));
    }
  }

  /** @throws AppError `DATASET_NOT_FOUND` naming a folder that is not there. */
  refuseFolders(): void {
    const [first] = this.#folders;
    if (first === undefined) return;
    const [folder] = first;
    const images = [...this.#folders.values()].reduce((sum, count) => sum + count, 0);
    const others = this.#folders.size - 1;
    const more = others === 0 ? '' : ` and ${others.toLocaleString('en')} other folders`;
    throw new AppError(
      'DATASET_NOT_FOUND',
      `The folder ${folder}${more} of the dataset is not there: ${images.toLocaleString('en')} images wait for their prediction.`,
      'Connect its drive or put it back, then predict again; if it was taken out for good, scan the dataset again.',
    );
  }

  /** What is to be said of single images that are not there; null when there are none. */
  notice(): ErrorData | null {
    if (this.#single === 0) return null;
    const names = this.#examples.map((name) => `"${name}"`).join(', ');
    const [images, are] =
      this.#single === 1 ? ['1 image', 'is'] : [`${this.#single.toLocaleString('en')} images`, 'are'];
    return new AppError(
      'IMAGE_NOT_FOUND',
      `${images} of the dataset ${are} not there any more and could not be predicted: ${names}${this.#single > this.#examples.length ? ' …' : ''}.`,
      'Put them back and predict again, or scan the dataset again to take them off the list.',
    ).toData();
  }
}
