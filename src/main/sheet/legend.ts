/** The legend of a sheet: which colours stand for what, and how the scales were chosen. */

import { colourMap, diverging } from '../../shared/colormap.js';
import { figure } from '../../shared/figures.js';
import { isClipped } from '../../shared/map-range.js';
import { type RowId, rowFacts } from '../../shared/sheet-rows.js';
import type { Sheet, SheetMap } from './sheet.js';
import { methodRanges, sheetMaps } from './sheet-ranges.js';

/** A bar of the legend: `[256 * 3]` colours between two words. */
export interface LegendScale {
  readonly colours: Uint8Array;
  readonly low: string;
  readonly high: string;
}

function methodsOf(sheet: Sheet): readonly RowId[] {
  return [...new Set(sheetMaps(sheet).map((map) => map.method))];
}

/** The bars that a sheet needs: none, one or two. */
export function legendScales(sheet: Sheet): readonly LegendScale[] {
  const signs = new Set(methodsOf(sheet).map((id) => rowFacts(id).signed));
  const plain = { colours: colourMap(sheet.look.colourMap), low: 'low', high: 'high' };
  const signed = { colours: diverging(), low: 'against the class', high: 'for the class' };
  return [...(signs.has(false) ? [plain] : []), ...(signs.has(true) ? [signed] : [])];
}

/** The ends of each method's scale: 'TIS 0.012 to 0.83'. */
function ends(sheet: Sheet): string {
  return [...methodRanges(sheet)]
    .map(([id, { low, high }]) => {
      const { name, contrasts } = rowFacts(id);
      return `${name} ${figure(low)} to ${figure(high)}${contrasts ? '\u00a0nats' : ''}`;
    })
    .join(', ');
}

function scaleNote(sheet: Sheet, maps: readonly SheetMap[]): string {
  const opacity = `Maps lie over the image at ${Math.round(sheet.look.opacity * 100)} % opacity.`;
  const alone = sheet.look.scale === 'own' || methodsOf(sheet).length === maps.length;
  const scale = alone
    ? 'Each map has a colour scale of its own, from its lowest to its highest value.'
    : `All maps of one method share a colour scale; methods have units of their own and do not share one. From low to high: ${ends(sheet)}.`;
  return `${scale} ${opacity}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** What a reader must know of the colours, in sentences. */
export function legendNotes(sheet: Sheet): readonly string[] {
  const maps = sheetMaps(sheet);
  if (maps.length === 0) return [];
  const clipped = methodsOf(sheet).filter(isClipped);
  const signed = methodsOf(sheet).filter((id) => rowFacts(id).signed);
  const names = (ids: readonly RowId[]): string => list(ids.map((id) => rowFacts(id).name));
  const open = maps.some((map) => map.values.some((value) => Number.isNaN(value)));
  const more = [
    signed.length > 0 ? `${names(signed)}: signed, with zero in the middle of the scale.` : null,
    ...methodsOf(sheet)
      .filter((id) => rowFacts(id).contrasts)
      .map((id) => `${rowFacts(id).name}: in nats; patches whose 95\u00a0% interval holds zero are left neutral.`),
    clipped.length > 0
      ? `${names(clipped)}: the scale ends at the 1st and the 99th percentile of the absolute values.`
      : null,
    open ? 'Where a map has no value the image shows through.' : null,
  ].filter((note) => note !== null);
  return [scaleNote(sheet, maps), ...(more.length > 0 ? [more.join(' ')] : [])];
}
