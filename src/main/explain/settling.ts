/** TIS whose maps settle in front of a person's eyes, and that stops when more masks would hardly change them. */

import type { TisEstimate } from '../../shared/audit.js';
import { expectedCorrelation } from './stability.js';
import type { Maps } from './tis-maps.js';
import type { EvidenceMaps, Plan, Tis } from './tis.js';

/** Fewer masks than this do not show how stable a map is. */
const firstLook = 128;
/** Masks from one look to the next: fixed, so that a run stops at the same mask on every machine. */
const step = 64;

export interface Settling {
  /** Classes whose maps are wanted. */
  readonly classes: Int32Array;
  /** Places in `classes` of those whose maps have to be stable. */
  readonly watched: readonly number[];
  /** The correlation with the maps of all masks at which to stop; undefined scores every mask. */
  readonly stability: number | undefined;
  readonly estimate: TisEstimate;
  /** Called between runs: lets other work in; false stops the run. */
  readonly onStep: (done: number, total: number) => Promise<boolean>;
  /** Asked between runs: whether somebody looks at maps that are not ready. */
  readonly wantsMaps: () => boolean;
  readonly onMaps: (maps: Maps & EvidenceMaps, done: number) => void;
}

export interface Settled {
  readonly maps: Maps & EvidenceMaps;
  /** Masks that were scored. */
  readonly scored: number;
}

/** The lowest expected correlation among the watched classes. */
function stabilityOf({ halves }: Maps, { classes, watched }: Settling, done: number, total: number): number {
  const patches = halves.length / 2 / classes.length;
  const half = (row: number): Float32Array => halves.subarray(row * patches, (row + 1) * patches);
  const each = watched.map((row) => expectedCorrelation(half(row), half(classes.length + row), done, total));
  return Math.min(...each);
}

/** Scores the masks of a plan and makes the maps; null when it was stopped. */
export async function settledMaps(tis: Tis, plan: Plan, settling: Settling): Promise<Settled | null> {
  const { classes, stability, estimate, onStep, wantsMaps, onMaps } = settling;
  for await (const { done, scores } of tis.scoring(plan, step)) {
    if (!(await onStep(done, plan.masks))) return null;
    const isLast = done === plan.masks;
    const isDue = stability !== undefined && done >= firstLook && done % step === 0;
    const isWanted = wantsMaps();
    if (!isLast && !isDue && !isWanted) continue;
    const made = await tis.maps(plan, scores, classes, { masks: done, estimate });
    const isStable = isDue && stabilityOf(made, settling, done, plan.masks) >= stability;
    if (!isLast && !isStable && !isWanted) continue;
    const maps = { ...made, ...(await tis.evidence(plan, scores, classes, { masks: done })) };
    if (isLast || isStable) return { maps, scored: done };
    onMaps(maps, done);
  }
  return null;
}
