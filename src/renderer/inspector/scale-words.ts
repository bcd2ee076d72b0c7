/** The colour scale of the maps in words: which it is, over what, and why where the maps decided. */

import type { ValueRange } from '../../shared/map-range.js';
import type { MapKindFacts } from '../state/map-kinds.js';
import type { ScaleFacts } from './shown-maps.svelte.js';

/** Before a unit. */
const thin = '\u202f';

/** A range with its unit said once: `12 to 83 %`; once where both ends read the same: `< 0.01 %`. */
export function rangeWords({ low, high }: ValueRange, say: (value: number) => string): string {
  const [from, to] = [say(low), say(high)];
  if (from === to) return to;
  const unit = to.slice(to.lastIndexOf(thin));
  return `${from.endsWith(unit) ? from.slice(0, -unit.length) : from} to ${to}`;
}

/** What stands at the ends and in the middle of the bar. */
export function scaleEnds(
  { scale, common }: ScaleFacts,
  { signed, say }: MapKindFacts,
): { readonly low: string; readonly middle: string; readonly high: string } {
  const middle = signed ? '0' : '';
  if (scale === 'one')
    return { low: common === null ? '' : say(common.low), middle, high: common === null ? '' : say(common.high) };
  return signed ? { low: 'against', middle, high: 'for' } : { low: 'low', middle, high: 'high' };
}

/** @param automatic whether the maps decided, not the person */
export function scaleWords({ scale, ranges, flat }: ScaleFacts, { say }: MapKindFacts, automatic: boolean): string {
  const [widest] = ranges;
  const narrowest = ranges.at(-1);
  if (widest === undefined || narrowest === undefined) return '';
  const maps = `${String(flat)} of ${String(ranges.length)} maps`;
  if (scale === 'one') {
    if (ranges.length === 1) return 'One map, over its own range';
    if (flat > 0) return `One scale for all maps; ${maps} use under a quarter of it`;
    return automatic ? 'One scale for all maps: each uses a quarter of it or more' : 'One scale for all maps';
  }
  if (ranges.length === 1) return `Own scale: ${rangeWords(widest, say)}`;
  const why = automatic && flat > 0 ? `; on one scale ${maps} would use under a quarter` : '';
  return `Own scale each: ${rangeWords(widest, say)} down to ${rangeWords(narrowest, say)}${why}`;
}
