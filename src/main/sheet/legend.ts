/** The legend of a sheet: which colours stand for what, and how the scales were chosen. */

import { colourMap, diverging } from '../../shared/colormap.js';
import { methodFacts, type MethodId } from '../../shared/methods.js';
import { isClipped } from '../../shared/map-range.js';
import type { Sheet, SheetMap } from './sheet.js';

/** A bar of the legend: `[256 * 3]` colours between two words. */
export interface LegendScale {
  readonly colours: Uint8Array;
  readonly low: string;
  readonly high: string;
}

function mapsOf({ cells }: Sheet): readonly SheetMap[] {
  return cells.flat().flatMap(({ map }) => (map === null ? [] : [map]));
}

function methodsOf(sheet: Sheet): readonly MethodId[] {
  return [...new Set(mapsOf(sheet).map((map) => map.method))];
}

/** The bars that a sheet needs: none, one or two. */
export function legendScales(sheet: Sheet): readonly LegendScale[] {
  const signs = new Set(methodsOf(sheet).map((id) => methodFacts(id).signed));
  const plain = { colours: colourMap(sheet.look.colourMap), low: 'low', high: 'high' };
  const signed = { colours: diverging(), low: 'against the class', high: 'for the class' };
  return [...(signs.has(false) ? [plain] : []), ...(signs.has(true) ? [signed] : [])];
}

function scaleNote(sheet: Sheet, maps: readonly SheetMap[]): string {
  const opacity = `Maps lie over the image at ${Math.round(sheet.look.opacity * 100)} % opacity.`;
  const keys = maps.map((map) => `${map.method} ${map.scale}`);
  const alone = sheet.look.scale === 'own' || new Set(keys).size === keys.length;
  const scale = alone
    ? 'Each map has a colour scale of its own, from its lowest to its highest value.'
    : 'The maps of one method share a colour scale, from their lowest to their highest value; methods have units of their own and do not share one.';
  return `${scale} ${opacity}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** What a reader must know of the colours, in sentences. */
export function legendNotes(sheet: Sheet): readonly string[] {
  const maps = mapsOf(sheet);
  if (maps.length === 0) return [];
  const clipped = methodsOf(sheet).filter(isClipped);
  const signed = methodsOf(sheet).filter((id) => methodFacts(id).signed);
  const names = (ids: readonly MethodId[]): string => list(ids.map((id) => methodFacts(id).name));
  const open = maps.some((map) => map.values.some((value) => Number.isNaN(value)));
  const more = [
    signed.length > 0 ? `${names(signed)}: signed, with zero in the middle of the scale.` : null,
    clipped.length > 0
      ? `${names(clipped)}: the scale ends at the 1st and the 99th percentile of the absolute values.`
      : null,
    open ? 'Where a map has no value the image shows through.' : null,
  ].filter((note) => note !== null);
  return [scaleNote(sheet, maps), ...(more.length > 0 ? [more.join(' ')] : [])];
}
