/** Gradients of slices: zeros around, and for larger steps between, what comes back. */

import type { Dimension } from '../../graph.js';
import { type Margin, spread, surrounded } from '../placement.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** From here on a bound means the end of the axis, whatever its size. */
const unbounded = 2 ** 31 - 1;

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function cutsOf(site: ReverseSite, rank: number): readonly Cut[] {
  const read = (index: number): readonly number[] | null => (site.has(index) ? site.integers(site.input(index)) : []);
  const [starts, ends, axes, steps] = [read(1), read(2), read(3), read(4)];
  if (!starts || !ends || !axes || !steps) site.fail('cannot be reversed: its bounds are not known');
  return starts.map((start, index) => ({
    axis: site.axis(axes[index] ?? index, rank),
    start,
    end: ends[index] ?? unbounded,
    step: steps[index] ?? 1,
  }));
}

/** The positions along an axis of `size` elements that a cut takes. */
function positionsOf({ start, end, step }: Cut, size: number): readonly number[] {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  // A start counted from the end may lie before the first element.
  const bound = (at: number, least: number): number => Math.min(Math.max(at < 0 ? at + size : at, least), high);
  const first = bound(start, 0);
  const count = Math.max(0, Math.ceil((bound(end, low) - first) / step));
  return Array.from({ length: count }, (_, index) => first + index * step);
}

/** What a cut of step 1 leaves out at the ends of an axis. */
function marginOf(site: ReverseSite, size: Dimension, cut: Cut | undefined): Margin {
  if (!cut) return { before: 0, after: 0 };
  const { start, end, step } = cut;
  if (typeof size === 'number') {
    if (step !== 1) return { before: 0, after: 0 };
    const positions = positionsOf(cut, size);
    const before = positions[0] ?? 0;
    return { before, after: size - before - positions.length };
  }
  if (step !== 1) site.fail('cannot be reversed: it steps along an axis of unknown size');
  if (end >= unbounded) return start >= 0 ? { before: start, after: 0 } : { after: 0 };
  if (start >= 0) return { before: start };
  if (end < 0) return { after: -end };
  return site.fail('cannot be reversed: how much it leaves out of an axis of unknown size is not known');
}

const slice = fromFirstOutput((site, upstream) => {
  const value = site.input(0);
  const dims = site.dims(value);
  const cuts = cutsOf(site, dims.length);
  let gradient = upstream;
  for (const cut of cuts) {
    const size = dims[cut.axis];
    if (cut.step === 1 || typeof size !== 'number') continue;
    gradient = spread(site.g, gradient, cut.axis, positionsOf(cut, size), size);
  }
  const margins = dims.map((size, axis) =>
    marginOf(
      site,
      size,
      cuts.find((cut) => cut.axis === axis),
    ),
  );
  return [surrounded(site.g, gradient, { value, dims }, margins)];
});

export const slicingRules: Readonly<Record<string, ReverseRule>> = { Slice: slice };
