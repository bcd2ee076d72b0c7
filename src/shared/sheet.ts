/** How a sheet of saliency maps looks, whoever draws it: the window, a picture or a page for print. */

import type { ColourMapName } from './colormap.js';

/** `method`: all maps of one method, or of the contrast, on the sheet share a scale (methods have units of their own); `own`: each map fills its own. */
export const sheetScales = ['method', 'own'] as const;
export type SheetScale = (typeof sheetScales)[number];

export const sheetFormats = ['png', 'svg', 'pdf'] as const;
export type SheetFormat = (typeof sheetFormats)[number];

export interface SheetLook {
  /** Methods across and classes (or images) down, instead of methods down. */
  readonly transposed: boolean;
  readonly scale: SheetScale;
  readonly colourMap: ColourMapName;
  /** Of the map over the image, 0 to 1. */
  readonly opacity: number;
}

/** Most images and rows of one contact sheet: all methods and the contrast. */
export const mostSheetImages = 24;
export const mostSheetRows = 13;
