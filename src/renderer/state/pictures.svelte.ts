/** Where pictures come from: the one place that the window asks for an image's address. */

import { SvelteMap } from 'svelte/reactivity';

import type { ImageId } from '../../shared/audit.js';
import { draftPictureUrl, type PictureSize, pictureUrl } from '../../shared/ipc.js';

export interface Pictures {
  image(id: ImageId, size: PictureSize): string;
  draft(index: number, size: 'thumb' | 'model'): string;
  /** From now on the same ids may mean other pictures: another project or another draft. */
  renew(): void;
  /** The files of these images hold other pictures now. */
  replaced(images: readonly ImageId[]): void;
}

/**
 * The application's own pictures, answered by its `app://` protocol. Addresses carry a version, which lets the browser
 * keep a picture as long as its id means the same.
 */
export class AppPictures implements Pictures {
  #version = Date.now();
  /** How often the file of an image was found to hold another picture. */
  readonly #replacements = new SvelteMap<ImageId, number>();

  image(id: ImageId, size: PictureSize): string {
    const replaced = this.#replacements.get(id);
    return `${this.#versioned(pictureUrl(id, size))}${replaced === undefined ? '' : `.${String(replaced)}`}`;
  }

  draft(index: number, size: 'thumb' | 'model'): string {
    return this.#versioned(draftPictureUrl(index, size));
  }

  renew(): void {
    this.#version += 1;
    this.#replacements.clear();
  }

  replaced(images: readonly ImageId[]): void {
    for (const id of images) this.#replacements.set(id, (this.#replacements.get(id) ?? 0) + 1);
  }

  #versioned(address: string): string {
    return `${address}?v=${this.#version.toString(36)}`;
  }
}
