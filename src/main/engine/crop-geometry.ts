/** Where the model's input lies on an image: the size after the resize, and the place of the crop or pad in it. */

import type { FractionRect } from '../../shared/audit.js';
import type { Preprocessing } from '../../shared/model.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface CropGeometry extends Size {
  /** Place of the input in the resized image; negative where it is larger. */
  readonly left: number;
  readonly top: number;
}

/** Rounds half to even, as Python's `round` does in the references. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Size of an image after the resize: with the shorter edge given the longer is cut to a whole number (torchvision's
 * `Resize`), with the longer edge given the shorter is rounded (timm's `ResizeKeepRatio`).
 */
function resized(resize: Preprocessing['resize'], width: number, height: number): Size {
  if (resize.kind === 'exact') return { width: resize.width, height: resize.height };
  const shortest = resize.kind === 'shortest-edge';
  const given = shortest ? Math.min(width, height) : Math.max(width, height);
  const whole = shortest ? Math.trunc : roundHalfEven;
  const side = (length: number): number =>
    length === given ? resize.size : Math.max(1, whole((resize.size * length) / given));
  return { width: side(width), height: side(height) };
}

/** Half of what the crop leaves out, rounded as torchvision and timm do; of what it adds, the smaller half comes first. */
function margin(size: number, crop: number): number {
  return crop > size ? 0 - Math.floor((crop - size) / 2) : roundHalfEven((size - crop) / 2);
}

/** The geometry of a preprocessing on an image of this size. */
export function cropGeometry({ resize, crop }: Preprocessing, width: number, height: number): CropGeometry {
  const size = resized(resize, width, height);
  if (crop === null) return { ...size, left: 0, top: 0 };
  return { ...size, left: margin(size.width, crop.width), top: margin(size.height, crop.height) };
}

/** What the model sees, in fractions of the image; beyond 0 and 1 where a border is added. */
export function modelView({ width, height, left, top }: CropGeometry, input: Size): FractionRect {
  return { left: left / width, top: top / height, width: input.width / width, height: input.height / height };
}
