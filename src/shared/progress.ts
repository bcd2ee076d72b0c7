/** How far long work has come. */

/** In steps of one kind: images, parts of the images. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}
