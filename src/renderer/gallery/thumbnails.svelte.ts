/** Small pictures for the canvas of the dense gallery: loaded nearest first, a few at a time, kept least recently used. */

import { LruMap } from '../state/lru.js';

/** Decoded pictures kept: some 180 MB at most when each is 192 x 192. */
const capacity = 1200;
const parallel = 12;
/** Edge of a kept picture in device pixels; only on the largest screens is it drawn larger. */
const edge = 192;

export class Thumbnails {
  readonly #address: (id: number) => string;
  readonly #lost: (id: number) => void;
  /** By address: the file of an image may come to hold another picture. */
  readonly #kept = new LruMap<string, ImageBitmap | 'failed'>(capacity, (bitmap) => {
    if (bitmap !== 'failed') bitmap.close();
  });
  #loading = 0;
  #wanted: readonly number[] = [];
  #closed = false;
  #frame = 0;
  #arrived = $state(0);

  /** `lost` hears of pictures that cannot be loaded. */
  constructor(address: (id: number) => string, lost: (id: number) => void) {
    this.#address = address;
    this.#lost = lost;
  }

  /** How many times pictures have come; read it to be told. */
  get arrived(): number {
    return this.#arrived;
  }

  /** The picture, 'failed' when it cannot be loaded, undefined when it has not come yet. */
  get(id: number): ImageBitmap | 'failed' | undefined {
    return this.#kept.peek(this.#address(id));
  }

  /** Loads what is missing of these, in this order; replaces the previous wish. */
  want(ids: readonly number[]): void {
    for (const id of ids) this.#kept.use(this.#address(id));
    this.#wanted = ids.filter((id) => !this.#kept.has(this.#address(id)));
    this.#fill();
  }

  close(): void {
    this.#closed = true;
    cancelAnimationFrame(this.#frame);
    this.#kept.clear();
  }

  #fill(): void {
    while (this.#loading < parallel && !this.#closed) {
      const [id, ...rest] = this.#wanted;
      if (id === undefined) return;
      this.#wanted = rest;
      this.#loading += 1;
      void this.#load(id);
    }
  }

  async #load(id: number): Promise<void> {
    const address = this.#address(id);
    const bitmap = await this.#decode(address);
    this.#loading -= 1;
    if (this.#closed) {
      if (bitmap !== 'failed') bitmap.close();
      return;
    }
    this.#kept.set(address, bitmap);
    if (bitmap === 'failed') this.#lost(id);
    this.#tell();
    this.#fill();
  }

  /** At most once a frame, however many pictures came. */
  #tell(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#arrived += 1;
    });
  }

  async #decode(address: string): Promise<ImageBitmap | 'failed'> {
    const image = new Image();
    image.src = address;
    try {
      await image.decode();
      const side = Math.min(image.naturalWidth, image.naturalHeight);
      const left = (image.naturalWidth - side) / 2;
      const top = (image.naturalHeight - side) / 2;
      const to = Math.min(edge, side);
      return await createImageBitmap(image, left, top, side, side, { resizeWidth: to, resizeHeight: to });
    } catch {
      // The tile shows an empty cell, and the inspector the reason.
      return 'failed';
    }
  }
}
