/** The ids of a gallery's list, where all its pages are known. */

import type { GalleryState } from '../../src/renderer/state/gallery.svelte.js';
import type { ImageId } from '../../src/shared/audit.js';

export function listedIds(gallery: GalleryState): readonly ImageId[] {
  const ids = gallery.idsBetween(0, gallery.count);
  if (ids === null) throw new Error('Pages of the list are not known.');
  return ids;
}
