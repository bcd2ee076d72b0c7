/** Where pictures come from: the one place that the window asks for an image's address. */

import type { ImageId } from '../../shared/audit.js';
import { draftPictureUrl, type PictureSize, pictureUrl } from '../../shared/ipc.js';

export interface Pictures {
  image(id: ImageId, size: PictureSize): string;
  draft(index: number, size: 'thumb' | 'model'): string;
  /** From now on the same ids may mean other pictures: another project or another draft. */
  renew(): void;
}

/**
 * The application's own pictures, answered by its `app://` protocol. Addresses carry a version, which lets the browser
 * keep a picture as long as its id means the same.
 */
export class AppPictures implements Pictures {
  #version = Date.now();

  image(id: ImageId, size: PictureSize): string {
    return this.#versioned(pictureUrl(id, size));
  }

  draft(index: number, size: 'thumb' | 'model'): string {
    return this.#versioned(draftPictureUrl(index, size));
  }

  renew(): void {
    this.#version += 1;
  }

  #versioned(address: string): string {
    return `${address}?v=${this.#version.toString(36)}`;
  }
}
