/** Maps that settle: what is shown on the way, when scoring stops, and that stopping changes nothing but the number of masks. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { drawInitialRows } from '../../../src/main/explain/initial-rows.js';
import { type Settling, settledMaps } from '../../../src/main/explain/settling.js';
import type { Plan, Tis } from '../../../src/main/explain/tis.js';
import { hiddenColumns } from '../../../src/main/model/vit.js';
import { randomVit } from '../../support/random-vit.js';
import { tisOf } from '../../support/tis.js';

// Large enough for masks by the hundred.
const vit = randomVit({ grid: [6, 6], width: 96, heads: 3, headWidth: 32, blocks: 6, classes: 5 });
const masks = 512;
const classes = Int32Array.of(1, 3);
let tis: Tis;
let plan: Plan;
let release: () => Promise<void>;

beforeAll(async () => {
  ({ tis, release } = await tisOf(vit, cpuSessions(0)));
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  const pixels = Float32Array.from({ length: size }, (_, index) => Math.sin(index * 0.37));
  plan = await tis.plan(pixels, drawInitialRows(masks, hiddenColumns(vit), 0), 0.5);
});
afterAll(() => release());

function settling(changes: Partial<Settling>): Settling {
  return {
    classes,
    watched: [0, 1],
    stability: undefined,
    estimate: 'published',
    onStep: () => Promise.resolve(true),
    wantsMaps: () => false,
    onMaps: () => undefined,
    ...changes,
  };
}

describe('settledMaps', () => {
  it('scores every mask where no stability is asked for, and gives the published maps', async () => {
    const settled = await settledMaps(tis, plan, settling({}));
    const { kept } = await tis.maps(plan, await tis.score(plan), classes);
    expect(settled?.scored).toBe(masks);
    expect(settled?.maps.kept).toEqual(kept);
  });

  it('stops at a multiple of 64 masks, from 128 on, with the maps of these masks', async () => {
    const settled = await settledMaps(tis, plan, settling({ stability: 0.5 }));
    const scored = settled?.scored ?? 0;
    expect(scored).toBeGreaterThanOrEqual(128);
    expect(scored).toBeLessThan(masks);
    expect(scored % 64).toBe(0);
    const { kept } = await tis.maps(plan, await tis.score(plan), classes, { masks: scored });
    expect(settled?.maps.kept).toEqual(kept);
  });

  it('needs more masks for more stability, all for a stability that is never reached', async () => {
    const at = async (stability: number) => (await settledMaps(tis, plan, settling({ stability })))?.scored ?? 0;
    expect(await at(0.5)).toBeLessThanOrEqual(await at(0.97));
    expect(await at(1)).toBe(masks);
  });

  it('looks at the classes that are watched only', async () => {
    const at = async (watched: readonly number[]) =>
      (await settledMaps(tis, plan, settling({ stability: 0.9, watched })))?.scored ?? 0;
    expect(await at([0, 1])).toBe(Math.max(await at([0]), await at([1])));
  });

  it('shows maps of the masks so far when somebody looks, and never the last ones twice', async () => {
    const seen: number[] = [];
    const settled = await settledMaps(
      tis,
      plan,
      settling({
        wantsMaps: () => true,
        onMaps: ({ kept }, done) => {
          expect(kept).toHaveLength(classes.length * 36);
          seen.push(done);
        },
      }),
    );
    expect(seen[0]).toBeLessThanOrEqual(8);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeLessThan(masks);
    expect(settled?.scored).toBe(masks);
  });

  it('makes no maps on the way when nobody looks', async () => {
    let shown = 0;
    await settledMaps(tis, plan, settling({ onMaps: () => (shown += 1) }));
    expect(shown).toBe(0);
  });

  it('gives nothing when it is stopped', async () => {
    const onStep = (done: number): Promise<boolean> => Promise.resolve(done < 100);
    expect(await settledMaps(tis, plan, settling({ onStep }))).toBeNull();
  });
});
