/** How the window asks for pictures: by the id of the image, in one of a few sizes. */

import type { ImageId } from './audit.js';
import type { pictureEdges } from './picture-edges.js';

/** Within one of these edges, or exactly what the model sees. */
export type PictureSize = keyof typeof pictureEdges | 'model';

/** The `app://` address of an image's picture; upright, JPEG or PNG. */
export function pictureUrl(id: ImageId, size: PictureSize): string {
  return `app://picture/image/${String(id)}/${size}`;
}

/** The `app://` address of a picture of a new audit's preview: as it is, or exactly what the model sees of it. */
export function previewPictureUrl(index: number, size: 'thumb' | 'model' = 'thumb'): string {
  return `app://picture/newAudit/${String(index)}/${size}`;
}
