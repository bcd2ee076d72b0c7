/** The settings: what a person may change about the application, kept in the user's settings file. */

import * as v from 'valibot';

import { tisEstimates } from './audit.js';
import { list, text, textTable } from './bounded.js';
import { colourMapNames } from './colormap.js';
import { mapScales } from './map-range.js';
import { precisions } from './precision.js';
import { providerWishes } from './provider.js';
import { rowIds } from './sheet-rows.js';
import { sheetScales } from './sheet.js';

export const gigabyte = 1e9;

/** What the ceiling of kept maps may be, in gigabytes. */
export const cacheBounds = { least: 0.25, most: 1000 } as const;

export const settingsSchema = v.object({
  theme: v.picklist(['system', 'dark', 'light']),
  reviewer: text(200),
  cellSize: v.pipe(v.number(), v.integer(), v.minValue(64), v.maxValue(512)),
  colourMap: v.picklist(colourMapNames),
  mapOpacity: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** Colour scale of the inspector's maps. */
  mapScale: v.picklist(mapScales),
  masks: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048)),
  ratio: v.pipe(v.number(), v.minValue(0.01), v.maxValue(1)),
  /** Expected correlation with the maps of all masks at which scoring stops; 1 scores every mask. */
  stability: v.pipe(v.number(), v.minValue(0.5), v.maxValue(1)),
  estimate: v.picklist(tisEstimates),
  /** Numbers that masks are scored with. */
  precision: v.picklist(precisions),
  /** Gigabytes that the sessions of explanation methods may take together. */
  memory: v.pipe(v.number(), v.minValue(0.5), v.maxValue(64)),
  /** Gigabytes that the kept maps of a project may take on disk. */
  cacheGigabytes: v.pipe(v.number(), v.minValue(cacheBounds.least), v.maxValue(cacheBounds.most)),
  /** Threads of the engine; 0 lets it choose. */
  threads: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(256)),
  provider: v.picklist(providerWishes),
  /** The methods of the compare view, and the contrast, in the order of the sheet; remembered between images and projects. */
  methods: list(v.picklist(rowIds), rowIds.length),
  sheetTransposed: v.boolean(),
  sheetScale: v.picklist(sheetScales),
  /** Key bindings that differ from the defaults: action name to tinykeys pattern. */
  keys: textTable(64, 500),
});
export type Settings = v.InferOutput<typeof settingsSchema>;
