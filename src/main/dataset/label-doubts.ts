/** Doubts about the labels of a whole dataset, seen from how many images have which. */

import type { Warnings } from './warnings.js';

const storageName =
  /^(?:images?|imgs?|photos?|pictures?|files|data(?:set)?|jpe?gs?|pngs?|jpegimages|.*[_-]part[_-]?\d+)$/i;

/** Whether a folder of this name rather stores images than names their class. */
export const isStorageName = (name: string): boolean => storageName.test(name);

/** Notes labels that look mistaken: one that all images have, one that is called like a folder for images. */
export function noteLabels(counts: ReadonlyMap<string, number>, warnings: Warnings): void {
  const [first, ...others] = counts;
  if (first !== undefined && others.length === 0 && first[1] > 1) {
    const wayOut = 'If that is not meant, choose the folder that holds the class folders, or a table of labels.';
    warnings.note(
      `Every image with a label has the same one, ${first[1].toLocaleString('en')} in all`,
      first[0],
      wayOut,
    );
  }
  for (const label of counts.keys()) {
    if (!isStorageName(label)) continue;
    const wayOut = 'If it is only where images lie, give a table of labels.';
    warnings.note('Labels that look like the name of a folder for images', label, wayOut);
  }
}
