/** Where pictures come from: the one place that the window asks for an image's address. */

import { SvelteMap, SvelteSet } from 'svelte/reactivity';

import type { ImageId } from '../../shared/audit.js';
import { previewPictureUrl, type PictureSize, pictureUrl } from '../../shared/picture-address.js';

export interface Pictures {
  image(id: ImageId, size: PictureSize): string;
  newAudit(index: number, size: 'thumb' | 'model'): string;
  /** From now on the same ids may mean other pictures: another project or another newAudit. */
  renew(): void;
  /** The files of these images hold other pictures now. */
  replaced(images: readonly ImageId[]): void;
  /** The picture of an image could not be shown. */
  lost(id: ImageId): void;
  /** Something changed about these images: those whose pictures could not be shown get another address, and are asked for again. */
  retry(images: readonly ImageId[] | 'all'): void;
}

/**
 * The application's own pictures, answered by its `app://` protocol. Addresses carry a version, which lets the browser
 * keep a picture as long as its id means the same.
 */
export class AppPictures implements Pictures {
  #version = Date.now();
  /** How often the picture of an image was to be asked for anew. */
  readonly #replacements = new SvelteMap<ImageId, number>();
  readonly #lost = new SvelteSet<ImageId>();

  image(id: ImageId, size: PictureSize): string {
    const replaced = this.#replacements.get(id);
    return `${this.#versioned(pictureUrl(id, size))}${replaced === undefined ? '' : `.${String(replaced)}`}`;
  }

  newAudit(index: number, size: 'thumb' | 'model'): string {
    return this.#versioned(previewPictureUrl(index, size));
  }

  renew(): void {
    this.#version += 1;
    this.#replacements.clear();
    this.#lost.clear();
  }

  replaced(images: readonly ImageId[]): void {
    for (const id of images) this.#replacements.set(id, (this.#replacements.get(id) ?? 0) + 1);
  }

  lost(id: ImageId): void {
    this.#lost.add(id);
  }

  retry(images: readonly ImageId[] | 'all'): void {
    const again = images === 'all' ? [...this.#lost] : images.filter((id) => this.#lost.has(id));
    for (const id of again) this.#lost.delete(id);
    this.replaced(again);
  }

  #versioned(address: string): string {
    return `${address}?v=${this.#version.toString(36)}`;
  }
}
