/** A sheet of saliency maps before it is drawn: captions, pictures, maps, and how they look. */

import type { SheetLook } from '../../shared/sheet.js';
import type { RowId } from '../../shared/sheet-rows.js';

/** What the model sees of an image, as a PNG: the engine's picture of size `model`. */
export interface SheetPicture {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Stands above a column or left of a row. */
export interface SheetCaption {
  readonly main: string;
  /** Smaller lines below it. */
  readonly small: readonly string[];
}

/** A map as a method made it, or a contrast. */
export interface SheetMap {
  readonly method: RowId;
  readonly width: number;
  readonly height: number;
  /** `[height * width]` row-major, raw; NaN where the method says nothing. */
  readonly values: Float32Array;
}

export interface SheetCell {
  /** Index into {@link Sheet.pictures}; null leaves the cell white. */
  readonly picture: number | null;
  /** Laid over the picture; null for the picture alone. */
  readonly map: SheetMap | null;
  /** Stands in the cell in place of a map that could not be made. */
  readonly missing: string | null;
}

/** What a sheet shows, in reading order. It holds no date: the same maps give the same bytes. */
export interface Sheet {
  readonly title: string;
  readonly subtitle: string;
  readonly columns: readonly SheetCaption[];
  readonly rows: readonly SheetCaption[];
  readonly pictures: readonly SheetPicture[];
  /** `[rows][columns]`. */
  readonly cells: readonly (readonly SheetCell[])[];
  readonly look: SheetLook;
  /** Lines below the legend: the model, the images, the parameters. */
  readonly footer: readonly string[];
}
