/** A part of a picture, whatever its size in pixels. */

/** A rectangle in fractions of the upright image (0 to 1). */
export interface FractionRect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
