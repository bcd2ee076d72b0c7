/** Tells whether a file may have been written since it was last looked at, by its size and modification time alone. */

import type { BigIntStats } from 'node:fs';

import { statPatiently } from '../files/regular-file.js';
import type { DatasetImage } from './dataset.js';

/** Size in bytes and modification time in nanoseconds, as one text; equal for a file that nobody has written to. */
export function stampOf({ size, mtimeNs }: BigIntStats): string {
  return `${String(size)}:${String(mtimeNs)}`;
}

/** The stamp of a file as it lies there now; null when it cannot be looked at. */
export async function readStamp(path: string): Promise<string | null> {
  try {
    return stampOf(await statPatiently(path));
  } catch {
    // Whoever reads the file says why.
    return null;
  }
}

/** The stamps of some images in their order; a container is looked at once however many of them lie in it. */
export async function readStamps(images: readonly Pick<DatasetImage, 'source'>[]): Promise<readonly (string | null)[]> {
  const stamps = new Map<string, Promise<string | null>>();
  return Promise.all(
    images.map(({ source: { path } }) => {
      const stamp = stamps.get(path) ?? readStamp(path);
      stamps.set(path, stamp);
      return stamp;
    }),
  );
}
