/** A picture in memory, as decoders give it and preprocessing takes it. */

/** Upright 8-bit RGB pixels, `[height, width, 3]` row-major. */
export interface RgbImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}
